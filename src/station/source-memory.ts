import { deviceId as deviceIdSchema } from '../contract/model/device.ts'
import type { Core } from './core.ts'
import type { WatchedObservations } from './ingest/observations.ts'
import type { RememberedSession } from './ingest/sessions.ts'
import type { SourceMemory } from './ingest/source.ts'
import { letOthersRun } from './intake.ts'
import { presencePrefix } from './presence-watch.ts'
import { sightingsPrefix } from './sightings.ts'
import { deleteState, readState, readStates, writeState } from './store/state.ts'
import { transaction } from './store/transaction.ts'

/** Rows in one transaction; more would stall the event loop. */
const batchRows = 200

/** A row to be written, or deleted where the value is null; `saved` forgets that it was due. */
interface DueRow {
  key: string
  value: string | null
  saved(): void
}

/** A source's own text, with what of it is not in the store yet. */
export interface KeptMemory extends SourceMemory {
  due(): DueRow[]
}

/** Reads what a source kept, and keeps what it writes until it is saved. */
export function createSourceMemory({ store }: Core, sourceId: string): KeptMemory {
  const key = `memory/${sourceId}`
  let text = readState(store.read, key)
  let isDue = false

  return {
    read: () => text,
    write(next) {
      isDue ||= next !== text
      text = next
    },
    due() {
      if (!isDue || text === null) return []
      const value = text
      return [{ key, value, saved: () => (isDue = text !== value) }]
    },
  }
}

/** Takes up the sessions that an earlier run knew of this source. */
export function restoreSessions(
  { store }: Core,
  sourceId: string,
  observations: WatchedObservations,
): void {
  for (const [clientId, value] of readStates(store.read, sessionPrefix(sourceId))) {
    // Sessions of before user names were kept have none.
    const { deviceId, address, username = null } = JSON.parse(value) as RememberedSession
    observations.restore({ clientId, deviceId: deviceIdSchema.parse(deviceId), address, username })
  }
}

/** Makes durable what sources remember: sessions, their own texts, and who is connected. */
export async function saveSources(core: Core): Promise<void> {
  const due = [...core.sources.flatMap(dueOfSource), ...duePresence(core), ...dueSightings(core)]
  for (let start = 0; start < due.length; start += batchRows) {
    const batch = due.slice(start, start + batchRows)
    transaction(core.store.write, () => {
      for (const { key, value } of batch) {
        if (value === null) deleteState(core.store.write, key)
        else writeState(core.store.write, key, value)
      }
    })
    for (const { saved } of batch) saved()
    await letOthersRun()
  }
}

function dueOfSource({ source, observations, memory }: Core['sources'][number]): DueRow[] {
  const { byClient, changed } = observations.sessions
  const sessions = [...changed].map((clientId) => {
    const known = byClient.get(clientId)
    const value = known
      ? JSON.stringify({
          deviceId: known.deviceId,
          address: known.address,
          username: known.username,
        })
      : null
    const key = `${sessionPrefix(source.id)}/${clientId}`
    return { key, value, saved: () => changed.delete(clientId) }
  })
  return [...sessions, ...memory.due()]
}

/** Only devices of the fleet: other names come and go. */
function duePresence({ presence, fleet }: Core): DueRow[] {
  const known = [...presence.changed].filter((deviceId) => fleet.devices.has(deviceId))
  return known.map((deviceId) => ({
    key: `${presencePrefix}/${deviceId}`,
    value: JSON.stringify(presence.byDevice.get(deviceId)),
    saved: () => presence.changed.delete(deviceId),
  }))
}

function dueSightings({ sightings }: Core): DueRow[] {
  return [...sightings.changed].map((deviceId) => ({
    key: `${sightingsPrefix}/${deviceId}`,
    value: JSON.stringify([...(sightings.byDevice.get(deviceId) ?? [])]),
    saved: () => sightings.changed.delete(deviceId),
  }))
}

/** Forgets all that is remembered of a source that is not watched any more. */
export function forgetMemory({ store }: Core, sourceId: string): void {
  const sessions = readStates(store.read, sessionPrefix(sourceId))
  transaction(store.write, () => {
    deleteState(store.write, `memory/${sourceId}`)
    for (const [clientId] of sessions) {
      deleteState(store.write, `${sessionPrefix(sourceId)}/${clientId}`)
    }
  })
}

function sessionPrefix(sourceId: string): string {
  return `session/${sourceId}`
}
