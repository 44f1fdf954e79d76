import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodePayload } from '../../../../src/station/ingest/report-encoding.ts'
import { readReport, readReportId } from '../../../../src/station/ingest/report-fields.ts'
import { readCbor, readJson, refusalOf, withCustom, withMetrics } from './payloads.ts'

const longReport = {
  header: { report_id: 1790000123, version: '1.0' },
  metrics: {
    network_stats: { bytes_in: 812, bytes_out: 4120, packets_in: 9, packets_out: 31 },
    tcp_connections: {
      established_connections: {
        connections: [{ remote_addr: '10.9.8.7:443', local_interface: 'eth1', local_port: 40112 }],
        total: 1,
      },
    },
    listening_tcp_ports: { ports: [{ interface: 'eth1', port: 22 }], total: 1 },
    listening_udp_ports: {
      ports: [
        { interface: 'eth1', port: 68 },
        { interface: 'eth1', port: 123 },
      ],
      total: 2,
    },
  },
}

const shortReport = {
  hed: { rid: 1790000123, v: '1.0' },
  met: {
    ns: { bi: 812, bo: 4120, pi: 9, po: 31 },
    tc: { ec: { cs: [{ rad: '10.9.8.7:443', li: 'eth1', lp: 40112 }], t: 1 } },
    tp: { pts: [{ if: 'eth1', pt: 22 }], t: 1 },
    up: {
      pts: [
        { if: 'eth1', pt: 68 },
        { if: 'eth1', pt: 123 },
      ],
      t: 2,
    },
  },
}

const read = {
  reportId: 1790000123,
  networkStats: {
    bytesIn: 812,
    bytesOut: 4120,
    packetsIn: 9,
    packetsOut: 31,
    hasShortTags: false,
  },
  tcpPorts: 1,
  udpPorts: 2,
  connections: 1,
  customNumbers: [],
  refusedParts: [],
}

describe('a report', () => {
  test('in long tags is read whole', () => {
    expect(readJson(longReport)).toEqual(read)
    expect(readCbor(longReport)).toEqual(read)
  })

  test('in short tags means the same', () => {
    const networkStats = { ...read.networkStats, hasShortTags: true }
    expect(readJson(shortReport)).toEqual({ ...read, networkStats })
    expect(readCbor(shortReport)).toEqual({ ...read, networkStats })
  })

  test('may mix long and short tags anywhere', () => {
    const mixed = {
      hed: { report_id: 3 },
      metrics: { tp: { ports: [{ pt: 1 }, { port: 2, if: 'lo' }], t: 2 } },
      cmet: { load: [{ number: 4 }] },
    }
    expect(readJson(mixed)).toMatchObject({
      reportId: 3,
      tcpPorts: 2,
      customNumbers: [['load', 4]],
    })
  })

  test('prefers the long tag, and the short one where the long one is null', () => {
    const stats = { bytes_in: null, bi: 7, bytes_out: 1, bo: 9, packets_in: 1, packets_out: 1 }
    expect(readJson(withMetrics({ network_stats: stats })).networkStats).toMatchObject({
      bytesIn: 7,
      bytesOut: 1,
    })
  })

  test.each([
    ['no metrics and no custom metrics', { header: { report_id: 1 } }, 'malformed'],
    ['metrics that are null', { header: { report_id: 1 }, metrics: null }, 'malformed'],
    ['no header', { metrics: {} }, 'malformed'],
    ['no report id', { header: {}, metrics: {} }, 'malformed'],
    ['a report id of 0', { header: { report_id: 0 }, metrics: {} }, 'malformed'],
    ['a negative report id', { header: { report_id: -5 }, metrics: {} }, 'malformed'],
    ['a report id that is a word', { header: { report_id: 'first' }, metrics: {} }, 'malformed'],
    ['a report id that is a map', { header: { report_id: {} }, metrics: {} }, 'malformed'],
    ['a header that is a list', { header: [1], metrics: {} }, 'wrong-type'],
    ['metrics that are a number', { header: { report_id: 1 }, metrics: 5 }, 'wrong-type'],
    ['a list in place of the report', [longReport], 'wrong-type'],
    ['null in place of the report', null, 'wrong-type'],
  ])('is refused for %s', (_, report, reason) => {
    expect(refusalOf(() => readJson(report))).toBe(reason)
  })

  test('with no more than empty metrics measures nothing', () => {
    const nothing = { networkStats: null, tcpPorts: null, udpPorts: null, connections: null }
    expect(readJson(withMetrics({}))).toMatchObject(nothing)
    expect(readCbor(withMetrics({ network_stats: null, tcp_connections: null }))).toMatchObject(
      nothing,
    )
  })

  test('cannot smuggle fields in by way of a prototype', () => {
    const text = '{"__proto__":{"header":{"report_id":1},"metrics":{}}}'
    expect(refusalOf(() => readJson(text))).toBe('malformed')
  })
})

