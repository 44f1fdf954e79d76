import { closeReader, openReader } from '../../../src/station/store/open.ts'
import type { ReadHandle } from '../../../src/station/store/handles.ts'
import { storeFigures } from '../../../src/station/store/figures.ts'

/** What the database of a data folder holds, read from the file by another process than the station's. */
function asked<Answer>(file: string, ask: (handle: ReadHandle) => Answer): Answer {
  const handle = openReader(file)
  try {
    return ask(handle)
  } finally {
    closeReader(handle)
  }
}

/** Messages of all devices that are durable: `aws:num-messages-sent`, summed. */
export function storedMessages(file: string): number {
  return sumOf(file, 'total(sum)', "metric_id = 'aws:num-messages-sent'")
}

/** Values of reports that are durable: each was folded into its slot, whose count tells how many. */
export function storedReportValues(file: string): number {
  return sumOf(
    file,
    'total(count)',
    "metric_id NOT IN ('aws:num-messages-sent', 'aws:message-byte-size')",
  )
}

/** Bytes on disk, log and unused pages included, and what of them holds nothing. */
export function diskFigures(file: string): {
  bytes: number
  unusedBytes: number
  datapoints: number
} {
  return asked(file, (handle) => {
    const { bytes, datapoints } = storeFigures(handle, file)
    const pragma = (name: string) => Number(handle.database.pragma(name, { simple: true }))
    return { bytes, datapoints, unusedBytes: pragma('freelist_count') * pragma('page_size') }
  })
}

function sumOf(file: string, sum: string, where: string): number {
  const sql = `SELECT ${sum} FROM recent JOIN series ON series.id = series_id WHERE ${where}`
  return asked(file, ({ database }) => Number(database.prepare(sql).pluck().get()))
}
