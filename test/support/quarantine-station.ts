import { onTestFinished } from 'vitest'
import { deviceId as deviceIdShape, type DeviceId } from '../../src/contract/model/device.ts'
import type { StationEvent } from '../../src/contract/model/event.ts'
import { childProcesses } from '../../src/server/child-process.ts'
import { headlessFeatures } from '../../src/server/headless-features.ts'
import { createAnnouncer } from '../../src/station/announcer.ts'
import type { Core } from '../../src/station/core.ts'
import { registerDevice } from '../../src/station/fleet.ts'
import { createSecretsFile } from '../../src/station/host/secrets-file.ts'
import { usualIdentity } from '../../src/station/ingest/identity.ts'
import { WatchedObservations } from '../../src/station/ingest/observations.ts'
import type { Source } from '../../src/station/ingest/source.ts'
import { QuarantineDesk } from '../../src/station/mitigation/quarantine-desk.ts'
import { openCore } from '../../src/station/open-core.ts'
import type { QuarantineNotice } from '../../src/station/ports.ts'
import { stationSettings } from '../../src/station/settings.ts'
import type { WatchedSource } from '../../src/station/source-desk.ts'
import { createFakeBroker, type FakeBroker } from './fake-controller.ts'
import type { HandClock } from './hand-clock.ts'
import { createQuietLog } from './quiet-log.ts'

/** The part of a station that quarantine needs, with brokers that are not there. */
export interface QuarantineStation {
  core: Core
  desk: QuarantineDesk
  brokers: Map<string, FakeBroker>
  told: QuarantineNotice[]
  observations(sourceId: string): WatchedObservations
  /** A device that a source has seen connect. */
  addDevice(name: string, sourceId?: string): DeviceId
  /** Everything announced of isolations: `isolating`, `isolated`. */
  states(): Promise<string[]>
  /** Lets time pass and looks at what is due, until nothing moves any more. */
  pass(ms: number): Promise<void>
  /** As if the process had been killed: nothing is finished, only what is stored and what brokers hold stays. */
  kill(): void
}

interface Options {
  data: string
  clock: HandClock
  brokers?: Map<string, FakeBroker>
  settings?: Parameters<typeof stationSettings.parse>[0] & object
}

/** Opens one on a data folder; the brokers of an earlier one may be given, for they go on. */
export async function openQuarantineStation(options: Options): Promise<QuarantineStation> {
  const { data, clock, settings } = options
  const brokers = options.brokers ?? new Map([['plant', createFakeBroker('plant')]])
  const told: QuarantineNotice[] = []
  const announcer = createAnnouncer()
  const events: StationEvent[] = []
  const core = openCore(
    {
      clock,
      log: createQuietLog(),
      notifier: {
        alarmChanged: () => undefined,
        quarantineChanged: (notice) => void told.push(notice),
      },
      processes: childProcesses,
      secrets: createSecretsFile(data),
      host: headlessFeatures(),
    },
    stationSettings.parse({ data, ...settings }),
    { holder: 'a test', announcer },
  )
  let isOpen = true
  const kill = () => {
    if (isOpen) core.store.close()
    isOpen = false
  }
  onTestFinished(kill)
  void follow(announcer, events)
  core.sources = [...brokers.keys()].map((id) => watchedSource(core, id))
  const desk = new QuarantineDesk(core, {
    brokerOf: (sourceId) => sourceId,
    of: (brokerId) => controllerOf(brokers, brokerId),
    list: () => [],
    stop: () => Promise.resolve(),
  })
  await desk.start()
  const observations = (sourceId: string) => sourceOf(core, sourceId).observations

  return {
    core,
    desk,
    brokers,
    told,
    kill,
    observations,
    addDevice(name, sourceId = 'plant') {
      const deviceId = deviceIdShape.parse(name)
      registerDevice(core.fleet, core.store.write, { deviceId, at: core.clock.now() })
      const party = { clientId: `${name}-client`, username: name, certificateName: null }
      observations(sourceId).connected({ ...party, address: '10.0.0.7' }, core.clock.now())
      return deviceId
    },
    async states() {
      await settled()
      return events.flatMap((event) => (event.kind === 'isolation' ? [event.isolation.state] : []))
    },
    async pass(ms) {
      await clock.advance(ms)
      desk.turn()
      await settled()
    },
  }
}

function controllerOf(brokers: Map<string, FakeBroker>, id: string) {
  const broker = brokers.get(id)
  if (!broker) throw new Error(`no broker ${id}`)
  return broker.controller
}

function sourceOf({ sources }: Core, id: string): WatchedSource {
  const watched = sources.find(({ source }) => source.id === id)
  if (!watched) throw new Error(`no source ${id}`)
  return watched
}

function watchedSource(core: Core, id: string): WatchedSource {
  const source = {
    id,
    facts: () => ({
      kind: 'emqx',
      address: `mqtt://${id}`,
      messages: 0,
      lastMessageAt: null,
      capabilities: [{ metricId: 'aws:num-messages-sent', level: 'observed', reason: '' }],
    }),
  } as unknown as Source
  const observations = new WatchedObservations({
    ...usualIdentity,
    seesConnections: true,
    ownClients: new Set(),
    isKnown: () => true,
    refused: () => undefined,
    presence: (deviceId, presence) => void core.presence.byDevice.set(deviceId, presence),
    most: 1000,
  })
  const memory = { read: () => null, write: () => undefined, due: () => [] }
  return { source, observations, memory, state: 'connected', since: 0, sentence: '' }
}

async function follow(announcer: ReturnType<typeof createAnnouncer>, events: StationEvent[]) {
  const ended = new AbortController()
  onTestFinished(() => ended.abort())
  for await (const event of announcer.watch(0, ended.signal)) events.push(event)
}

/** Brokers that are not there answer at once, so a few turns of the loop are enough. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