describe('a report id', () => {
  const encodings = { json: readJson, cbor: readCbor }

  test('is kept exact in 64 bits', () => {
    expect(readJson('{"hed":{"rid":18446744073709551615},"met":{}}').reportId).toBe(2n ** 64n - 1n)
    expect(readCbor({ hed: { rid: 2n ** 64n - 1n }, met: {} }).reportId).toBe(2n ** 64n - 1n)
  })

  test('may be a double, a fraction of a second or text', () => {
    for (const [raw, id] of [
      [86400123.5, 86400123.5],
      ['1790000123', 1790000123],
      [1e15, 1e15],
    ] as const) {
      for (const readAs of Object.values(encodings)) {
        expect(readAs({ hed: { rid: raw }, met: {} }).reportId).toBe(id)
      }
    }
  })

  test('of more than 64 bits is refused, since it is remembered and echoed', () => {
    const report = `{"hed":{"rid":${'9'.repeat(50_000)}},"met":{}}`
    expect(refusalOf(() => readJson(report))).toBe('malformed')
    expect(refusalOf(() => readJson('{"hed":{"rid":1e300},"met":{}}'))).toBe('malformed')
  })

  test('can be read where the rest of the report cannot', () => {
    const root = decodePayload(encode({ header: { report_id: 8 }, metrics: 'none' }), 'cbor')
    expect(readReportId(root)).toBe(8)
    expect(refusalOf(() => readReport(root))).toBe('wrong-type')
  })
})

describe('network stats', () => {
  const stats = { bytes_in: 1, bytes_out: 2, packets_in: 3, packets_out: 4 }

  test.each(Object.keys(stats))('are refused without %s: null is not zero', (missing) => {
    const partial = { ...stats, [missing]: null }
    expect(refusalOf(() => readJson(withMetrics({ network_stats: partial })))).toBe('malformed')
  })

  test.each([
    ['negative', -1],
    ['true', true],
    ['a word', 'many'],
    ['a list', [1]],
    ['a map', {}],
    ['too large for anything', '1'.repeat(400)],
  ])('are refused where a counter is %s', (_, value) => {
    const odd = { ...stats, bytes_out: value }
    expect(refusalOf(() => readJson(withMetrics({ network_stats: odd })))).toBe('wrong-type')
  })

  test('are refused where a counter is infinite', () => {
    const text = JSON.stringify(withMetrics({ network_stats: stats })).replace(':2,', ':1e999,')
    expect(refusalOf(() => readJson(text))).toBe('wrong-type')
  })

  test('are taken at any size that a counter of 64 bits can hold', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bytes) => {
        const text = JSON.stringify(withMetrics({ network_stats: stats }))
        const report = readJson(text.replace(':2,', `:${bytes},`))
        expect(report.networkStats?.bytesOut).toBe(Number(bytes))
      }),
    )
  })

  test('beyond 64 bits are refused, or two in one slot could sum to infinity', () => {
    const odd = { ...stats, bytes_out: 1.7e308 }
    expect(refusalOf(() => readJson(withMetrics({ network_stats: odd })))).toBe('wrong-type')
  })
})

