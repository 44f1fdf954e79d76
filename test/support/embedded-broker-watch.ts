import { childProcesses } from '../../src/server/child-process.ts'
import { machineClock } from '../../src/station/host/machine-clock.ts'
import { EmbeddedBroker } from '../../src/station/ingest/embedded-broker.ts'
import type { ReportDesk } from '../../src/station/ingest/report-desk.ts'
import type { ProcessHost, ProgramProcess } from '../../src/station/ports.ts'
import { embeddedBrokerSettings } from '../../src/station/settings.ts'
import { watchedSource, type WatchedSource } from './watched-source.ts'

/** An embedded broker in its own process, with a station that only watches. */
export interface WatchedBroker {
  watched: WatchedSource
  broker: EmbeddedBroker
  port(): number
  /** Ends its process, as a crash does: nobody is asked. */
  crash(): Promise<void>
  /** Holds back what the station would take in, until the function that it returns is called. */
  holdBack(): () => void
}

interface WatchedBrokerOptions {
  /** Client ids of Picket itself. */
  ownClients?: Set<string>
  beforeStart?: (broker: EmbeddedBroker) => Promise<void>
}

/** Starts one on a port of its own choice. */
export async function startWatchedBroker(
  settings: Omit<Parameters<typeof embeddedBrokerSettings.parse>[0] & object, 'kind'> = {},
  { ownClients, beforeStart }: WatchedBrokerOptions = {},
): Promise<WatchedBroker> {
  const processes = createRecordedProcesses()
  const gate = createGate()
  const desk = { receive: () => undefined, hasRoom: () => gate.opened } as Partial<ReportDesk>
  let broker: EmbeddedBroker | null = null
  const watched = watchedSource(
    (context) => {
      const parsed = embeddedBrokerSettings.parse({ kind: 'embedded-broker', port: 0, ...settings })
      broker = new EmbeddedBroker(parsed, {
        ...context,
        desk: desk as ReportDesk,
        processes,
        hostClock: machineClock,
        mostConnections: 1000,
      })
      return broker
    },
    { ...(ownClients ? { ownClients } : {}) },
  )
  if (!broker) throw new Error('no broker was made')
  await beforeStart?.(broker)
  await watched.source.start()
  return {
    watched,
    broker,
    port: () => Number(new URL(watched.source.facts().address).port),
    crash: processes.crash,
    holdBack: gate.close,
  }
}

function createRecordedProcesses(): ProcessHost & { crash(): Promise<void> } {
  let last: ProgramProcess | null = null
  return {
    start(program) {
      last = childProcesses.start(program)
      return last
    },
    crash: async () => last?.stop(),
  }
}

function createGate() {
  const gate = { opened: Promise.resolve(), close }
  function close(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    gate.opened = promise
    return resolve
  }
  return gate
}
