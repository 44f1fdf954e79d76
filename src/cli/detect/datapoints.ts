/** One metric of one device. `device` and `metric` are indexes into the lists of names. */
export interface Series {
  device: number
  metric: number
}

/** Datapoints of many devices as columns, in the order in which they came; times never fall within a series. */
export interface Datapoints {
  count: number
  /** Epoch ms. */
  at: Float64Array
  /** In the metric's unit, finite. */
  value: Float64Array
  /** Index into `series`. */
  seriesOf: Int32Array
  series: readonly Series[]
  devices: readonly string[]
  metrics: readonly string[]
}

export interface DatapointsBuilder {
  /** Index of a series; a new one where the names are new. */
  seriesIndex(device: string, metric: string): number
  /** Time of the series' last datapoint, epoch ms; -Infinity where there is none. */
  lastAt(series: number): number
  push(series: number, at: number, value: number): void
  build(): Datapoints
}

const firstCapacity = 1024

export function createDatapoints(): DatapointsBuilder {
  const names = createSeriesNames()
  const lastAt: number[] = []
  let columns = columnsOf(firstCapacity)
  let count = 0
  return {
    seriesIndex: names.indexOf,
    lastAt: (series) => lastAt[series] ?? -Infinity,
    push(series, at, value) {
      if (count === columns.at.length) columns = grown(columns)
      columns.at[count] = at
      columns.value[count] = value
      columns.seriesOf[count] = series
      lastAt[series] = at
      count += 1
    },
    build: () => ({
      count,
      at: columns.at.subarray(0, count),
      value: columns.value.subarray(0, count),
      seriesOf: columns.seriesOf.subarray(0, count),
      series: names.series,
      devices: [...names.devices.keys()],
      metrics: [...names.metrics.keys()],
    }),
  }
}

/** Rows of each series: those of series `s` are `rows.subarray(starts[s], starts[s + 1])`, in time order. */
export interface RowsBySeries {
  rows: Uint32Array
  starts: Uint32Array
}

export function rowsBySeries({ count, series, seriesOf }: Datapoints): RowsBySeries {
  const starts = new Uint32Array(series.length + 1)
  for (let row = 0; row < count; row += 1) add(starts, (seriesOf[row] ?? 0) + 1)
  for (let index = 1; index < starts.length; index += 1) {
    starts[index] = (starts[index] ?? 0) + (starts[index - 1] ?? 0)
  }
  const next = starts.slice()
  const rows = new Uint32Array(count)
  for (let row = 0; row < count; row += 1) {
    const one = seriesOf[row] ?? 0
    rows[next[one] ?? 0] = row
    add(next, one)
  }
  return { rows, starts }
}

export function rowsOf({ rows, starts }: RowsBySeries, series: number): Uint32Array {
  return rows.subarray(starts[series], starts[series + 1])
}

/** For each device its series by metric index, -1 where it has none. */
export function seriesByDevice({ series, devices, metrics }: Datapoints): Int32Array[] {
  const table = devices.map(() => new Int32Array(metrics.length).fill(-1))
  series.forEach(({ device, metric }, index) => {
    const row = table[device]
    if (row) row[metric] = index
  })
  return table
}

function columnsOf(capacity: number) {
  return {
    at: new Float64Array(capacity),
    value: new Float64Array(capacity),
    seriesOf: new Int32Array(capacity),
  }
}

function grown(from: ReturnType<typeof columnsOf>) {
  const to = columnsOf(2 * from.at.length)
  to.at.set(from.at)
  to.value.set(from.value)
  to.seriesOf.set(from.seriesOf)
  return to
}

function add(counts: Uint32Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1
}

function createSeriesNames() {
  const devices = new Map<string, number>()
  const metrics = new Map<string, number>()
  const series: Series[] = []
  const byDevice: Map<number, number>[] = []
  return {
    devices,
    metrics,
    series,
    indexOf(deviceName: string, metricName: string): number {
      const device = indexIn(devices, deviceName)
      const metric = indexIn(metrics, metricName)
      const ofDevice = (byDevice[device] ??= new Map())
      const known = ofDevice.get(metric)
      if (known !== undefined) return known
      ofDevice.set(metric, series.length)
      return series.push({ device, metric }) - 1
    },
  }
}

function indexIn(names: Map<string, number>, name: string): number {
  const known = names.get(name)
  if (known !== undefined) return known
  names.set(name, names.size)
  return names.size - 1
}
