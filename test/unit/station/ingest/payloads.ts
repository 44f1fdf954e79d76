import { encode } from 'cborg'
import { decodePayload } from '../../../../src/station/ingest/report-encoding.ts'
import { readReport, type Report } from '../../../../src/station/ingest/report-fields.ts'
import { Refusal } from '../../../../src/station/refusal.ts'
import type { RejectionReason } from '../../../../src/contract/model/status.ts'

/** Bytes of a report as an agent would publish it: JSON text, or any value as CBOR. */
export function jsonBytes(report: unknown): Uint8Array {
  return Buffer.from(typeof report === 'string' ? report : JSON.stringify(report))
}

/** A report given as JSON text or as a value, read as JSON. */
export function readJson(report: unknown): Report {
  return readReport(decodePayload(jsonBytes(report), 'json'))
}

/** A report given as a value, read as CBOR. */
export function readCbor(report: unknown): Report {
  return readReport(decodePayload(encode(report), 'cbor'))
}

/** A report with only a header and these metrics, in long tags. */
export function withMetrics(metrics: unknown): object {
  return { header: { report_id: 17, version: '1.0' }, metrics }
}

/** A report with only a header and these custom metrics. */
export function withCustom(custom: unknown): object {
  return { header: { report_id: 17, version: '1.0' }, custom_metrics: custom }
}

/** The reason work was refused for; null where it was not. Any other error is thrown on. */
export function refusalOf(work: () => unknown): RejectionReason | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.reason
    throw error
  }
}
