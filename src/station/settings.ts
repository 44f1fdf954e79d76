import { z } from 'zod'
import { deviceId } from '../contract/model/device.ts'
import { securityProfile } from '../contract/model/profile.ts'
import { defaultProfile } from './alarms/default-profile.ts'

const sourceId = z.string().regex(/^[a-z0-9-]{1,64}$/, '1-64 of a-z 0-9 -')

const port = z.number().int().min(0).max(65_535)

const deviceTopic = z
  .string()
  .regex(/^([^{}#+/]+\/)*\{device\}(\/[^{}#+/]+)*(\/#)?$/, 'a topic such as site/{device}/#')

/** An MQTT broker inside the station, for sites that have none and for the demo. Loopback only. */
export const embeddedBrokerSettings = z.strictObject({
  kind: z.literal('embedded-broker'),
  id: sourceId.default('embedded'),
  port: port.default(1883),
  /** Topics that belong to the device they name: no other may publish there. */
  deviceTopics: deviceTopic.array().default(['site/{device}/#']),
  /** Who may publish and report for whom: gateway -> devices, `*` at the end of a name matches the rest. */
  gateways: z.record(z.string(), z.string().array()).default({}),
})
export type EmbeddedBrokerSettings = z.infer<typeof embeddedBrokerSettings>

/** Any broker, watched through an MQTT client. */
export const mqttSettings = z.strictObject({
  kind: z.literal('mqtt'),
  id: sourceId,
  url: z
    .string()
    .regex(/^mqtts?:\/\/[^/]+$/, 'an address such as mqtt://127.0.0.1:1883 or mqtts://broker:8883'),
  username: z.string().optional(),
  /** A file that holds the password, readable by this user alone. */
  passwordFile: z.string().optional(),
  clientId: z.string().min(1).max(23).optional(),
  /** PEM files: the authority that signed the broker's certificate, and a client certificate. */
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  /** Take Device Defender reports and answer them. */
  reports: z.boolean().default(true),
  /** Topics whose publisher's name is a part of the topic: `site/{device}/#`. */
  deviceTopics: deviceTopic.array().default([]),
})
export type MqttSettings = z.infer<typeof mqttSettings>

export type SourceSettings = EmbeddedBrokerSettings | MqttSettings

const atLeast = (least: number) => z.number().int().min(least)

/** Every setting of a station, with its default. Shared by all hosts. */
export const stationSettings = z.strictObject({
  site: z.string().min(1).max(64).default('this site'),
  /** The data folder. */
  data: z.string().min(1).default('picket-data'),
  slots: z
    .strictObject({
      /** How long after its end a slot still takes late samples. */
      graceSeconds: atLeast(0).max(300).default(30),
    })
    .prefault({}),
  reports: z
    .strictObject({
      maximumBytes: atLeast(256).max(16_777_216).default(131_072),
      minimumPeriodSeconds: atLeast(0).default(300),
      /** Devices known to send traffic totals since boot instead of deltas. Others are found out. */
      sendTotals: deviceId.array().default([]),
    })
    .prefault({}),
  limits: z
    .strictObject({
      devices: atLeast(1).max(100_000).default(10_000),
      customMetricsPerDevice: atLeast(0).max(1000).default(100),
    })
    .prefault({}),
  retention: z.strictObject({ days: atLeast(15).max(3650).default(90) }).prefault({}),
  training: z
    .strictObject({
      windowDays: atLeast(1).max(90).default(14),
      /** A metric is learned once it has this many datapoints in the window. */
      minimumDatapoints: atLeast(1).default(25_000),
      everyHours: atLeast(1).max(720).default(24),
    })
    .prefault({}),
  sources: z
    .discriminatedUnion('kind', [embeddedBrokerSettings, mqttSettings])
    .array()
    .default([])
    .refine(haveDistinctIds, 'two sources have the same id'),
  profiles: securityProfile.array().min(1).default([defaultProfile]),
})
export type StationSettings = z.infer<typeof stationSettings>

function haveDistinctIds(sources: readonly { id: string }[]): boolean {
  return new Set(sources.map(({ id }) => id)).size === sources.length
}
