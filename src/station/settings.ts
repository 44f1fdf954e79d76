import { z } from 'zod'
import { deviceId } from '../contract/model/device.ts'
import { securityProfile } from '../contract/model/profile.ts'
import { brokerUrl, deviceTopic, sourceId, systemdUnit } from '../contract/model/source.ts'
import { defaultProfile } from './alarms/default-profile.ts'
import { identityKinds } from './ingest/identity.ts'

/** Of a file, relative to the folder of the settings. */
const path = z.string().min(1)

const port = z.number().int().min(0).max(65_535)

const statusTopic = z
  .string()
  .regex(/^([^{}#+/]+\/)*\{device\}(\/[^{}#+/]+)*$/, 'a topic such as site/{device}/status')

/** How the name of a device is found; the same for every source that sees who is who. */
const identityFields = {
  identity: z
    .enum(identityKinds)
    .array()
    .min(1)
    .default([...identityKinds]),
  deviceNames: z
    .record(
      z
        .string()
        .regex(/^[^{}]*(\{device\}[^{}]*)?$/, 'a name, or a pattern such as plant-{device}'),
      z.string().min(1),
    )
    .default({}),
}

const loopback = ['127.0.0.1', '::1', 'localhost']

const addressRange = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])

/** An MQTT broker beside the station, for sites that have none and for the demo. */
export const embeddedBrokerSettings = z
  .strictObject({
    kind: z.literal('embedded-broker'),
    id: sourceId.default('embedded'),
    ...identityFields,
    /** Where it listens. Others than loopback need TLS, and devices that prove who they are. */
    address: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]).default('127.0.0.1'),
    port: port.default(1883),
    /** PEM files. With `clientCa`, devices may come with a certificate of that authority. */
    tls: z.strictObject({ cert: path, key: path, clientCa: path.optional() }).optional(),
    /** A file with a login for each device: `picket broker add-device`. Without one a user name is not checked. */
    logins: path.optional(),
    /** Who may connect; empty: all. Names of devices may end with `*`; addresses may be ranges. */
    allow: z
      .strictObject({
        devices: z.string().min(1).array().default([]),
        addresses: addressRange.array().default([]),
      })
      .prefault({}),
    /** Topics that belong to the device they name: no other may publish there. */
    deviceTopics: deviceTopic.array().default(['site/{device}/#']),
    /** What may be listened to: `all`, or all but the topics that belong to other devices. */
    subscriptions: z.enum(['all', 'own']).default('all'),
    /** What follows a denied publish: `disconnect`, as AWS IoT does, or `ignore`: it reaches nobody. */
    whenDenied: z.enum(['disconnect', 'ignore']).default('disconnect'),
    /** Who may publish and report for whom: gateway -> devices, `*` at the end of a name matches the rest. */
    gateways: z.record(z.string(), z.string().array()).default({}),
  })
  .refine(({ address, tls }) => loopback.includes(address) || tls !== undefined, {
    path: ['address'],
    message: 'a loopback address, or tls: others would read every message and password',
  })
  .refine(({ address, tls, logins }) => loopback.includes(address) || logins || tls?.clientCa, {
    path: ['address'],
    message: 'a loopback address, or logins or tls.clientCa: anybody could be any device',
  })
export type EmbeddedBrokerSettings = z.infer<typeof embeddedBrokerSettings>

/** How to reach a broker of somebody else's; the same for every source that watches through an MQTT client. */
const mqttLinkFields = {
  id: sourceId,
  url: brokerUrl,
  username: z.string().optional(),
  /** A file that holds the password, readable by this user alone. */
  passwordFile: path.optional(),
  clientId: z.string().min(1).max(128).optional(),
  /** PEM files: the authority that signed the broker's certificate, and a client certificate. */
  ca: path.optional(),
  cert: path.optional(),
  key: path.optional(),
  /** Takes any certificate for the broker's. Said wherever the source is shown. */
  trustAnyCertificate: z.boolean().default(false),
}
export type MqttLinkSettings = z.infer<z.ZodObject<typeof mqttLinkFields>>

/** Any broker, watched through an MQTT client. */
export const mqttSettings = z.strictObject({
  kind: z.literal('mqtt'),
  ...mqttLinkFields,
  /** Take Device Defender reports and answer them. */
  reports: z.boolean().default(true),
  /** Topics whose publisher's name is a part of the topic: `site/{device}/#`. */
  deviceTopics: deviceTopic.array().default([]),
  /** Sparkplug B: nodes and devices are named `group/node` and `group/node/device`. */
  sparkplug: z.boolean().default(false),
  /** Topics on which a device, or its last will, says whether it is there; compared as a whole. */
  statusTopics: z
    .strictObject({
      topic: statusTopic,
      alive: z.string().default('online'),
      dead: z.string().default('offline'),
    })
    .array()
    .default([]),
  deviceNames: identityFields.deviceNames,
})
export type MqttSettings = z.infer<typeof mqttSettings>

/** EMQX, watched through its system topics and a rule that Picket prints. */
export const emqxSettings = z.strictObject({
  kind: z.literal('emqx'),
  ...mqttLinkFields,
  ...identityFields,
  /** Take Device Defender reports and answer them. */
  reports: z.boolean().default(true),
})
export type EmqxSettings = z.infer<typeof emqxSettings>

