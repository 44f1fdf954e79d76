import type { LinkMessage } from './mqtt-link.ts'
import { parseReportTopic } from './report-topic.ts'
import type { SourceContext } from './source.ts'

/**
 * Brings a Device Defender report to the desk; its answer goes back the same way. Null where the message is none;
 * else resolves when the desk has room for more.
 */
export function takeReport(
  { desk, sourceId }: Pick<SourceContext, 'desk' | 'sourceId'>,
  message: LinkMessage,
  answer: (topic: string, payload: Uint8Array) => void,
): Promise<void> | null {
  const topic = parseReportTopic(message.topic)
  if (!topic) return null
  // An old report would be counted as of now.
  if (message.isRetained) return Promise.resolve()
  const { payload } = message
  // Other than a broker, a subscriber cannot tell who sent it.
  desk.receive({ sourceId, topic, payload, isSenderAllowed: null, answer })
  return desk.hasRoom()
}
