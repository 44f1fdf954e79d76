import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { nothingTallied, Outbox } from '../../../../src/station/ingest/embedded-broker-outbox.ts'
import { tallySent } from '../../../../src/station/ingest/embedded-broker-connection.ts'
import type {
  BrokerEntry,
  BrokerReport,
} from '../../../../src/station/ingest/embedded-broker-protocol.ts'

interface Batch {
  entries: BrokerEntry[]
  reports: BrokerReport[]
}

function outbox() {
  const batches: Batch[] = []
  return { batches, box: new Outbox((batch) => batches.push(structuredClone(batch)), 1_000_000) }
}

const report = { topic: 't', payload: new Uint8Array(1), isSenderAllowed: true }
const rejected = { kind: 'rejected', device: null, reason: 'malformed', detail: '' } as const

describe('what a broker tells its station', () => {
  test('is that a client did something before that it left', async () => {
    const { box, batches } = outbox()
    const tally = nothingTallied('c1')
    tallySent(tally, 10)
    box.tally(tally)
    box.endTally(tally)
    box.tell({ kind: 'disconnected', clientId: 'c1', reason: 'CONNECTION_LOST' })
    void box.flush()
    expect(batches[0]?.entries.map(({ kind }) => kind)).toEqual(['counted', 'disconnected'])
  })

  test('goes at once with a report, which someone waits for', () => {
    const { box, batches } = outbox()
    const tally = nothingTallied('c1')
    tallySent(tally, 10)
    box.tally(tally)
    box.report(report)
    expect(batches).toHaveLength(1)
    expect(batches[0]?.entries).toMatchObject([{ kind: 'counted', sizes: { count: 1 } }])
    expect(batches[0]?.reports).toHaveLength(1)
  })

  test('waits for a tick where there is no hurry', () => {
    vi.useFakeTimers()
    const batches: Batch[] = []
    const box = new Outbox((batch) => batches.push(batch), 250)
    box.tell({ ...rejected })
    vi.advanceTimersByTime(249)
    expect(batches).toEqual([])
    vi.advanceTimersByTime(1)
    expect(batches).toHaveLength(1)
    vi.useRealTimers()
  })

  test('is held back while four batches are under way, and so is the broker', () => {
    const { box, batches } = outbox()
    for (let count = 0; count < 6; count += 1) box.report(report)
    expect(batches).toHaveLength(4)
    const ran = vi.fn()
    box.whenRoom(ran)
    expect(ran).not.toHaveBeenCalled()
    box.taken()
    expect(batches).toHaveLength(5)
    expect(batches[4]?.reports).toHaveLength(2)
    expect(ran).not.toHaveBeenCalled()
    box.taken()
    expect(ran).toHaveBeenCalledOnce()
  })

  test('counts rejections beyond a thousand that wait, rather than keep them', async () => {
    const { box, batches } = outbox()
    for (let count = 0; count < 5000; count += 1) box.tell({ ...rejected })
    const flushed = box.flush()
    for (let taken = 0; taken < batches.length; taken += 1) box.taken()
    await flushed
    const entries = batches.flatMap((batch) => batch.entries)
    const told = entries.filter(({ kind }) => kind === 'rejected').length
    const untold = entries.reduce((sum, each) => sum + (each.kind === 'untold' ? each.times : 0), 0)
    expect(told).toBe(1000)
    expect(told + untold).toBe(5000)
  })

  test('comes to everything that happened, whenever the station takes it', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('sent' as const), client: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('report' as const) }),
      fc.record({ kind: fc.constant('end' as const), client: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('taken' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { box, batches } = outbox()
        const tallies = [0, 1, 2, 3].map((name) => nothingTallied(`c${name}`))
        let sent = 0
        let reports = 0
        let taken = 0
        for (const each of steps) {
          const tally = tallies['client' in each ? each.client : 0]
          if (each.kind === 'report') {
            box.report(report)
            reports += 1
          } else if (each.kind === 'taken' && taken < batches.length) {
            taken += 1
            box.taken()
          } else if (each.kind === 'sent' && tally) {
            tallySent(tally, 1)
            box.tally(tally)
            sent += 1
          } else if (each.kind === 'end' && tally) box.endTally(tally)
        }
        void box.flush()
        for (; taken < batches.length; taken += 1) box.taken()
        const counted = batches.flatMap(({ entries }) => entries)
        const count = (entry: BrokerEntry) => (entry.kind === 'counted' ? entry.sizes.count : 0)
        expect(counted.reduce((sum, entry) => sum + count(entry), 0)).toBe(sent)
        expect(batches.flatMap((batch) => batch.reports)).toHaveLength(reports)
      }),
    )
  })
})
