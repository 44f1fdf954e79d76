import type { MachineFacts } from '../ingest/machine.ts'
import { embeddedRate } from './embedded-scene.ts'
import type { Measured, Outcome } from './runs.ts'

export interface Figures extends MachineFacts {
  /** Of the machine over the minute before the bench: how many others wanted a processor. */
  loadBefore: number
  devices: number
  seconds: number
  outcomes: Outcome[]
}

/** A rate is held when it comes to this part of it. */
const heldShare = 0.99

/** Every message is in the station's database, after every run. */
export function isNothingLost({ outcomes }: Figures): boolean {
  return outcomes.every(({ station }) => station.arrived === station.published)
}

/** The embedded broker took what it is sized to. */
export function isRateHeld({ outcomes }: Figures): boolean {
  const embedded = outcomes.filter(({ source }) => source === 'embedded broker')
  return embedded.some(({ station }) => station.perSecond >= heldShare * embeddedRate)
}

/** Markdown. */
export function tableOf(figures: Figures): string {
  const { date, processor, cores, memoryGigabytes, node } = figures
  return [
    `Measured ${date} on ${cores} x ${processor}, ${memoryGigabytes} GB, Node ${node}; load before ${figures.loadBefore.toFixed(1)}.`,
    `${figures.devices} devices, ${figures.seconds} s a load; all processes share the machine.`,
    '',
    ...rows(figures),
    '',
    'What comes as taken is sent by a stand-in for the broker, in pieces of many messages: cheaper to read, for both, than what a real broker sends one by one.',
    '',
    'Station figures are of all its processes: the station, its engine and, where it has one, the embedded broker. A bare reader is MQTT.js counting by topic in a map, or for the file Node cutting lines and counting them; it takes the same stream after the station, or, of the embedded broker, at the same time. Ratios are station to bare; (all): it took what was offered, so that its limit lies higher. Counted: what the database has of what was sent, then what the bare reader has.',
    '',
    sentenceOfRate(figures),
  ].join('\n')
}

const columns = [
  ['source', ''],
  ['stream', ''],
  ['offered/s', ':'],
  ['station/s', ':'],
  ['bare/s', ':'],
  ['ratio', ':'],
  ['CPU us each, station', ':'],
  ['bare', ':'],
  ['ratio', ':'],
  ['cores, station', ':'],
  ['MB at most, station', ':'],
  ['bare', ':'],
  ['ratio', ':'],
  ['longest stall ms, station', ':'],
  ['bare', ':'],
  ['counted, station', ''],
  ['bare', ''],
] as const

function rows({ outcomes }: Figures): string[] {
  return [
    rowOf(columns.map(([name]) => name)),
    rowOf(columns.map(([, side]) => `---${side}`)),
    ...outcomes.map((outcome) => rowOf(cellsOf(outcome))),
  ]
}

function cellsOf({ source, stream, station, bare }: Outcome): string[] {
  return [
    source,
    stream,
    station.offeredPerSecond === null ? 'as taken' : whole(station.offeredPerSecond),
    rateOf(station),
    bare ? rateOf(bare) : none,
    bare ? ratio(station.perSecond, bare.perSecond) : none,
    station.cpuMicroseconds.toFixed(1),
    bare ? bare.cpuMicroseconds.toFixed(1) : none,
    bare ? ratio(station.cpuMicroseconds, bare.cpuMicroseconds) : none,
    station.cores.toFixed(2),
    whole(station.peakMb),
    bare ? whole(bare.peakMb) : none,
    bare ? ratio(station.peakMb, bare.peakMb) : none,
    station.longestStallMs.toFixed(0),
    bare ? bare.longestStallMs.toFixed(0) : none,
    countOf(station),
    bare ? countOf(bare) : none,
  ]
}

const none = '-'

/** A reader that took all may be able to take more. */
function rateOf({ perSecond, offeredPerSecond }: Measured): string {
  const hadAll = offeredPerSecond !== null && perSecond >= heldShare * offeredPerSecond
  return `${whole(perSecond)}${hadAll ? ' (all)' : ''}`
}

function countOf({ published, arrived }: Measured): string {
  const all = whole(published)
  return arrived === published ? `all of ${all}` : `${whole(arrived)} of ${all}`
}

function sentenceOfRate(figures: Figures): string {
  const answer = isRateHeld(figures) ? 'were sustained' : 'were NOT sustained'
  return `${whole(embeddedRate)} messages/s ${answer} by the embedded broker.`
}

function ratio(one: number, other: number): string {
  return (one / other).toFixed(2)
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
