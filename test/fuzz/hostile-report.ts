import { encode } from 'cborg'
import type { ReportEncoding } from '../../src/station/ingest/report-topic.ts'

/** A report as an attacker or a broken agent may publish it. */
export interface HostileReport {
  topic: string
  payload: Uint8Array
  encoding: ReportEncoding
}

/** Uniform in [0, 1). */
type Draw = () => number

type Tree = null | boolean | number | bigint | string | Uint8Array | Tree[] | Map<Tree, Tree>

/** A middle-square Weyl sequence: a product of the state and a step that never repeats soon. */
export function drawsOf(seed: number): Draw {
  let weyl = BigInt(seed) * 2n + 1n
  let state = weyl
  return () => {
    weyl = BigInt.asUintN(64, weyl + 0xb5ad4eceda1ce2a9n)
    state = BigInt.asUintN(64, state * state + weyl)
    state = BigInt.asUintN(64, (state >> 32n) | (state << 32n))
    return Number(BigInt.asUintN(32, state)) / 2 ** 32
  }
}

/** The next hostile report. Most are near enough to a real one to get past the first check. */
export function hostileReport(draw: Draw): HostileReport {
  const encoding = draw() < 0.5 ? 'json' : 'cbor'
  return { topic: topicOf(draw, encoding), payload: payloadOf(draw, encoding), encoding }
}

function payloadOf(draw: Draw, encoding: ReportEncoding): Uint8Array {
  const way = draw()
  if (way < 0.05) return randomBytes(draw, 64)
  if (way < 0.08) return deepBytes(draw, encoding)
  const tree = reportTree(draw)
  for (let rest = below(draw, 6) - 2; rest > 0; rest -= 1) mutate(draw, tree)
  const whole = encoding === 'json' ? Buffer.from(toJson(tree)) : toCbor(tree)
  return way < 0.85 ? whole : damaged(draw, whole)
}

function topicOf(draw: Draw, encoding: ReportEncoding): string {
  const topic = `$aws/things/${pick(draw, hostileText)}/defender/metrics/${encoding}`
  if (draw() < 0.8) return topic
  const cut = below(draw, topic.length)
  return topic.slice(0, cut) + pick(draw, hostileText) + topic.slice(cut + below(draw, 3))
}

const hostileText = [
  'pump-1',
  '',
  '__proto__',
  'constructor',
  'toString',
  'a/b',
  '../../etc/passwd',
  '<img src=x onerror=alert(1)>',
  "'; DROP TABLE device; --",
  '\u202egnp.exe',
  '\ud800',
  '\u0000',
  'line\nbreak',
  '+',
  '#',
  'x'.repeat(129),
  'ü'.repeat(70),
  'aws:all-bytes-out',
  'NaN',
  'Infinity',
  '-1',
  '1e5',
  '0x10',
  '21883',
  '9'.repeat(40),
  '9'.repeat(5000),
]

const hostileNumbers: Tree[] = [
  0,
  -0,
  1,
  -1,
  0.1,
  1.5,
  65_535,
  65_536,
  2 ** 32 - 1,
  2 ** 53 + 2,
  1e18,
  1e21,
  1e290,
  1e300,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.MIN_VALUE,
  2n ** 53n + 1n,
  2n ** 64n - 1n,
  -(2n ** 63n),
]

const tags = [
  ...['header', 'hed', 'report_id', 'rid', 'metrics', 'met', 'custom_metrics', 'cmet'],
  ...['tcp_connections', 'tc', 'established_connections', 'ec', 'connections', 'cs'],
  ...['listening_tcp_ports', 'tp', 'listening_udp_ports', 'up', 'ports', 'pts', 'port', 'pt'],
  ...['interface', 'if', 'remote_addr', 'rad', 'local_port', 'lp', 'total', 't'],
  ...['network_stats', 'ns', 'bytes_in', 'bi', 'bytes_out', 'bo', 'packets_in', 'pi'],
  ...['packets_out', 'po', 'number', 'number_list', 'string_list', 'ip_list'],
]

/** A whole report, in long, short or mixed tags, some of its values hostile. */
function reportTree(draw: Draw): Map<Tree, Tree> {
  const name = (long: string, short: string) => (draw() < 0.5 ? long : short)
  const count = () => (draw() < 0.98 ? below(draw, 2 ** 30) : leaf(draw))
  const text = () => (draw() < 0.98 ? 'eth0' : leaf(draw))
  const number = () => (draw() < 0.98 ? below(draw, 65_536) : leaf(draw))
  const port = () => mapOf([name('port', 'pt'), number()], [name('interface', 'if'), text()])
  const connection = () =>
    mapOf([name('remote_addr', 'rad'), text()], [name('local_port', 'lp'), count()])
  const list = (make: () => Tree) => Array.from({ length: below(draw, 4) }, make)
  const ports = () => mapOf([name('ports', 'pts'), list(port)], [name('total', 't'), count()])
  const connections = () =>
    mapOf([name('connections', 'cs'), list(connection)], [name('total', 't'), count()])
  const stats = mapOf(
    [name('bytes_in', 'bi'), count()],
    [name('bytes_out', 'bo'), count()],
    [name('packets_in', 'pi'), count()],
    [name('packets_out', 'po'), count()],
  )
  const reportId = draw() < 0.1 ? 1 + below(draw, 5) : count()
  const metrics = mapOf(
    [name('network_stats', 'ns'), stats],
    [name('listening_tcp_ports', 'tp'), ports()],
    [name('listening_udp_ports', 'up'), ports()],
    [name('tcp_connections', 'tc'), mapOf([name('established_connections', 'ec'), connections()])],
  )
  const custom = mapOf(
    ...list(() => null).map((): [Tree, Tree] => [
      pick(draw, hostileText),
      [mapOf(['number', draw() < 0.5 ? count() : leaf(draw)])],
    ]),
  )
  return mapOf(
    [name('header', 'hed'), mapOf([name('report_id', 'rid'), reportId])],
    [name('metrics', 'met'), metrics],
    [name('custom_metrics', 'cmet'), custom],
  )
}

