import { closeReader, openReader } from '../../../src/station/store/open.ts'

/** What all devices did by a counting metric, as far as the database has it; read by another process. */
export function storedCount(file: string, metricIds: readonly string[]): number {
  const reader = openReader(file)
  try {
    const places = metricIds.map(() => '?').join()
    const sql = `SELECT total(sum) FROM recent JOIN series ON series.id = series_id WHERE metric_id IN (${places})`
    return Number(
      reader.database
        .prepare(sql)
        .pluck()
        .get(...metricIds),
    )
  } finally {
    closeReader(reader)
  }
}
