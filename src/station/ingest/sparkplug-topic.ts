const kinds = ['NBIRTH', 'NDEATH', 'NDATA', 'DBIRTH', 'DDEATH', 'DDATA'] as const
export type SparkplugKind = (typeof kinds)[number]

/** What a Sparkplug B topic says: `spBv1.0/group/kind/node`, or `spBv1.0/group/kind/node/device`. */
export interface SparkplugTopic {
  kind: SparkplugKind
  /** `group/node`, which the specification makes unique. */
  node: string
  /** `group/node/device`, or null where the message is the node's own. */
  device: string | null
}

const namespace = 'spBv1.0'

/** Topics that edge nodes publish on; commands to them and the state of hosts are left out. */
export const sparkplugFilters = kinds.map((kind) =>
  kind.startsWith('N') ? `${namespace}/+/${kind}/+` : `${namespace}/+/${kind}/+/+`,
)

/** Null where the topic is not one of those. */
export function parseSparkplugTopic(topic: string): SparkplugTopic | null {
  const [start, group, word, nodeId, deviceId, ...rest] = topic.split('/')
  if (start !== namespace || rest.length > 0 || !group || !nodeId) return null
  const kind = kinds.find((each) => each === word)
  if (!kind) return null
  const node = `${group}/${nodeId}`
  if (kind.startsWith('N')) return deviceId === undefined ? { kind, node, device: null } : null
  return deviceId ? { kind, node, device: `${node}/${deviceId}` } : null
}
