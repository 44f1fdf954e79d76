import { z } from 'zod'
import { hostKind } from './host.ts'
import { instant } from './time.ts'

/** Packets of one MQTT type: `publish`, `puback`, `pingreq`. */
const packetCount = z.object({ type: z.string(), count: z.number().int() })
export type PacketCount = z.infer<typeof packetCount>

/** An MQTT connection that Picket makes to a broker. */
export const brokerLink = z.object({
  /** `Source plant`, `Test of plant`. */
  name: z.string(),
  address: z.string(),
  isConnected: z.boolean(),
  /** This machine's end and the broker's, `127.0.0.1:51022`; null while there is no connection. */
  local: z.string().nullable(),
  remote: z.string().nullable(),
  /** In this run of Picket, over all its connections. */
  bytesSent: z.number().int(),
  bytesReceived: z.number().int(),
  sent: packetCount.array(),
  received: packetCount.array(),
  /** Sent since listen-only began; null while it is off. */
  sentListening: packetCount.array().nullable(),
})
export type BrokerLink = z.infer<typeof brokerLink>

/** A port that Picket keeps open for others. */
export const listener = z.object({
  name: z.string(),
  address: z.string(),
  /** How many are connected; null where it is not counted. */
  peers: z.number().int().nullable(),
})
export type Listener = z.infer<typeof listener>

/** A process that the station started. */
export const ownProcess = z.object({
  name: z.string(),
  pid: z.number().int().nullable(),
  since: instant,
})
export type OwnProcess = z.infer<typeof ownProcess>

/** A socket as the operating system knows it. */
export const systemSocket = z.object({
  protocol: z.enum(['tcp', 'tcp6', 'udp', 'udp6']),
  local: z.string(),
  /** Null for one that listens. */
  remote: z.string().nullable(),
  pid: z.number().int(),
  /** Which of Picket's links or listeners it is; null: Picket did not list it. */
  belongsTo: z.string().nullable(),
})
export type SystemSocket = z.infer<typeof systemSocket>

/** Picket's own list held against the operating system's. */
export const systemCheck = z.object({
  /** `unavailable`: this system has no such list. `partial`: some processes could not be looked into. */
  state: z.enum(['complete', 'partial', 'unavailable']),
  sentence: z.string(),
  sockets: systemSocket.array(),
})
export type SystemCheck = z.infer<typeof systemCheck>

/** Every connection that Picket holds, and what it runs on. Has no secret. */
export const diagnostics = z.object({
  at: instant,
  host: hostKind,
  versions: z.array(z.object({ name: z.string(), version: z.string() })),
  /** Operating system and processor. */
  platform: z.string(),
  clock: z.object({
    speed: z.number(),
    timeZone: z.string(),
    /** How often the clock was found to have jumped in this run. */
    jumps: z.number().int(),
  }),
  /** How this host keeps secrets, in a sentence. */
  secrecy: z.string(),
  /** Since when Picket listens only; null: it does not. */
  listenOnlySince: instant.nullable(),
  links: brokerLink.array(),
  listeners: listener.array(),
  processes: ownProcess.array(),
  system: systemCheck,
})
export type Diagnostics = z.infer<typeof diagnostics>
