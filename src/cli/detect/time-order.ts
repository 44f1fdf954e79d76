/** Rows by time, those of one time in the order in which they are. `at` is epoch ms. */
export function rowsInTimeOrder(at: Float64Array): Uint32Array {
  const rows = Uint32Array.from(at, (_, row) => row)
  if (isAscending(at)) return rows
  const times = distinct(at)
  const places = placesIn(at, times)
  const next = startsOf(places, times.length)
  for (let row = 0; row < at.length; row += 1) {
    const place = places[row] ?? 0
    const target = next[place] ?? 0
    rows[target] = row
    next[place] = target + 1
  }
  return rows
}

function isAscending(at: Float64Array): boolean {
  for (let row = 1; row < at.length; row += 1) {
    if ((at[row] ?? 0) < (at[row - 1] ?? 0)) return false
  }
  return true
}

function distinct(at: Float64Array): Float64Array {
  const sorted = at.toSorted()
  return sorted.filter((time, index) => time !== sorted[index - 1])
}

/** Index of each time in the list of times. Neighbours in a file are mostly neighbours in time. */
function placesIn(at: Float64Array, times: Float64Array): Uint32Array {
  let place = 0
  return Uint32Array.from(at, (time) => {
    if (times[place + 1] === time) place += 1
    else if (times[place] !== time) place = placeOf(times, time)
    return place
  })
}

function placeOf(times: Float64Array, time: number): number {
  let low = 0
  let high = times.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low
}

function startsOf(places: Uint32Array, count: number): Uint32Array {
  const starts = new Uint32Array(count + 1)
  for (const place of places) starts[place + 1] = (starts[place + 1] ?? 0) + 1
  for (let place = 1; place <= count; place += 1) {
    starts[place] = (starts[place] ?? 0) + (starts[place - 1] ?? 0)
  }
  return starts
}