/** Replaces, drops, doubles or adds something at a random place of the tree. */
function mutate(draw: Draw, tree: Tree): void {
  const [map, key] = placeIn(draw, tree)
  if (!map) return
  const way = draw()
  if (way < 0.2) map.delete(key)
  else if (way < 0.6) map.set(key, leaf(draw))
  else if (way < 0.8) map.set(pick(draw, tags), leaf(draw))
  else if (way < 0.9) map.set(leaf(draw), map.get(key) ?? null)
  else map.set(key, [map.get(key) ?? null, leaf(draw)])
}

/** Some map of the tree and one of its keys. */
function placeIn(draw: Draw, tree: Tree): [Map<Tree, Tree> | null, Tree] {
  if (Array.isArray(tree) && tree.length > 0) return placeIn(draw, pick(draw, tree))
  if (!(tree instanceof Map) || tree.size === 0) return [null, null]
  const key = pick(draw, [...tree.keys()])
  const deeper = draw() < 0.7 ? placeIn(draw, tree.get(key) ?? null) : [null, null]
  return deeper[0] instanceof Map ? [deeper[0], deeper[1] ?? null] : [tree, key]
}

function leaf(draw: Draw): Tree {
  const way = draw()
  if (way < 0.4) return pick(draw, hostileNumbers)
  if (way < 0.7) return pick(draw, hostileText)
  if (way < 0.75) return randomBytes(draw, 8)
  return pick<() => Tree>(draw, [
    () => null,
    () => true,
    () => [],
    () => new Map(),
    () => [leaf(draw)],
    () => mapOf([pick(draw, hostileText), leaf(draw)]),
  ])()
}

/** JSON with bigints written out and keys of any type, doubled ones included. */
function toJson(tree: Tree): string {
  if (Array.isArray(tree)) return `[${tree.map(toJson).join(',')}]`
  if (tree instanceof Uint8Array) return JSON.stringify(Buffer.from(tree).toString('latin1'))
  if (!(tree instanceof Map)) return typeof tree === 'bigint' ? String(tree) : JSON.stringify(tree)
  const entries = [...tree].map(([key, value]) => `${JSON.stringify(textOf(key))}:${toJson(value)}`)
  return `{${entries.join(',')}}`
}

function textOf(key: Tree): string {
  return typeof key === 'string' ? key : toJson(key)
}

function toCbor(tree: Tree): Uint8Array {
  return encode(tree, { mapSorter: () => 0 })
}

/** Arrays or maps nested up to tens of thousands deep. */
function deepBytes(draw: Draw, encoding: ReportEncoding): Uint8Array {
  const depth = 1 + below(draw, draw() < 0.9 ? 40 : 50_000)
  if (encoding === 'cbor') return new Uint8Array(depth).fill(pick(draw, [0x81, 0x9f, 0xbf, 0xa1]))
  const [open, close] = pick(draw, [
    ['[', ']'],
    ['{"metrics":', '}'],
  ] as const)
  return Buffer.from(`${open.repeat(depth)}1${close.repeat(draw() < 0.8 ? depth : depth - 1)}`)
}

/** Bytes flipped, cut off, repeated or put in. */
function damaged(draw: Draw, whole: Uint8Array): Uint8Array {
  const bytes = Buffer.from(whole)
  const at = below(draw, bytes.length)
  const way = draw()
  if (way < 0.25) return bytes.subarray(0, at)
  if (way < 0.4) return Buffer.concat([bytes, bytes.subarray(at)])
  if (way < 0.55)
    return Buffer.concat([bytes.subarray(0, at), randomBytes(draw, 9), bytes.subarray(at)])
  for (let rest = 1 + below(draw, 3); rest > 0; rest -= 1) {
    if (bytes.length > 0) bytes[below(draw, bytes.length)] = below(draw, 256)
  }
  return bytes
}

function randomBytes(draw: Draw, most: number): Uint8Array {
  return Uint8Array.from({ length: below(draw, most) }, () => below(draw, 256))
}

function mapOf(...entries: [Tree, Tree][]): Map<Tree, Tree> {
  return new Map(entries)
}

/** A whole number of 0 or more and less than the bound; 0 where there is none. */
function below(draw: Draw, bound: number): number {
  return Math.floor(draw() * bound)
}

function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  const item = items[below(draw, items.length)]
  if (item === undefined) throw new Error('there is nothing to pick from')
  return item
}
