import { asMetricId } from '../../contract/model/aws-metrics.ts'
import type { MetricId } from '../../contract/model/metric.ts'
import { prepared, type ReadHandle, type WriteHandle } from './handles.ts'
import { transaction } from './transaction.ts'

/** A trained model of one metric and the datapoints it learned from. */
export interface ModelRow {
  metricId: MetricId
  /** Epoch ms. */
  trainedAt: number
  fromSlot: number
  toSlot: number
  datapoints: number
  /** The engine's own format. */
  bytes: Uint8Array
}

const kept = 5

/** Adds a model and forgets all but the metric's newest five. */
export function insertModel(handle: WriteHandle, row: ModelRow): void {
  transaction(handle, () => {
    prepared(
      handle,
      `INSERT INTO models (metric_id, trained_at, from_slot, to_slot, datapoints, bytes)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ).run(row.metricId, row.trainedAt, row.fromSlot, row.toSlot, row.datapoints, row.bytes)
    prepared(
      handle,
      `DELETE FROM models WHERE id IN (
         SELECT id FROM models WHERE metric_id = ?
          ORDER BY trained_at DESC, id DESC LIMIT -1 OFFSET ${kept})`,
    ).run(row.metricId)
  })
}

/** The newest model of each metric, by the metric's name. */
export function readLatestModels(handle: ReadHandle): ModelRow[] {
  const rows = prepared<Omit<ModelRow, 'metricId'> & { metricId: string }>(
    handle,
    `SELECT metric_id AS metricId, trained_at AS trainedAt, from_slot AS fromSlot,
            to_slot AS toSlot, datapoints, bytes
       FROM models AS model
      WHERE id = (SELECT id FROM models WHERE metric_id = model.metric_id
                   ORDER BY trained_at DESC, id DESC LIMIT 1)
      ORDER BY metric_id`,
  ).all()
  return rows.map((row) => ({ ...row, metricId: asMetricId(row.metricId) }))
}
