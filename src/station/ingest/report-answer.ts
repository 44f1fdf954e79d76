import type { RejectionReason } from '../../contract/model/status.ts'
import { encodePayload } from './report-encoding.ts'
import type { ReportEncoding } from './report-topic.ts'

export interface Answer {
  thingName: string
  /** Null where the report was too broken to have one. */
  reportId: number | bigint | null
  at: number
  refusal: { reason: RejectionReason; detail: string } | null
}

/** AWS documents InvalidPayload alone; the other codes are Picket's own. */
const errorCodes: Partial<Record<RejectionReason, string>> = {
  oversized: 'PayloadTooLarge',
  duplicate: 'DuplicateReportId',
  'too-frequent': 'Throttled',
  overload: 'Throttled',
  spoofed: 'Forbidden',
  'bad-device-name': 'InvalidThingName',
  'too-many-devices': 'LimitExceeded',
  'store-unavailable': 'ServiceUnavailable',
}

/** The body for `/accepted` or `/rejected`, in the encoding of the report. */
export function encodeAnswer(answer: Answer, encoding: ReportEncoding): Uint8Array {
  const { thingName, reportId, at, refusal } = answer
  const head = { thingName, ...(reportId === null ? {} : { reportId }) }
  if (!refusal) return encodePayload({ ...head, status: 'ACCEPTED', timestamp: at }, encoding)
  const statusDetails = {
    ErrorCode: errorCodes[refusal.reason] ?? 'InvalidPayload',
    ErrorMessage: refusal.detail,
  }
  return encodePayload({ ...head, status: 'REJECTED', statusDetails, timestamp: at }, encoding)
}
