/** One series and what a detector said of it: a score a row, the higher the stranger. */
export interface NabFile {
  name: string
  /** Epoch milliseconds, one a row, in the order of the file. */
  timestamps: ArrayLike<number>
  scores: ArrayLike<number>
  /** First and last timestamp of each labelled anomaly, both inclusive, in order of time. */
  windows: readonly (readonly [startAt: number, endAt: number])[]
}

/** What a found window earns, and what a false row and a missed window cost (NAB's profiles.json). */
const profiles = {
  standard: { found: 1, falseRow: 0.11, missed: 1 },
  lowFp: { found: 1, falseRow: 0.22, missed: 1 },
  lowFn: { found: 1, falseRow: 0.11, missed: 2 },
}

export type NabProfile = keyof typeof profiles

/** NAB's three scores (0 = never alarms, 100 = perfect), and at which threshold each was reached. */
export interface NabResult extends Record<NabProfile, number> {
  /** A row alarms where its score is at least this; Infinity where never alarming scores best. */
  thresholds: Record<NabProfile, number>
  /** Windows with at least one alarm. */
  hits: Record<NabProfile, number>
  /** Rows outside every window that alarm. */
  falseRows: Record<NabProfile, number>
  /** Windows that could be hit: those with a row after probation. */
  windows: number
}

const profileNames = ['standard', 'lowFp', 'lowFn'] as const satisfies readonly NabProfile[]
const probationShare = 0.15
const longestProbation = 750
const outside = -1

/** Rows that count, of all files together: the score given, NAB's credit, and the window it is in. */
interface Rows {
  scores: Float64Array
  credits: Float64Array
  windowOf: Int32Array
  windows: number
}

/**
 * Scores a detector as NAB does (Lavin and Ahmad 2015; numenta/NAB `sweeper.py`, `optimizer.py`):
 * one threshold for all files, the best of every distinct score, found for each profile.
 *
 * Throws a RangeError where lengths differ, a score is NaN, or a window's limits are no row's time.
 */
export function scoreNab(files: readonly NabFile[]): NabResult {
  const rows = gather(files)
  const best = {
    standard: emptyTally(Infinity),
    lowFp: emptyTally(Infinity),
    lowFn: emptyTally(Infinity),
  }
  sweep(rows, (tally) => {
    for (const name of profileNames) {
      if (scoreOf(tally, name, rows.windows) > scoreOf(best[name], name, rows.windows)) {
        best[name] = { ...tally }
      }
    }
  })
  return resultOf(best, rows.windows)
}

/** The same with thresholds found elsewhere, say on other files: what a held-out score needs. */
export function scoreNabAt(
  files: readonly NabFile[],
  thresholds: Record<NabProfile, number>,
): NabResult {
  const rows = gather(files)
  const last = {
    standard: emptyTally(thresholds.standard),
    lowFp: emptyTally(thresholds.lowFp),
    lowFn: emptyTally(thresholds.lowFn),
  }
  sweep(rows, (tally) => {
    for (const name of profileNames) {
      const threshold = thresholds[name]
      if (tally.threshold >= threshold) last[name] = { ...tally, threshold }
    }
  })
  return resultOf(last, rows.windows)
}

/** What the alarms at one threshold add up to, whatever they are worth. */
interface Tally {
  threshold: number
  hits: number
  /** Sum over the windows hit of their best row's credit, each 0 to 1. */
  hitCredit: number
  falseRows: number
  /** Sum of the false rows' credits, each -1 to 0. */
  falseCredit: number
}

function emptyTally(threshold: number): Tally {
  return { threshold, hits: 0, hitCredit: 0, falseRows: 0, falseCredit: 0 }
}

/** Lowers the threshold from score to score and shows the tally at each; the tally is reused. */
function sweep(rows: Rows, show: (tally: Tally) => void): void {
  const { scores, credits, windowOf } = rows
  const tally = emptyTally(Infinity)
  const bestCredit = new Float64Array(rows.windows).fill(-1)
  const order = Uint32Array.from(scores.keys()).sort((a, b) => at(scores, b) - at(scores, a) || 0)
  order.forEach((row, position) => {
    tally.threshold = at(scores, row)
    count(tally, { credit: at(credits, row), window: at(windowOf, row), bestCredit })
    const next = order[position + 1]
    if (next === undefined || at(scores, next) !== tally.threshold) show(tally)
  })
}

interface AlarmRow {
  credit: number
  window: number
  bestCredit: Float64Array
}

