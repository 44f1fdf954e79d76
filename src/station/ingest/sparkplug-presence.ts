import type { DisconnectReason } from './presence.ts'
import type { SparkplugTopic } from './sparkplug-topic.ts'

/** Births and deaths that change who is there. */
export interface SparkplugListener {
  alive(name: string): void
  dead(name: string, reason: DisconnectReason): void
}

/** What was last said of an edge node. */
interface Node {
  isAlive: boolean
  /** Of its last birth; null: none was seen, or it had none. */
  session: number | null
  /** Its devices, and whether each is there. */
  devices: Map<string, boolean>
  diedAt: number
}

/** Edge nodes and their devices, as births and deaths tell of them. */
export interface SparkplugPresence {
  nodes: Map<string, Node>
  /** Devices of all nodes. */
  devices: number
  /** Nodes, and devices of all of them, that are remembered. Each message of another one counts. */
  most: number
}

/** A birth with the number of a session that died so shortly before was overtaken by the will. Milliseconds. */
const overtakenMs = 1000

export function createSparkplugPresence(most: number): SparkplugPresence {
  return { nodes: new Map(), devices: 0, most }
}

/** What is known is not known any more: births and deaths may have been missed. */
export function forgetSparkplug(presence: SparkplugPresence): void {
  presence.nodes.clear()
  presence.devices = 0
}

/**
 * Tells the listener of births and deaths that mean a change. Not of a birth that a host asked for (same session),
 * nor of the death of an earlier session, nor twice of anything.
 * Source: Eclipse Sparkplug 3.0.0, 5.4 and 6.4.15 on (session numbers).
 */
export function noteSparkplug(
  presence: SparkplugPresence,
  message: SparkplugTopic & { session: number | null; at: number },
  listener: SparkplugListener,
): void {
  const { kind, device } = message
  const node = nodeOf(presence, message.node)
  if (kind === 'NBIRTH') nodeBorn(node, message, listener)
  if (kind === 'NDEATH') nodeDied(node, message, listener)
  if (device === null) return
  if (kind === 'DBIRTH' && node.devices.get(device) !== true) {
    remember(presence, node, { device, isAlive: true })
    listener.alive(device)
  }
  if (kind === 'DDEATH' && node.devices.get(device) !== false) {
    remember(presence, node, { device, isAlive: false })
    listener.dead(device, 'UNKNOWN')
  }
}

interface NodeMessage {
  node: string
  session: number | null
  at: number
}

function nodeBorn(node: Node, message: NodeMessage, listener: SparkplugListener): void {
  const { session, at } = message
  const isSame = session !== null && session === node.session
  if (isSame && (node.isAlive || at - node.diedAt < overtakenMs)) return
  // Its death was not seen: the earlier connection must have ended all the same.
  if (node.isAlive) bury(node, message, listener)
  node.isAlive = true
  node.session = session
  listener.alive(message.node)
}

function nodeDied(node: Node, message: NodeMessage, listener: SparkplugListener): void {
  const { session } = message
  const isOther = session !== null && node.session !== null && session !== node.session
  const isKnown = node.isAlive || node.diedAt > -Infinity
  if (isOther || (isKnown && !node.isAlive)) return
  node.session ??= session
  bury(node, message, listener)
}

/** With a node go its devices, without a word of their own. */
function bury(node: Node, { node: name, at }: NodeMessage, listener: SparkplugListener): void {
  node.isAlive = false
  node.diedAt = at
  listener.dead(name, 'UNKNOWN')
  for (const [device, isAlive] of node.devices) if (isAlive) listener.dead(device, 'UNKNOWN')
  node.devices = new Map([...node.devices.keys()].map((device) => [device, false]))
}

function nodeOf(presence: SparkplugPresence, name: string): Node {
  const known = presence.nodes.get(name)
  if (known) return known
  const node = { isAlive: false, session: null, devices: new Map(), diedAt: -Infinity }
  if (presence.nodes.size >= presence.most) forgetOldest(presence)
  presence.nodes.set(name, node)
  return node
}

function remember(
  presence: SparkplugPresence,
  { devices }: Node,
  { device, isAlive }: { device: string; isAlive: boolean },
): void {
  if (!devices.has(device)) {
    if (presence.devices >= presence.most) return
    presence.devices += 1
  }
  devices.set(device, isAlive)
}

function forgetOldest(presence: SparkplugPresence): void {
  for (const [name, { devices }] of presence.nodes) {
    presence.nodes.delete(name)
    presence.devices -= devices.size
    return
  }
}
