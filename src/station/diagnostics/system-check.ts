import type {
  BrokerLink,
  Listener,
  SystemCheck,
  SystemSocket,
} from '../../contract/model/diagnostics.ts'
import { readProcessSockets, type ProcessSockets } from './process-sockets.ts'

/** What Picket says that it holds. */
export interface Listed {
  links: readonly BrokerLink[]
  listeners: readonly Listener[]
}

/** Holds Picket's own list against the operating system's, for this process and those that it started. */
export async function checkSystem(listed: () => Listed): Promise<SystemCheck> {
  if (process.platform !== 'linux') return notHere
  try {
    return checkOf(await readProcessSockets(process.pid), listed())
  } catch {
    return notHere
  }
}

const notHere: SystemCheck = {
  state: 'unavailable',
  sentence:
    'This operating system does not let Picket read its own list of connections, so what is shown above is what Picket itself knows. The system’s own tools, such as a firewall’s log, can tell more.',
  sockets: [],
}

/** Pure: what the operating system's sockets are, by Picket's list. */
export function checkOf(
  { sockets: found, closedPids, otherPids }: ProcessSockets,
  listed: Listed,
): SystemCheck {
  const sockets = found.map(({ protocol, local, remote, pid }) => {
    return { protocol, local, remote, pid, belongsTo: ownerOf({ protocol, local, remote }, listed) }
  })
  return {
    state: closedPids.length > 0 ? 'partial' : 'complete',
    sentence: [
      verdictOn(sockets),
      closedPids.length > 0 ? `Not allowed to look into processes ${closedPids.join(', ')}.` : '',
      otherPids.length > 0
        ? `Programs that run on their own, such as a browser, were not looked into: processes ${otherPids.join(', ')}.`
        : '',
    ]
      .filter((part) => part !== '')
      .join(' '),
    sockets,
  }
}

function verdictOn(sockets: readonly SystemSocket[]): string {
  const strange = sockets.filter(({ belongsTo }) => belongsTo === null).length
  if (strange === 0) {
    return `The operating system knows ${sockets.length} sockets of Picket and the processes it started. Each is one that Picket lists.`
  }
  return `Of the ${sockets.length} sockets that the operating system knows of Picket and the processes it started, Picket does not list ${strange}. Find out what they are before you trust this machine.`
}

type Ends = Pick<SystemSocket, 'protocol' | 'local' | 'remote'>

/** The name of what a socket belongs to, or null. */
function ownerOf({ protocol, local, remote }: Ends, { links, listeners }: Listed): string | null {
  if (protocol.startsWith('udp'))
    return isLookup(remote, links) ? 'Looking up a broker’s name' : null
  const at = (end: string) => listeners.find(({ address }) => isSamePlace(end, address))
  const listener = at(local)
  if (listener) return remote === null ? `${listener.name}, listening` : listener.name
  if (remote === null) return null
  const link = links.find((one) => one.local === local && one.remote === remote)
  if (link) return link.name
  const inside = at(remote)
  if (inside) return `${inside.name}, from Picket itself`
  return beingMade(remote, links)
}

/** Brokers that are known by a name have to be looked up, at the name server's port. */
function isLookup(remote: string | null, links: readonly BrokerLink[]): boolean {
  const isNamed = ({ address }: BrokerLink) => !/^(\[.*\]|[\d.]+)$/.test(new URL(address).hostname)
  return remote !== null && remote.endsWith(':53') && links.some(isNamed)
}

/** A port that is open on all addresses has one end there and another on the address that was called. */
function isSamePlace(end: string, address: string): boolean {
  const everywhere = /^(0\.0\.0\.0|\[::\]):/
  if (end === address.replace(/^localhost:/, '127.0.0.1:')) return true
  return everywhere.test(address) && end.split(':').at(-1) === address.split(':').at(-1)
}

/** Of a link that has just asked for a connection, only the port of the broker is known. */
function beingMade(remote: string, links: readonly BrokerLink[]): string | null {
  const port = remote.split(':').at(-1)
  const link = links.find(({ isConnected, address }) => !isConnected && portOf(address) === port)
  return link ? `${link.name}, being made` : null
}

function portOf(url: string): string {
  const { port, protocol } = new URL(url)
  return port || (protocol === 'mqtts:' ? '8883' : '1883')
}
