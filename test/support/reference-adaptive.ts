import { parameters } from '../../src/detect/adaptive/parameters.ts'

/**
 * What `createSeriesDetector` computes as it goes, computed anew for each datapoint from the whole list before it, by
 * sorting and filtering: slow, and with no window, ring or running sum that could be wrong. For finite values some minutes apart.
 */
export interface ReferenceRow {
  at: number
  value: number
}

export interface ReferenceJudgement {
  score: number
  burst: number
  expectedLow: number
  expectedHigh: number
}

interface Statistic {
  twoSided: boolean
  /** One entry a datapoint; NaN where there is none. */
  values: number[]
}

export function referenceJudgements(
  rows: readonly ReferenceRow[],
  spacingMs: number,
): ReferenceJudgement[] {
  const unit = Math.abs(rows.find(({ value }) => value !== 0)?.value ?? 1)
  const series = rows.map(({ at, value }) => ({ at, value: value / unit }))
  const spreads = series.map((_, index) =>
    spreadOf(ascending(series.slice(0, index).map(({ value }) => value))),
  )
  const settings = series.map((_, index) => settingOf(series, index, { spacingMs, spreads }))
  const statistics = statisticsOf(series, settings)
  const decades = Object.fromEntries(
    Object.entries(statistics).map(([name, statistic]) => [name, decadesOf(statistic)]),
  )
  const sums = (names: string[], part: { threshold: number; cap: number }) =>
    series.map((_, index) =>
      names.reduce((sum, name) => {
        const beyond = (decades[name]?.[index] ?? 0) - part.threshold
        return sum + Math.min(part.cap, Math.max(0, beyond))
      }, 0),
    )
  const lasting = sums(
    ['level', 'weekly', 'sustained', 'shift', 'shape', 'unrest'],
    parameters.lasting,
  )
  const sudden = ['surprise', 'daily', 'step', 'change', 'bustle', 'weekly', 'shift']
  const bursts = movingAverage(sums(sudden, parameters.burst), parameters.burst.span)
  return series.map((_, index) => {
    const burst = entry(bursts, index)
    const { low, high } = boundsOf(present(statistics.weekly.values.slice(0, index)))
    const expected = settings[index]?.weekly ?? NaN
    return {
      burst,
      score: Math.max(burst, entry(lasting, index)),
      expectedLow: (expected + low) * unit,
      expectedHigh: (expected + high) * unit,
    }
  })
}

interface Setting {
  median: number
  spread: number
  daily: number
  weekly: number
}

function settingOf(
  series: readonly ReferenceRow[],
  index: number,
  { spacingMs, spreads }: { spacingMs: number; spreads: readonly number[] },
): Setting {
  const past = series.slice(0, index)
  const { at, value } = series[index] ?? { at: NaN, value: NaN }
  const median = index === 0 ? value : quantile(ascending(past.map((row) => row.value)), 0.5)
  const daily = dailyExpectation(past, { at, median, spacingMs })
  const weekly = weeklyExpectation(past, { at, daily, spacingMs, spreads })
  return { median, spread: entry(spreads, index), daily, weekly }
}

function dailyExpectation(
  past: readonly ReferenceRow[],
  { at, median, spacingMs }: { at: number; median: number; spacingMs: number },
): number {
  const dayMs = 86_400_000
  const width = Math.min(dayMs, Math.max(spacingMs, parameters.daily.bucketMs))
  const perBucket = Math.max(1, Math.round(width / spacingMs))
  const count = Math.ceil(dayMs / width)
  const bucketOf = (time: number) => Math.floor(positive(time, dayMs) / width)
  const buckets = new Set([-1, 0, 1].map((offset) => positive(bucketOf(at) + offset, count)))
  const around = [...buckets].flatMap((bucket) =>
    past
      .filter((row) => bucketOf(row.at) === bucket)
      .slice(-parameters.daily.daysKept * perBucket)
      .map((row) => row.value),
  )
  if (around.length === 0) return median
  const middle = entry(ascending(around), around.length >> 1)
  const doubt = parameters.daily.trust * perBucket
  return (around.length * middle + doubt * median) / (around.length + doubt)
}

function weeklyExpectation(
  past: readonly ReferenceRow[],
  {
    at,
    daily,
    spacingMs,
    spreads,
  }: { at: number; daily: number; spacingMs: number; spreads: readonly number[] },
): number {
  const weekMs = 7 * 86_400_000
  const width = Math.min(weekMs, Math.max(spacingMs, parameters.weekly.bucketMs))
  const perBucket = Math.max(1, Math.round(width / spacingMs))
  const bucketOf = (time: number) => Math.floor(positive(time, weekMs) / width)
  let [mean, size] = [0, 0]
  past.forEach((row, index) => {
    if (bucketOf(row.at) !== bucketOf(at)) return
    const spread = index < parameters.silentFor ? Infinity : entry(spreads, index)
    const limit = size === 0 ? Infinity : parameters.weekly.mostSpreads * spread
    size = Math.min(size + 1, parameters.weekly.weeksKept * perBucket)
    mean += clipped(row.value - mean, limit) / size
  })
  const doubt = parameters.weekly.trust * perBucket
  return (size * mean + doubt * daily) / (size + doubt)
}

