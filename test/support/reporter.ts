import { connectAsync, type MqttClient } from 'mqtt'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { deviceId, type DeviceId } from '../../src/contract/model/device.ts'

/** What the station answered to a report. */
export const reportAnswer = z.object({
  thingName: z.string(),
  reportId: z.number(),
  status: z.enum(['ACCEPTED', 'REJECTED']),
  statusDetails: z.object({ ErrorCode: z.string(), ErrorMessage: z.string() }).optional(),
})
export type ReportAnswer = z.infer<typeof reportAnswer>

/** A device that reports one number of its own. */
export interface Reporter {
  deviceId: DeviceId
  mqtt: MqttClient
  /** Sends a report and resolves with the answer. */
  report(value: number): Promise<ReportAnswer>
}

/** The name of the number. */
export const ownMetric = 'own-number'

/** A report that says nothing but the number, as JSON. */
export function reportOf(reportId: number, value: number): string {
  return JSON.stringify({
    header: { report_id: reportId, version: '1.0' },
    custom_metrics: { [ownMetric]: [{ number: value }] },
  })
}

export function reportTopicOf(thingName: string): string {
  return `$aws/things/${thingName}/defender/metrics/json`
}

/** Connects a device; it is disconnected after the test. */
export async function connectReporter(brokerUrl: string, name: string): Promise<Reporter> {
  const mqtt = await connectAsync(brokerUrl, { clientId: name, reconnectPeriod: 0 })
  onTestFinished(() => void mqtt.end(true))
  const topic = reportTopicOf(name)
  await mqtt.subscribeAsync([`${topic}/accepted`, `${topic}/rejected`])
  let lastId = 0

  async function report(value: number): Promise<ReportAnswer> {
    const reportId = ++lastId
    const answer = answerTo(mqtt, reportId)
    mqtt.publish(topic, reportOf(reportId, value))
    return answer
  }

  return { deviceId: deviceId.parse(name), mqtt, report }
}

function answerTo(mqtt: MqttClient, reportId: number): Promise<ReportAnswer> {
  return new Promise((resolve) => {
    const receive = (_topic: string, payload: Buffer) => {
      const answer = reportAnswer.parse(JSON.parse(payload.toString()))
      if (answer.reportId !== reportId) return
      mqtt.off('message', receive)
      resolve(answer)
    }
    mqtt.on('message', receive)
  })
}
