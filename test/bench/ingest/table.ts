import type { Comparison, Side } from './comparison.ts'
import type { StallFigures, StorageFigures } from './live-day.ts'
import type { MachineFacts } from './machine.ts'

export interface Figures extends MachineFacts {
  options: object
  messages: Comparison
  reports: Comparison
  storage: StorageFigures
  stalls: StallFigures
}

type Row = [what: string, value: string, note: string]

/** All that was published is durable in the station's database, after every run. */
export function isNothingLost({ messages, reports }: Figures): boolean {
  return [messages, reports].every(({ station }) => station.arrived === station.published)
}

/** For people, as plain text. */
export function tableOf(figures: Figures): string {
  const { date, processor, cores, memoryGigabytes, node } = figures
  const rows = [
    ...comparisonRows('messages', figures.messages),
    ...comparisonRows('reports', figures.reports),
    ...storageRows(figures.storage),
    ...stallRows(figures.stalls),
  ]
  const head = `${date}  ${cores} x ${processor}, ${memoryGigabytes} GB, Node ${node}`
  return [head, 'Broker, generator and subscriber share the machine.', '', ...aligned(rows)].join(
    '\n',
  )
}

function comparisonRows(what: string, comparison: Comparison): Row[] {
  const { station, bare, ratio } = comparison
  return [
    [`${what} a second, station`, whole(station.perSecond), noteOf(station)],
    [`${what} a second, bare MQTT.js`, whole(bare.perSecond), noteOf(bare)],
    [`${what}: station / bare`, ratio.toFixed(2), limitOf(comparison)],
    [`  of CPU: bare / station`, (bare.cpuMicroseconds / station.cpuMicroseconds).toFixed(2), ''],
    [`${what}: published, then durable`, whole(station.arrived), keptOf(station)],
  ]
}

/** A ratio says little where a side took all that came: its limit lies higher. */
function limitOf({ station, bare, isPacedByAnswers }: Comparison): string {
  const hadAll = (side: Side) => side.perSecond > 0.98 * side.offeredPerSecond
  const names = [
    hadAll(station) && !isPacedByAnswers ? 'the station' : '',
    hadAll(bare) ? 'bare MQTT.js' : '',
  ]
  const idle = names.filter((name) => name !== '')
  return idle.length > 0 ? `${idle.join(' and ')} took all that was offered` : 'both overloaded'
}

function noteOf({ cpuMicroseconds, offeredPerSecond, runs }: Side): string {
  const cpu = `${cpuMicroseconds.toFixed(1)} us CPU each`
  return `${cpu}; offered ${whole(offeredPerSecond)}/s; runs ${runs.map(whole).join(' ')}`
}

function keptOf({ published, arrived }: Side): string {
  return published === arrived
    ? `all of ${whole(published)}`
    : `${whole(published - arrived)} of ${whole(published)} LOST`
}

function storageRows(storage: StorageFigures): Row[] {
  const { compactedBytes, compactedFileBytes, liveBytes } = storage
  const what = `${whole(storage.datapoints)} of ${storage.devices} devices in 14 days`
  return [
    [
      'bytes a datapoint, compacted',
      compactedBytes.toFixed(2),
      `aim 1.50; ${what}, log and index included`,
    ],
    ['  with pages kept for the next day', compactedFileBytes.toFixed(2), 'the size of the file'],
    ['  of the day not compacted yet', liveBytes.toFixed(1), 'rows'],
    [
      'datapoints imported a second',
      whole(storage.importedPerSecond),
      'made up meanwhile, on the same thread',
    ],
  ]
}

function stallRows(stalls: StallFigures): Row[] {
  const { messagesPerSecond, reportsPerSlot, slotsClosed, speed, alarms } = stalls
  const load = `${whole(messagesPerSecond)} messages/s, ${reportsPerSlot} reports a slot`
  const models = stalls.isTrained ? `judged by models, ${alarms} alarms` : 'nothing learned'
  const scene = `${slotsClosed} slots closed on a clock ${speed} x as fast, ${models}`
  return [
    ['longest stall of the station, ms', stalls.longestMs.toFixed(1), `aim 50; ${load}; ${scene}`],
    ['  99th percentile, ms', stalls.p99Ms.toFixed(1), strangersOf(stalls)],
    [
      '  longest of a bare subscriber, ms',
      stalls.bareLongestMs.toFixed(1),
      'what the machine itself does',
    ],
  ]
}

function strangersOf({ reportsPerSlot, devicesLearned }: StallFigures): string {
  const strangers = reportsPerSlot - devicesLearned
  return strangers > 0 ? `${strangers} of the devices are new to the models` : ''
}

function aligned(rows: readonly Row[]): string[] {
  const widthOf = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length))
  const [first, second] = [widthOf(0), widthOf(1)]
  return rows.map(([what, value, note]) =>
    `${what.padEnd(first)}  ${value.padStart(second)}  ${note}`.trimEnd(),
  )
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