function count(tally: Tally, { credit, window, bestCredit }: AlarmRow): void {
  if (window === outside) {
    tally.falseRows += 1
    tally.falseCredit += credit
    return
  }
  const before = at(bestCredit, window)
  if (before < 0) tally.hits += 1
  if (credit <= before) return
  tally.hitCredit += credit - Math.max(before, 0)
  bestCredit[window] = credit
}

/** 100 x (score - score of never alarming) / (perfect score - score of never alarming). */
function scoreOf(tally: Tally, name: NabProfile, windows: number): number {
  const { found, falseRow, missed } = profiles[name]
  const gained = found * tally.hitCredit + missed * tally.hits + falseRow * tally.falseCredit
  return (100 * gained) / (windows * (found + missed))
}

function resultOf(tallies: Record<NabProfile, Tally>, windows: number): NabResult {
  const each = (read: (tally: Tally, name: NabProfile) => number) => ({
    standard: read(tallies.standard, 'standard'),
    lowFp: read(tallies.lowFp, 'lowFp'),
    lowFn: read(tallies.lowFn, 'lowFn'),
  })
  return {
    ...each((tally, name) => scoreOf(tally, name, windows)),
    thresholds: each((tally) => tally.threshold),
    hits: each((tally) => tally.hits),
    falseRows: each((tally) => tally.falseRows),
    windows,
  }
}

function gather(files: readonly NabFile[]): Rows {
  const parts = files.map((file) => ({ file, rows: creditsOf(file) }))
  const length = parts.reduce((sum, { file, rows }) => sum + file.scores.length - rows.from, 0)
  const all: Rows = {
    scores: new Float64Array(length),
    credits: new Float64Array(length),
    windowOf: new Int32Array(length),
    windows: 0,
  }
  let end = 0
  for (const { file, rows } of parts) end = append(all, { file, rows, at: end })
  if (all.windows === 0) throw new RangeError('None of these files has a window to be found')
  return all
}

function append(all: Rows, part: { file: NabFile; rows: FileRows; at: number }): number {
  const { file, rows } = part
  const numberOf = new Map<number, number>()
  let position = part.at
  for (let row = rows.from; row < file.scores.length; row += 1, position += 1) {
    const window = at(rows.windowOf, row)
    if (window !== outside && !numberOf.has(window)) numberOf.set(window, all.windows++)
    all.scores[position] = at(file.scores, row)
    all.credits[position] = at(rows.credits, row)
    all.windowOf[position] = numberOf.get(window) ?? outside
  }
  return position
}

interface FileRows {
  /** First row after probation. */
  from: number
  credits: Float64Array
  windowOf: Int32Array
}

function creditsOf(file: NabFile): FileRows {
  const { timestamps, scores } = file
  refuseUnlessScored(file)
  const credits = new Float64Array(scores.length).fill(-1)
  const windowOf = new Int32Array(scores.length).fill(outside)
  let from = 0
  file.windows.forEach(([startAt, endAt], window) => {
    const start = rowAt(file, startAt, from)
    const end = rowAt(file, endAt, start)
    fillWindow({ credits, windowOf }, { start, end, window })
    from = end + 1
  })
  const probation = Math.min(Math.floor(probationShare * timestamps.length), longestProbation)
  return { from: probation, credits, windowOf }
}

/** Rows up to the window keep what the window before it says of them. */
function fillWindow(
  { credits, windowOf }: { credits: Float64Array; windowOf: Int32Array },
  { start, end, window }: { start: number; end: number; window: number },
): void {
  const width = end - start + 1
  const full = fading(-1)
  for (let row = start; row <= end; row += 1) {
    credits[row] = fading(-(end - row + 1) / width) / full
    windowOf[row] = window
  }
  for (let row = end + 1; row < credits.length; row += 1) {
    credits[row] = fading((row - end) / (width - 1))
  }
}

/** NAB's scaled sigmoid: 0.99 at a window's left edge (-1), 0 at its right edge, -1 far behind. */
function fading(position: number): number {
  return position >= 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1
}

function rowAt({ name, timestamps }: NabFile, time: number, from: number): number {
  for (let row = from; row < timestamps.length; row += 1) {
    if (timestamps[row] === time) return row
  }
  throw new RangeError(`${name} has no row at ${time}, the limit of a window`)
}

function refuseUnlessScored({ name, timestamps, scores }: NabFile): void {
  if (timestamps.length !== scores.length) {
    throw new RangeError(`${name}: ${timestamps.length} rows, but ${scores.length} scores`)
  }
  for (let row = 0; row < scores.length; row += 1) {
    if (Number.isNaN(at(scores, row))) throw new RangeError(`${name}: row ${row} has no score`)
  }
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN
}