function statisticsOf(series: readonly ReferenceRow[], settings: readonly Setting[]) {
  const values = series.map((row) => row.value)
  const residuals = values.map((value, index) => value - (settings[index]?.daily ?? NaN))
  const limited = (numbers: readonly number[], mostSpreads: number) =>
    numbers.map((number, index) => clipped(number, mostSpreads * (settings[index]?.spread ?? NaN)))
  const misses = limited(forecastMisses(values, settings), parameters.surprise.mostSpreads)
  return {
    level: { twoSided: true, values },
    daily: { twoSided: true, values: residuals },
    weekly: {
      twoSided: true,
      values: values.map((value, index) => value - (settings[index]?.weekly ?? NaN)),
    },
    sustained: {
      twoSided: true,
      values: movingAverage(
        limited(residuals, parameters.sustained.mostSpreads),
        parameters.sustained.span,
      ),
    },
    shift: { twoSided: false, values: residuals.map((_, index) => shiftAt(residuals, index)) },
    shape: { twoSided: false, values: shapeDistances(values, settings) },
    step: { twoSided: false, values: differences(values, 1) },
    change: { twoSided: false, values: differences(values, parameters.changeLag) },
    bustle: {
      twoSided: true,
      values: restlessness(values, { settings, length: parameters.bustleLength }),
    },
    unrest: {
      twoSided: true,
      values: restlessness(values, { settings, length: parameters.unrestLength }),
    },
    surprise: { twoSided: false, values: surprises(misses.map(Math.abs)) },
  } satisfies Record<string, Statistic>
}

function forecastMisses(values: readonly number[], settings: readonly Setting[]): number[] {
  const { lags, step, regularity, mostSpreads } = parameters.forecast
  const weights = [1, ...Array<number>(lags - 1).fill(0)]
  const centred = values.map((value, index) => value - (settings[index]?.median ?? NaN))
  return centred.map((value, index) => {
    const last = weights.map((_, lag) => centred[index - 1 - lag] ?? 0)
    const spread = settings[index]?.spread ?? NaN
    const miss = value - weights.reduce((sum, weight, lag) => sum + weight * entry(last, lag), 0)
    const lesson = clipped(miss, mostSpreads * spread)
    const power = last.reduce((sum, before) => sum + before ** 2, regularity * spread ** 2)
    last.forEach((before, lag) => {
      weights[lag] = entry(weights, lag) + (step * lesson * before) / power
    })
    return miss
  })
}

function surprises(misses: readonly number[]): number[] {
  const { lags } = parameters.forecast
  const averaged = movingAverage(misses.slice(lags + 1), parameters.surprise.span)
  return [...Array<number>(Math.min(lags + 1, misses.length)).fill(NaN), ...averaged]
}

function shiftAt(residuals: readonly number[], index: number): number {
  const { shiftLength } = parameters
  if (index + 1 < 2 * shiftLength) return NaN
  const middle = index + 1 - shiftLength
  const latest = residuals.slice(middle, index + 1)
  return Math.abs(mean(latest) - mean(residuals.slice(middle - shiftLength, middle)))
}

function differences(values: readonly number[], lag: number): number[] {
  return values.map((value, index) =>
    index < lag ? NaN : Math.abs(value - entry(values, index - lag)),
  )
}

function restlessness(
  values: readonly number[],
  { settings, length }: { settings: readonly Setting[]; length: number },
): number[] {
  return values.map((_, index) => {
    if (index + 1 < length) return NaN
    const latest = values.slice(index + 1 - length, index + 1)
    const variance = mean(latest.map((value) => (value - mean(latest)) ** 2))
    return Math.log(Math.sqrt(variance) + 0.01 * (settings[index]?.spread ?? NaN))
  })
}

/** Only while no shape had to be forgotten. */
function shapeDistances(values: readonly number[], settings: readonly Setting[]): number[] {
  const { segments, segmentLength } = parameters.shape
  const length = segments * segmentLength
  const outlines = values.map((_, index) => outlineAt(values, index, settings[index]))
  return values.map((_, index) => {
    if (index < length) return NaN
    const latest = outlines[index] ?? []
    const earlier = outlines.filter(
      (_, before) =>
        before >= length && before <= index - length && (before + 1) % segmentLength === 0,
    )
    const distances = earlier.map((outline) =>
      Math.sqrt(mean(outline.map((level, segment) => (level - entry(latest, segment)) ** 2))),
    )
    return distances.length === 0 ? 0 : Math.min(...distances)
  })
}

