import type {
  BrokerLink,
  Diagnostics,
  Listener,
  PacketCount,
} from '../../contract/model/diagnostics.ts'
import type { SystemStatus } from '../../contract/model/status.ts'
import type { Core } from '../core.ts'
import { socketOf, type OwnLink, type OwnLinks, type PacketCounts } from '../ingest/own-links.ts'
import { version } from '../version.ts'
import { checkSystem } from './system-check.ts'

/** Every connection that Picket holds, what the operating system says to that, and what Picket runs on. */
export async function readDiagnostics(core: Core, status: SystemStatus): Promise<Diagnostics> {
  const { ports, links, programs, clock } = core
  const listed = () => ({ links: linksOf(links), listeners: listenersOf(core, status) })
  // Read last, so that what was opened meanwhile is in Picket's list too.
  const system = await checkSystem(listed)
  return {
    at: clock.now(),
    host: ports.host.kind,
    versions: [
      { name: 'Picket', version },
      { name: 'Node.js', version: process.versions.node },
      ...ports.host.versions(),
    ],
    platform: `${process.platform} ${process.arch}`,
    clock: {
      speed: ports.clock.speed,
      timeZone: timeZone(),
      jumps: status.clockJumps.length,
    },
    secrecy: ports.secrets.describe(),
    listenOnlySince: links.listenOnlySince,
    ...listed(),
    processes: programs.list(),
    system,
  }
}

/** Of the station's machine. */
export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

function linksOf({ open, listenOnlySince }: OwnLinks): BrokerLink[] {
  return [...open].map((link) => linkOf(link, listenOnlySince !== null))
}

function linkOf(link: OwnLink, isListening: boolean): BrokerLink {
  const { name, address, client, earlier } = link
  const now = client.connected ? socketOf(client) : noSocket
  return {
    name,
    address,
    isConnected: client.connected,
    local: now.local,
    remote: now.remote,
    bytesSent: earlier.bytesSent + now.bytesSent,
    bytesReceived: earlier.bytesReceived + now.bytesReceived,
    sent: listOf(link.sent),
    received: listOf(link.received),
    sentListening: isListening ? listOf(link.sentListening) : null,
  }
}

const noSocket = { local: null, remote: null, bytesSent: 0, bytesReceived: 0 }

function listOf(counts: PacketCounts): PacketCount[] {
  return [...counts].map(([type, count]) => ({ type, count }))
}

/** The host's own, and each embedded broker that listens. */
function listenersOf({ ports }: Core, { sources }: SystemStatus): Listener[] {
  const brokers = sources.filter(
    ({ kind, state }) => kind === 'embedded-broker' && state === 'connected',
  )
  return [
    ...ports.host.listeners(),
    ...brokers.map(({ id, address }) => {
      return { name: `Embedded broker ${id}`, address: new URL(address).host, peers: null }
    }),
  ]
}