describe('listening ports', () => {
  const ports = (block: unknown) => readJson(withMetrics({ listening_tcp_ports: block })).tcpPorts
  const refusal = (list: unknown) => refusalOf(() => ports({ ports: list }))

  test('are as many as the total where the list is a sample', () => {
    expect(ports({ ports: [{ port: 22 }, { port: 80 }], total: 61 })).toBe(61)
  })

  test('are as many as the list where the total is missing or less', () => {
    expect(ports({ ports: [{ port: 22 }, { port: 80 }] })).toBe(2)
    expect(ports({ ports: [{ port: 22 }, { port: 80 }], total: 1 })).toBe(2)
  })

  test('are counted once for each port and interface', () => {
    const list = [
      { port: 22, interface: 'lo' },
      { port: '22', interface: 'lo' },
      { port: 22, interface: 'eth0' },
      { port: 22 },
      { port: 22, interface: null },
      null,
    ]
    expect(ports({ ports: list })).toBe(3)
  })

  test('are none only where the report says so', () => {
    expect(ports({ ports: [], total: 0 })).toBe(0)
    expect(ports({ ports: [] })).toBe(0)
    expect(ports({ total: 0 })).toBe(0)
    expect(ports({})).toBeNull()
    expect(ports({ ports: null, total: null })).toBeNull()
    expect(ports(null)).toBeNull()
  })

  test('are refused where the list or an entry is of a wrong type', () => {
    expect(refusal({ 0: { port: 22 } })).toBe('wrong-type')
    expect(refusal([22])).toBe('wrong-type')
    expect(refusal([{ interface: 'lo' }])).toBe('wrong-type')
    expect(refusal([{ port: 65_536 }])).toBe('wrong-type')
    expect(refusal([{ port: -1 }])).toBe('wrong-type')
    expect(refusal([{ port: 22, interface: {} }])).toBe('wrong-type')
    expect(refusal([{ port: 22, interface: [[{}]] }])).toBe('wrong-type')
  })
})

describe('established connections', () => {
  const connections = (established: unknown) => {
    const metrics = { tcp_connections: { established_connections: established } }
    return readJson(withMetrics(metrics)).connections
  }

  test('are counted once for each remote address and local port', () => {
    const list = [
      { remote_addr: '10.0.0.1:443', local_port: 5001 },
      { remote_addr: '10.0.0.1:443', local_port: '5001' },
      { remote_addr: '10.0.0.1:443', local_port: 5002 },
      { remote_addr: '[fd00::1]:443', local_port: 5001, local_interface: null },
    ]
    expect(connections({ connections: list })).toBe(3)
    expect(connections({ connections: list, total: 90 })).toBe(90)
  })

  test('are not measured where the block is missing or empty', () => {
    expect(readJson(withMetrics({ tcp_connections: {} })).connections).toBeNull()
    expect(connections(null)).toBeNull()
    expect(connections({})).toBeNull()
    expect(connections({ connections: [] })).toBe(0)
  })

  test('are refused where an address is of a wrong type', () => {
    for (const address of [{}, [], [{}]]) {
      const list = [{ remote_addr: address, local_port: 1 }]
      expect(refusalOf(() => connections({ connections: list }))).toBe('wrong-type')
    }
  })
})

describe('custom metrics', () => {
  test('of type number are read in any spelling of a number', () => {
    const report = withCustom({
      plain: [{ number: 58.6 }],
      text: [{ number: '-12.5' }],
      bare: { number: 3 },
      negative: [{ number: -4 }],
    })
    const numbers: [string, number][] = [
      ['plain', 58.6],
      ['text', -12.5],
      ['bare', 3],
      ['negative', -4],
    ]
    expect(readJson(report).customNumbers).toEqual(numbers)
    expect(new Map(readCbor(report).customNumbers)).toEqual(new Map(numbers))
  })

  test('that are sets or were not measured have no value and are no fault', () => {
    const report = readJson(
      withCustom({
        numbers: [{ number_list: [1, 2] }],
        names: [{ string_list: ['eth0'] }],
        addresses: [{ ip_list: ['192.0.2.7'] }],
        absent: null,
        empty: [],
        emptier: [null],
      }),
    )
    expect(report).toMatchObject({ customNumbers: [], refusedParts: [] })
  })

  test('of a wrong type are refused one by one, the rest is taken', () => {
    const report = readJson(
      withCustom({
        good: [{ number: 1 }],
        word: [{ number: 'warm' }],
        nothing: [{}],
        bare: 5,
        nested: [[{ number: 1 }]],
        vast: [{ number: '9'.repeat(400) }],
      }),
    )
    expect(report.customNumbers).toEqual([['good', 1]])
    expect(report.refusedParts).toHaveLength(5)
    expect(report.refusedParts.every(({ reason }) => reason === 'wrong-type')).toBe(true)
  })

  test('are never so large that a few of them sum to infinity', () => {
    const report = readJson(withCustom({ vast: [{ number: 1.7e308 }] }))
    expect(report.customNumbers).toEqual([])
    expect(report.refusedParts).toHaveLength(1)
  })

  test('may be all that a report holds', () => {
    expect(readJson(withCustom({})).customNumbers).toEqual([])
  })

  test('that are not a map refuse the report', () => {
    expect(refusalOf(() => readJson(withCustom([{ number: 1 }])))).toBe('wrong-type')
  })
})
