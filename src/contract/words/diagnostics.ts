import type {
  BrokerLink,
  Diagnostics,
  Listener,
  OwnProcess,
  PacketCount,
  SystemSocket,
} from '../model/diagnostics.ts'

/**
 * What Picket sent over a link since listen-only began: "0 publishes, 4 acknowledgements, 12 pings", and what else
 * there was.
 */
export function listeningWords(sent: readonly PacketCount[]): string {
  const of = (...types: string[]) =>
    sent.reduce((sum, { type, count }) => sum + (types.includes(type) ? count : 0), 0)
  const named = [
    plural(of('publish'), 'publish', 'publishes'),
    plural(of(...acknowledgements), 'acknowledgement'),
    plural(of('pingreq'), 'ping'),
  ]
  const others = sent
    .filter(({ type }) => ![...acknowledgements, 'publish', 'pingreq'].includes(type))
    .map(({ type, count }) => `${grouped(count)} ${type}`)
  return [...named, ...others].join(', ')
}

const acknowledgements = ['puback', 'pubrec', 'pubrel', 'pubcomp']

/** `publish 3, subscribe 2`, or `nothing`. */
export function packetWords(counts: readonly PacketCount[]): string {
  return counts.map(({ type, count }) => `${type} ${grouped(count)}`).join(', ') || 'nothing'
}

/**
 * Diagnostics as lines of text, for a terminal or to be copied. Names and addresses are the site's own words: `inert`
 * makes them harmless for the place where they are shown.
 */
export function diagnosticsLines(found: Diagnostics, inert: (text: string) => string): string[] {
  const { versions, clock, links, listeners, processes, system } = found
  return [
    `Picket diagnostics, ${iso(found.at)}`,
    `  host       ${found.host}, ${found.platform}`,
    `  versions   ${versions.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
    `  clock      ${clock.timeZone}, pace ${clock.speed}, ${plural(clock.jumps, 'jump')}`,
    `  secrets    ${found.secrecy}`,
    `  sending    ${sendingWords(found)}`,
    ...section('Connections to brokers', links.flatMap(linkLines)),
    ...section('Listening', listeners.map(listenerLine)),
    ...section('Processes', processes.map(processLine)),
    ...section('By the operating system', [system.sentence, ...system.sockets.map(socketLine)]),
  ].map(inert)
}

function sendingWords({ listenOnlySince }: Diagnostics): string {
  return listenOnlySince === null
    ? 'answers to reports, tests and mitigation'
    : `listen only, since ${iso(listenOnlySince)}`
}

function section(title: string, lines: readonly string[]): string[] {
  return [title, ...(lines.length === 0 ? ['  none'] : lines.map((line) => `  ${line}`))]
}

function linkLines(link: BrokerLink): string[] {
  const { name, address, isConnected, local, remote, sentListening } = link
  const ends = isConnected ? `connected, ${local} to ${remote}` : 'not connected'
  const listening = sentListening
    ? [`  since listen-only began: ${listeningWords(sentListening)}`]
    : []
  return [
    `${name}  ${address}  ${ends}`,
    `  sent ${link.bytesSent} bytes: ${packetWords(link.sent)}`,
    `  received ${link.bytesReceived} bytes: ${packetWords(link.received)}`,
    ...listening,
  ]
}

function listenerLine({ name, address, peers }: Listener): string {
  return `${name}  ${address}${peers === null ? '' : `  ${peers} connected`}`
}

function processLine({ name, pid, since }: OwnProcess): string {
  return `${name}  ${pid === null ? '' : `process ${pid}, `}since ${iso(since)}`
}

function socketLine({ protocol, local, remote, pid, belongsTo }: SystemSocket): string {
  const ends = remote === null ? local : `${local} to ${remote}`
  return `${protocol}  ${ends}  process ${pid}  ${belongsTo ?? 'NOT LISTED BY PICKET'}`
}

/** "1 jump", "1,200 jumps". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

function grouped(count: number): string {
  return count.toLocaleString('en-GB')
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
