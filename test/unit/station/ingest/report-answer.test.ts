import { describe, expect, test } from 'vitest'
import { rejectionReason } from '../../../../src/contract/model/status.ts'
import { encodeAnswer, type Answer } from '../../../../src/station/ingest/report-answer.ts'
import { decodePayload } from '../../../../src/station/ingest/report-encoding.ts'

const accepted: Answer = {
  thingName: 'pump-7',
  reportId: 1790000123,
  at: 1_790_000_124_555,
  refusal: null,
}

describe.each(['json', 'cbor'] as const)('an answer to a report in %s', (encoding) => {
  const sent = (answer: Partial<Answer>) =>
    decodePayload(encodeAnswer({ ...accepted, ...answer }, encoding), encoding)

  test('names the thing, the report and the time, in the encoding of the report', () => {
    expect(sent({})).toEqual({
      thingName: 'pump-7',
      reportId: 1790000123,
      status: 'ACCEPTED',
      timestamp: 1_790_000_124_555,
    })
  })

  test('repeats an id of 64 bits to the last digit', () => {
    expect(sent({ reportId: 18446744073709551615n })).toMatchObject({
      reportId: 18446744073709551615n,
    })
  })

  test('says why a report was refused', () => {
    const refusal = { reason: 'wrong-type', detail: 'metrics is not a map' } as const
    expect(sent({ refusal })).toEqual({
      thingName: 'pump-7',
      reportId: 1790000123,
      status: 'REJECTED',
      statusDetails: { ErrorCode: 'InvalidPayload', ErrorMessage: 'metrics is not a map' },
      timestamp: 1_790_000_124_555,
    })
  })

  test('has no report id where none could be read', () => {
    const refusal = { reason: 'malformed', detail: 'not JSON' } as const
    expect(sent({ reportId: null, refusal })).not.toHaveProperty('reportId')
  })

  test('can be given for every reason and any name', () => {
    for (const reason of rejectionReason.options) {
      const refusal = { reason, detail: '\u0000"}\ud800' }
      expect(sent({ thingName: '\ud800"\u202e', refusal })).toMatchObject({ status: 'REJECTED' })
    }
  })
})

test('an answer in JSON has the id as a number without quotes', () => {
  const bytes = encodeAnswer({ ...accepted, reportId: 9007199254740993n }, 'json')
  expect(Buffer.from(bytes).toString()).toContain('"reportId":9007199254740993,')
})

test('a duplicate and a report that comes too soon are told apart from a broken one', () => {
  const codeOf = (reason: 'duplicate' | 'too-frequent' | 'malformed') => {
    const bytes = encodeAnswer({ ...accepted, refusal: { reason, detail: '' } }, 'json')
    return JSON.parse(Buffer.from(bytes).toString()).statusDetails.ErrorCode
  }
  expect([codeOf('duplicate'), codeOf('too-frequent'), codeOf('malformed')]).toEqual([
    'DuplicateReportId',
    'Throttled',
    'InvalidPayload',
  ])
})
