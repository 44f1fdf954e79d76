/** The two encodings a Device Defender report may have. */
export type ReportEncoding = 'json' | 'cbor'

/** Whose report a topic announces. The name is as the publisher wrote it: hostile until checked. */
export interface ReportTopic {
  thingName: string
  encoding: ReportEncoding
}

/** What to subscribe to for every thing's reports. `#` does not cover `$aws`, so they are named. */
export const reportTopicFilters = [
  '$aws/things/+/defender/metrics/json',
  '$aws/things/+/defender/metrics/cbor',
] as const

const reportTopicPattern = /^\$aws\/things\/([^/]+)\/defender\/metrics\/(json|cbor)$/

/** Null for any topic that is not exactly a report's. */
export function parseReportTopic(topic: string): ReportTopic | null {
  const match = reportTopicPattern.exec(topic)
  if (!match?.[1]) return null
  return { thingName: match[1], encoding: match[2] === 'cbor' ? 'cbor' : 'json' }
}

/** Where the answer to a report goes. */
export function answerTopic(report: ReportTopic, verdict: 'accepted' | 'rejected'): string {
  return `$aws/things/${report.thingName}/defender/metrics/${report.encoding}/${verdict}`
}
