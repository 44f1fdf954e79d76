import { describe, expect, test } from 'vitest'
import type { BrokerLink, Listener } from '../../../../src/contract/model/diagnostics.ts'
import {
  familyOf,
  type ProcessSockets,
} from '../../../../src/station/diagnostics/process-sockets.ts'
import {
  readSocketTable,
  type TableSocket,
} from '../../../../src/station/diagnostics/socket-table.ts'
import { checkOf } from '../../../../src/station/diagnostics/system-check.ts'

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
/** `ends`: both ends and the state, as the kernel writes them. */
const row = (ends: string, inode: string) =>
  `   0: ${ends} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0 0 10 0`
const table = (...rows: string[]) => `${[head, ...rows].join('\n')}\n`

describe('a socket in a table of Linux', () => {
  test('is read with both its ends', () => {
    const text = table(row('0900140A:A30E 070071CB:01BB 01', '77'))
    expect(readSocketTable('tcp', text)).toEqual([
      { protocol: 'tcp', local: '10.20.0.9:41742', remote: '203.113.0.7:443', inode: '77' },
    ])
  })

  test('that listens has no other end', () => {
    const text = table(row('0100007F:2116 00000000:0000 0A', '78'))
    expect(readSocketTable('tcp', text)).toEqual([
      { protocol: 'tcp', local: '127.0.0.1:8470', remote: null, inode: '78' },
    ])
  })

  test('of IPv6 is written as people write it, and one that carries IPv4 as IPv4', () => {
    const loopback = '00000000000000000000000001000000'
    const mapped = '0000000000000000FFFF00000100007F'
    const text = table(
      row(`${loopback}:075B ${loopback}:C000 01`, '79'),
      row(`${mapped}:075B ${mapped}:C001 01`, '80'),
    )
    expect(readSocketTable('tcp6', text).map(({ local, remote }) => [local, remote])).toEqual([
      ['[::1]:1883', '[::1]:49152'],
      ['127.0.0.1:1883', '127.0.0.1:49153'],
    ])
  })

  test('that no process holds any more is left out', () => {
    expect(readSocketTable('tcp', table(row('0100007F:2116 0100007F:9999 06', '0')))).toEqual([])
  })
})

describe('the processes of a station', () => {
  const all = [
    { pid: 10, parent: 1, session: 10 },
    { pid: 11, parent: 10, session: 10 },
    { pid: 12, parent: 11, session: 10 },
    { pid: 13, parent: 10, session: 13 },
    { pid: 14, parent: 13, session: 13 },
    { pid: 20, parent: 1, session: 10 },
  ]

  test('are those that it and its children started, but for what has a session of its own', () => {
    expect(familyOf(10, all)).toEqual({ own: [10, 11, 12], others: [13] })
  })
})

const link: BrokerLink = {
  name: 'Source plant',
  address: 'mqtts://broker.plant:8883',
  isConnected: true,
  local: '10.0.0.1:5000',
  remote: '10.0.0.2:8883',
  bytesSent: 0,
  bytesReceived: 0,
  sent: [],
  received: [],
  sentListening: null,
}

const page: Listener = { name: 'This page', address: '127.0.0.1:8470', peers: 0 }

function ownerOf(
  ends: Partial<TableSocket>,
  { links = [link], listeners = [page] }: { links?: BrokerLink[]; listeners?: Listener[] } = {},
): string | null {
  const socket = { protocol: 'tcp', local: '10.0.0.1:9', remote: null, inode: '1', pid: 1 } as const
  const found: ProcessSockets = { sockets: [{ ...socket, ...ends }], closedPids: [], otherPids: [] }
  return checkOf(found, { links, listeners }).sockets[0]?.belongsTo ?? null
}

describe('a socket belongs', () => {
  test('to the link with the same two ends, and to no other', () => {
    expect(ownerOf({ local: '10.0.0.1:5000', remote: '10.0.0.2:8883' })).toBe('Source plant')
    expect(ownerOf({ local: '10.0.0.1:5001', remote: '10.0.0.2:8883' })).toBeNull()
    expect(ownerOf({ local: '10.0.0.1:5000', remote: '10.0.0.3:8883' })).toBeNull()
  })

  test('to a link that is being made where the broker’s port is that of a link without connection', () => {
    const links = [{ ...link, isConnected: false, local: null, remote: null }]
    expect(ownerOf({ local: '10.0.0.1:5001', remote: '10.0.0.2:8883' }, { links })).toBe(
      'Source plant, being made',
    )
    expect(ownerOf({ local: '10.0.0.1:5001', remote: '10.0.0.2:443' }, { links })).toBeNull()
  })

  test('to the port that it came to, also where that is open on every address', () => {
    expect(ownerOf({ local: '127.0.0.1:8470' })).toBe('This page, listening')
    expect(ownerOf({ local: '127.0.0.1:8470', remote: '127.0.0.1:40000' })).toBe('This page')
    const listeners = [{ ...page, address: '0.0.0.0:8470' }]
    expect(ownerOf({ local: '10.0.0.1:8470', remote: '10.0.0.8:1' }, { listeners })).toBe(
      'This page',
    )
    expect(ownerOf({ local: '0.0.0.0:8471' }, { listeners })).toBeNull()
  })

  test('to Picket where both ends do', () => {
    expect(ownerOf({ local: '127.0.0.1:40000', remote: '127.0.0.1:8470' })).toBe(
      'This page, from Picket itself',
    )
  })

  test('to the search for a broker’s name where there is a name to search for', () => {
    const lookup = { protocol: 'udp', local: '10.0.0.1:5', remote: '10.0.0.53:53' } as const
    expect(ownerOf(lookup)).toBe('Looking up a broker’s name')
    const links = [{ ...link, address: 'mqtt://10.0.0.2:1883' }]
    expect(ownerOf(lookup, { links })).toBeNull()
    expect(ownerOf({ ...lookup, remote: '10.0.0.53:5353' })).toBeNull()
  })
})

describe('the verdict', () => {
  const nothing: ProcessSockets = { sockets: [], closedPids: [], otherPids: [] }

  test('says which processes could not be looked into', () => {
    const check = checkOf(
      { ...nothing, closedPids: [7], otherPids: [8] },
      { links: [], listeners: [] },
    )
    expect(check.state).toBe('partial')
    expect(check.sentence).toContain('Not allowed to look into processes 7.')
    expect(check.sentence).toContain('were not looked into: processes 8.')
  })
})
