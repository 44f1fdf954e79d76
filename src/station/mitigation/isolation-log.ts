import type { IsolationEvent } from '../../contract/model/quarantine.ts'
import type { JournalDraft } from '../../contract/model/journal.ts'
import type { Core } from '../core.ts'
import { appendToJournal } from '../journal/append.ts'
import { insertIsolationEvent, upsertIsolation } from '../store/isolations.ts'
import { transaction } from '../store/transaction.ts'
import { shownIsolation, type KeptIsolation } from './kept-isolation.ts'

/** Picket itself, where it does something of its own accord. */
export const byPicket = 'Picket'

type Kind = IsolationEvent['kind']

export interface Happening {
  kind: Kind
  by: string
  sentence: string
}

const journalKinds = {
  requested: 'mitigation-planned',
  isolated: 'mitigation-acted',
  proved: 'mitigation-proved',
  'not-proved': 'mitigation-failed',
  failed: 'mitigation-failed',
  resumed: 'mitigation-acted',
  extended: 'mitigation-acted',
  'release-requested': 'mitigation-planned',
  changed: 'mitigation-failed',
  released: 'mitigation-released',
  back: 'mitigation-proved',
  'not-back': 'mitigation-failed',
} as const satisfies Record<Kind, JournalDraft['kind']>

/** What people are told at once; true: somebody must do something. */
const toldOf: Partial<Record<Kind, boolean>> = {
  isolated: false,
  proved: false,
  'not-proved': true,
  failed: true,
  changed: true,
  released: false,
  back: false,
  'not-back': true,
}

/**
 * Keeps an isolation as it is now, with what happened to it, in one transaction: row, history and journal. Then tells
 * the world. Nothing is done at a broker before this has returned.
 */
export function keepIsolation(core: Core, kept: KeptIsolation, ...happened: Happening[]): void {
  const { write } = core.store
  const at = core.clock.now()
  transaction(write, () => {
    const { id, deviceId, startedAt, endedAt } = kept
    upsertIsolation(write, { id, deviceId, startedAt, endedAt, body: JSON.stringify(kept) })
    for (const { kind, by, sentence } of happened) {
      insertIsolationEvent(write, { isolationId: id, deviceId, at, kind, by, sentence })
      const detail = { isolation: id, what: kind, sentence, ...factsOf(kept, kind) }
      appendToJournal(core, { kind: journalKinds[kind], by, subject: deviceId, detail })
    }
  })
  core.isolations.set(kept.deviceId, kept)
  showIsolation(core, kept)
  for (const one of happened) notify(core, kept, one)
}

/** Tells viewers of figures that move, without keeping them. */
export function showIsolation(core: Core, kept: KeptIsolation): void {
  const isolation = shownIsolation(kept)
  core.announcer.announce({ kind: 'isolation', isolation }, core.clock.now())
}

function notify(core: Core, { deviceId }: KeptIsolation, { kind, sentence }: Happening): void {
  const isUrgent = toldOf[kind]
  if (isUrgent === undefined) return
  core.ports.notifier.quarantineChanged({
    deviceId,
    isUrgent,
    sentence: `${deviceId}: ${sentence}`,
  })
}

function factsOf(kept: KeptIsolation, kind: Kind) {
  if (kind !== 'requested') return {}
  const { reason, approvedBy, alarmIds, releaseAt, brokers } = kept
  return {
    reason,
    approvedBy,
    alarmIds,
    releaseAt,
    brokers: brokers.map(({ sourceId, kind, address }) => ({ sourceId, kind, address })),
  }
}
