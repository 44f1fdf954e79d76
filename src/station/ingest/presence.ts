/** How a connection ended, in AWS's words where AWS has one: the `disconnectReason` of its lifecycle events. */
export type DisconnectReason =
  | 'CLIENT_INITIATED_DISCONNECT'
  | 'CONNECTION_LOST'
  | 'MQTT_KEEP_ALIVE_TIMEOUT'
  | 'DUPLICATE_CLIENTID'
  | 'CLIENT_ERROR'
  | 'SERVER_INITIATED_DISCONNECT'
  | 'API_INITIATED_DISCONNECT'
  | 'AUTH_ERROR'
  | 'THROTTLED'
  | 'SERVER_ERROR'
  | 'FORBIDDEN_ACCESS'
  | 'UNKNOWN'

/** What a broker last said of a device's connection: facts for rules and the device's page, no metric. */
export interface Presence {
  /** Where it last connected from, without the port. */
  address: string | null
  /** Null: it was, but by now nobody has seen it for certain. */
  isConnected: boolean | null
  /** When the broker said so, epoch ms. */
  since: number
  /** Why its last connection ended. */
  reason: DisconnectReason | null
}
