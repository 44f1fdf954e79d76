import type {
  EngineStatus,
  SourceStatus,
  StoreStatus,
  SystemStatus,
} from '../../contract/model/status.ts'
import { slotMs } from '../../contract/model/time.ts'
import { formatSpan } from './age.ts'
import { formatCount } from './value.ts'

/** Something that keeps Picket from watching, shown across every page. */
export interface Trouble {
  id: string
  title: string
  sentence: string
  /** Since when, where that is known; epoch ms of the station's clock. */
  since?: number
}

/** What an empty list means. */
export interface QuietWords {
  title: string
  sentence: string
  /** True when everything is watched, so that the quiet means something. */
  isQuiet?: true
}

export const storeTitles = {
  ok: 'In order',
  newer: 'Database too new',
  corrupt: 'Database damaged',
  'read-only': 'Nothing can be kept',
  full: 'Database full',
  unavailable: 'Database not usable',
} satisfies Record<StoreStatus['state'], string>

export const sourceStateWords = {
  connecting: 'Connecting',
  connected: 'Connected',
  disconnected: 'Disconnected',
  stopped: 'Stopped',
} satisfies Record<SourceStatus['state'], string>

export const sourceKindWords = {
  'embedded-broker': 'Built-in broker',
  mqtt: 'MQTT broker',
  emqx: 'EMQX',
  'aws-lifecycle': 'AWS IoT lifecycle events',
  'mosquitto-log': 'Mosquitto log',
  'mosquitto-topics': 'Mosquitto over MQTT',
  history: 'History',
} satisfies Record<SourceStatus['kind'], string>

export const engineStateWords = {
  starting: 'Starting',
  up: 'Running',
  down: 'Not running',
} satisfies Record<EngineStatus['state'], string>

/** All that is wrong now, the worst first. Empty when the station can watch. */
export function troublesOf(status: SystemStatus): Trouble[] {
  return [
    ...storeTroubles(status.store),
    ...engineTroubles(status.engine),
    ...sourceTroubles(status.sources),
  ]
}

/** True where nobody has set anything up: no source, and nothing was ever measured. */
export function isUnconfigured({ sources, devices, store }: SystemStatus): boolean {
  return sources.length === 0 && devices.total === 0 && store.state === 'ok'
}

/** Time since the last closed slot with a datapoint ended; null before the first. */
export function dataAgeMs(status: SystemStatus, now: number): number | null {
  if (status.lastDatapointAt === null) return null
  return Math.max(0, now - status.lastDatapointAt - slotMs)
}

/** True when data are later than three slots: quiet that is not health. */
export function isStale(status: SystemStatus, now: number): boolean {
  const age = dataAgeMs(status, now)
  return age !== null && age > 3 * slotMs
}

/** What an empty list of active alarms means. Quiet is claimed only when everything is really watched. */
export function quietWords(status: SystemStatus, now: number): QuietWords {
  if (status.sources.length === 0)
    return {
      title: 'Nothing is connected yet',
      sentence: 'Connect a broker on the Sources page, or start the demo fleet with `picket demo`.',
    }
  if (status.devices.total === 0)
    return {
      title: 'Waiting for the first report',
      sentence:
        'A source is configured, but no device has reported yet. The System page shows what arrives.',
    }
  if (status.import)
    return {
      title: 'History is being read in',
      sentence: 'Its progress stands above. Until it is in, an empty list says nothing.',
    }
  if (troublesOf(status).length > 0 || isStale(status, now))
    return {
      title: 'No alarms, but not everything is watched',
      sentence: 'While data or judging is missing, an empty list does not mean that all is well.',
    }
  return judgedWords(status, now)
}

/** Progress of reading history in: rate and time left. */
export function importSentence(progress: NonNullable<SystemStatus['import']>): string {
  const done = `${formatCount(progress.done)} of ${formatCount(progress.total)} datapoints`
  const rate = `${formatCount(Math.round(progress.datapointsPerSecond))} a second`
  const left = progress.remainingMs === null ? '' : `, ${formatSpan(progress.remainingMs)} left`
  return `${done}, ${rate}${left}.`
}

function judgedWords(status: SystemStatus, now: number): QuietWords {
  const { training } = status
  if (training.trainedAt === null)
    return {
      title: training.state === 'failed' ? 'Training failed' : 'Still learning what is normal',
      sentence: `${training.sentence} Fixed limits are judged already.`,
    }
  const age = dataAgeMs(status, now)
  const checked = age === null ? '' : ` The last datapoints were judged ${formatSpan(age)} ago.`
  return {
    title: 'No active alarms',
    sentence: `${status.devices.reporting} of ${status.devices.total} devices report and behave as learned.${checked}`,
    isQuiet: true,
  }
}

function storeTroubles({ state, sentence }: StoreStatus): Trouble[] {
  return state === 'ok' ? [] : [{ id: `store-${state}`, title: storeTitles[state], sentence }]
}

function engineTroubles({ state, sentence, since }: EngineStatus): Trouble[] {
  if (state !== 'down') return []
  return [{ id: 'engine', title: 'The detection engine is not running', sentence, since }]
}

function sourceTroubles(sources: readonly SourceStatus[]): Trouble[] {
  return sources
    .filter(({ state }) => state === 'disconnected')
    .map(({ id, sentence, since }) => ({
      id: `source-${id}`,
      title: `Source ${id} is disconnected`,
      sentence,
      since,
    }))
}