/** AWS IoT Core, watched through its lifecycle events. */
export const awsLifecycleSettings = z.strictObject({
  kind: z.literal('aws-lifecycle'),
  ...mqttLinkFields,
  ...identityFields,
})
export type AwsLifecycleSettings = z.infer<typeof awsLifecycleSettings>

/** A Mosquitto, watched through its log. */
export const mosquittoLogSettings = z
  .strictObject({
    kind: z.literal('mosquitto-log'),
    id: sourceId,
    ...identityFields,
    /** The file of `log_dest file`; it is followed through its rotation. */
    file: path.optional(),
    /** The systemd unit whose journal has the log. */
    journal: systemdUnit.optional(),
    /** Lines come on the standard input of Picket, from a program that forwards them. */
    standardInput: z.literal(true).optional(),
  })
  .refine(hasOneInput, 'just one of file, journal and standardInput')
export type MosquittoLogSettings = z.infer<typeof mosquittoLogSettings>

/** A Mosquitto, watched through what it publishes of its own log, `$SYS/broker/log/#`: less than the log has. */
export const mosquittoTopicsSettings = z.strictObject({
  kind: z.literal('mosquitto-topics'),
  ...mqttLinkFields,
  ...identityFields,
})
export type MosquittoTopicsSettings = z.infer<typeof mosquittoTopicsSettings>

/** Every kind of source. Each has an entry of the same kind in the table of `source-desk.ts`. */
export const sourceSettings = z.discriminatedUnion('kind', [
  embeddedBrokerSettings,
  mqttSettings,
  emqxSettings,
  awsLifecycleSettings,
  mosquittoLogSettings,
  mosquittoTopicsSettings,
])
export type SourceSettings = z.infer<typeof sourceSettings>

/** Which broker a control is for. */
const controlledBroker = {
  /** The source that watches it. */
  source: sourceId,
  /** Other sources that watch the same broker: what they see is no second broker to take a device off. */
  alsoWatchedBy: sourceId.array().default([]),
}

/** What Picket takes devices off a broker with. */
export const controllerSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mosquitto-dynamic-security'),
    ...controlledBroker,
    ...z.object(mqttLinkFields).omit({ id: true, clientId: true }).shape,
  }),
  z
    .strictObject({
      kind: z.literal('mosquitto-files'),
      ...controlledBroker,
      aclFile: path,
      /** Where given, the login is taken away too. */
      passwordFile: path.optional(),
      /** How the broker is told: by the process of its `pid_file`, or its systemd unit. */
      pidFile: path.optional(),
      systemdUnit: systemdUnit.optional(),
    })
    .refine(({ pidFile, systemdUnit: unit }) => (pidFile === undefined) !== (unit === undefined), {
      path: ['pidFile'],
      message: 'just one of pidFile and systemdUnit: it is how the broker is told',
    }),
  z.strictObject({
    kind: z.literal('emqx'),
    ...controlledBroker,
    /** Of its REST API. */
    url: z.url({ protocol: /^https?$/ }),
    /** A file with `key:secret`, readable by this user alone. */
    apiKeyFile: path,
    ca: path.optional(),
  }),
])
export type ControllerSettings = z.infer<typeof controllerSettings>

const atLeast = (least: number) => z.number().int().min(least)

/** What training reads, and the day that is under way. */
export const leastRetentionDays = 15

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
  retention: z
    .strictObject({ days: atLeast(leastRetentionDays).max(3650).default(90) })
    .prefault({}),
  training: z
    .strictObject({
      windowDays: atLeast(1).max(90).default(14),
      /** A metric is learned once it has this many datapoints in the window. */
      minimumDatapoints: atLeast(1).default(25_000),
      everyHours: atLeast(1).max(720).default(24),
    })
    .prefault({}),
  sources: sourceSettings
    .array()
    .default([])
    .refine(haveDistinctIds, 'two sources have the same id')
    .refine(haveOneStandardInput, 'two sources read standardInput, and there is only one'),
  controllers: controllerSettings.array().default([]),
  quarantine: z
    .strictObject({
      /** How long a device's traffic is watched before it is called isolated, or back. */
      proofSeconds: atLeast(5).max(3600).default(60),
      /** Never isolated, besides Picket itself and administrators. */
      doNotIsolate: deviceId.array().default([]),
      /** Isolated only with a second person's PIN. */
      safetyCritical: deviceId.array().default([]),
      /** Behaviors whose alarms isolate the device at once: none but what stands here, at confidence HIGH only. */
      automatic: z
        .strictObject({
          securityProfileName: z.string(),
          behaviorName: z.string(),
          releaseAfterMinutes: atLeast(1).max(10_080),
        })
        .array()
        .default([]),
      /** Beyond so many within an hour, an alarm isolates nobody by itself. */
      automaticPerHour: atLeast(0).max(1000).default(3),
    })
    .prefault({}),
  profiles: securityProfile.array().min(1).default([defaultProfile]),
})
export type StationSettings = z.infer<typeof stationSettings>

function haveDistinctIds(sources: readonly { id: string }[]): boolean {
  return new Set(sources.map(({ id }) => id)).size === sources.length
}

function hasOneInput(source: { file?: unknown; journal?: unknown; standardInput?: unknown }) {
  const { file, journal, standardInput } = source
  return [file, journal, standardInput].filter((input) => input !== undefined).length === 1
}

function haveOneStandardInput(sources: readonly object[]): boolean {
  return sources.filter((source) => 'standardInput' in source).length <= 1
}