function outlineAt(values: readonly number[], index: number, setting: Setting | undefined) {
  const { segments, segmentLength, smallestPeak, smallestDistance } = parameters.shape
  const { median, spread } = setting ?? { median: NaN, spread: NaN }
  const first = index + 1 - segments * segmentLength
  if (first < 0) return []
  return Array.from({ length: segments }, (_, segment) => {
    const from = first + segment * segmentLength
    const part = values.slice(from, from + segmentLength)
    const [lowest, highest] = [Math.min(...part), Math.max(...part)]
    const peak = highest - mean(part) > mean(part) - lowest ? highest : lowest
    const level = Math.abs(peak - mean(part)) < smallestPeak * spread ? mean(part) : peak
    return Math.abs(level - median) < smallestDistance * spread ? median : level
  })
}

function decadesOf({ twoSided, values }: Statistic): number[] {
  return values.map((value, index) => {
    const past = present(values.slice(0, index)).slice(-parameters.memory)
    if (Number.isNaN(value) || past.length < parameters.silentFor) return 0
    const median = quantile(ascending(past), 0.5)
    const spread = spreadOf(ascending(past))
    if (!twoSided) return tailDecades(past, { value, median, spread })
    if (value >= median) return tailDecades(past, { value, median, spread }) - Math.log10(2)
    const mirrored = past.map((before) => -before)
    return tailDecades(mirrored, { value: -value, median: -median, spread }) - Math.log10(2)
  })
}

/** Decades of this or more. */
function tailDecades(
  past: readonly number[],
  { value, median, spread }: Record<'value' | 'median' | 'spread', number>,
): number {
  const counted = (from: number) => past.filter((before) => before >= from).length
  const decades = (count: number) => -Math.log10((count + 0.5) / (past.length + 1))
  const { points, start, scale } = tailOf(past, spread)
  if (value <= start) return decades(counted(value))
  const fitted = -Math.log10(points / past.length) + ((value - start) / scale) * Math.LOG10E
  const count = counted(median + (value - median) / (1 + parameters.tail.margin))
  return count > 0 ? Math.min(fitted, decades(count)) : fitted
}

function tailOf(past: readonly number[], spread: number) {
  const { least, base, share, most } = parameters.tail.points
  const size = past.length
  const points = Math.max(least, Math.min(base + Math.floor(share * size), Math.floor(most * size)))
  const sorted = ascending(past)
  const start = entry(sorted, size - points)
  const middle = entry(sorted, size - Math.floor(points / 2))
  const limit = Math.max(spread, parameters.tail.mostMedians * (middle - start))
  const excess = mean(sorted.slice(size - points).map((value) => Math.min(limit, value - start)))
  const smallest = parameters.tail.smallestScale * spread
  const widening = 1 + 1 / Math.sqrt(points) + 20 / size
  return { points, start, scale: Math.max(excess, smallest) * widening }
}

function boundsOf(past: readonly number[]): { low: number; high: number } {
  if (past.length < parameters.silentFor) return { low: NaN, high: NaN }
  const share = 10 ** -(4 + Math.log10(2))
  const reach = (values: readonly number[]) => {
    const { points, start, scale } = tailOf(values, spread)
    const decades = Math.log10(points / past.length) - Math.log10(share)
    const seen = entry(ascending(values), past.length - Math.max(2, Math.ceil(past.length * share)))
    return Math.max(seen, start + (Math.max(0, decades) * scale) / Math.LOG10E)
  }
  const spread = spreadOf(ascending(past))
  return { low: -reach(past.map((value) => -value)), high: reach(past) }
}

function spreadOf(sorted: readonly number[]): number {
  if (sorted.length === 0) return 1e-9
  return Math.max(
    quantile(sorted, 0.95) - quantile(sorted, 0.05),
    parameters.tail.smallestSpread * Math.abs(quantile(sorted, 0.5)),
    1e-9,
  )
}

function quantile(sorted: readonly number[], share: number): number {
  return entry(sorted, Math.min(sorted.length - 1, Math.floor(share * sorted.length)))
}

function clipped(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value))
}

function movingAverage(values: readonly number[], span: number): number[] {
  let mean = 0
  return values.map((value) => (mean += (2 / (span + 1)) * (value - mean)))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}

function present(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value))
}

function positive(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus
}

function entry(values: readonly number[], index: number): number {
  return values[index] ?? NaN
}
