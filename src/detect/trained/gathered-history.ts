import { bucketOf, slotsPerDay } from './calendar.ts'
import { cellsOf, type DeviceCells } from './device-cells.ts'
import type { GroupHistory } from './model.ts'
import { parameters } from './parameters.ts'

/** What a training works on. */
export interface GatheredHistory {
  slotMs: number
  metricIds: readonly string[]
  /** Of all devices, ascending: the rows of the model's tables. */
  deviceIds: readonly string[]
  /** Those in memory, by id; the others are to be read a second time. */
  kept: readonly DeviceCells[]
  /** By metric, over all devices. */
  datapoints: Float64Array
  fromSlot: number
  toSlot: number
  /** By slot from `fromSlot`: its bucket in the calendar. */
  buckets: Uint8Array
}

/**
 * Reads the history once and keeps as many devices as memory allows: those whose ids hash lowest, so that neither
 * the order nor a coincidence of names decides. Null of nothing.
 */
export function gatherHistory(
  history: GroupHistory,
  mostCells: number = parameters.history.mostCells,
): GatheredHistory | null {
  const sample = createSample(mostCells)
  const datapoints = new Float64Array(history.metricIds.length)
  const deviceIds: string[] = []
  const days = new Map<number, { datapoints: number; from: number; to: number }>()
  for (const device of history.devices) {
    const cells = cellsOf(device, history.slotMs)
    if (!cells) continue
    deviceIds.push(cells.deviceId)
    cells.datapoints.forEach(
      (count, metric) => (datapoints[metric] = (datapoints[metric] ?? 0) + count),
    )
    noteRange(days, cells, slotsPerDay(history.slotMs))
    sample.add(cells)
  }
  const range = commonRange(days)
  if (!range) return null
  const { slotMs, metricIds } = history
  return {
    slotMs,
    metricIds,
    deviceIds: deviceIds.sort(byText),
    kept: sample.kept().sort((a, b) => byText(a.deviceId, b.deviceId)),
    datapoints,
    ...range,
    buckets: Uint8Array.from({ length: range.toSlot - range.fromSlot + 1 }, (_, index) =>
      bucketOf(range.fromSlot + index, slotMs),
    ),
  }
}

function createSample(mostCells: number) {
  let members: { cells: DeviceCells; hash: number }[] = []
  let size = 0
  let highest = Infinity

  function add(cells: DeviceCells): void {
    const hash = hashOf(cells.deviceId)
    if (hash > highest) return
    members.push({ cells, hash })
    size += cells.cells.length
    while (size > mostCells && members.length > 1) thin()
  }

  /** Lets the highest quarter go, so that it is not done for every device. */
  function thin(): void {
    members = members.sort((a, b) => a.hash - b.hash).slice(0, Math.floor(members.length * 0.75))
    size = members.reduce((sum, { cells }) => sum + cells.cells.length, 0)
    highest = members.at(-1)?.hash ?? Infinity
  }

  return { add, kept: (): DeviceCells[] => members.map(({ cells }) => cells) }
}

/** Counts by day, so that a few devices with a clock of their own do not stretch the range of all. */
function noteRange(
  days: Map<number, { datapoints: number; from: number; to: number }>,
  { fromSlot, slots }: DeviceCells,
  perDay: number,
): void {
  for (let from = fromSlot; from < fromSlot + slots;) {
    const day = Math.floor(from / perDay)
    const to = Math.min((day + 1) * perDay, fromSlot + slots)
    const known = days.get(day) ?? { datapoints: 0, from, to: to - 1 }
    days.set(day, {
      datapoints: known.datapoints + to - from,
      from: Math.min(known.from, from),
      to: Math.max(known.to, to - 1),
    })
    from = to
  }
}

function commonRange(days: ReadonlyMap<number, { datapoints: number; from: number; to: number }>) {
  const most = Math.max(0, ...[...days.values()].map((day) => day.datapoints))
  const common = [...days.values()].filter((day) => day.datapoints >= most / 50)
  if (common.length === 0) return null
  const fromSlot = Math.min(...common.map(({ from }) => from))
  return { fromSlot, toSlot: Math.max(...common.map(({ to }) => to)) }
}

/** FNV-1a, 32 bits, with a last stir: names that differ in the last digit spread over the whole range. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
