import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stationEvent, type StationEvent } from '../../../src/contract/model/event.ts'
import { createAnnouncer, type Announcer } from '../../../src/station/announcer.ts'

const at = 1_790_000_000_000

function announce(announcer: Announcer, times: number): void {
  for (let index = 0; index < times; index += 1) {
    announcer.announce({ kind: 'slot-closed', slotStartAt: index }, at)
  }
}

/** The next so many facts a viewer is given. */
async function take(viewer: AsyncGenerator<StationEvent>, many: number): Promise<StationEvent[]> {
  const events: StationEvent[] = []
  while (events.length < many) {
    const { value, done } = await viewer.next()
    if (done) break
    events.push(value)
  }
  return events
}

const numbersOf = (events: readonly StationEvent[]) => events.map(({ seq }) => seq)
const kindsOf = (events: readonly StationEvent[]) => events.map(({ kind }) => kind)

describe('a viewer', () => {
  test('gets every fact once and in order, however it reads and however facts come', async () => {
    const bursts = fc.array(fc.record({ facts: fc.nat({ max: 9 }), reads: fc.nat({ max: 9 }) }), {
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(bursts, async (list) => {
        const announcer = createAnnouncer()
        const viewer = announcer.watch(0)
        const seen: number[] = []
        let announced = 0
        for (const { facts, reads } of list) {
          announce(announcer, facts)
          announced += facts
          seen.push(...numbersOf(await take(viewer, Math.min(reads, announced - seen.length))))
        }
        expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => index + 1))
      }),
    )
  })

  test('who is new gets only what is announced from then on', async () => {
    const announcer = createAnnouncer()
    announce(announcer, 3)
    const viewer = announcer.watch(undefined)
    const next = take(viewer, 2)
    announce(announcer, 2)
    expect(numbersOf(await next)).toEqual([4, 5])
  })

  test('who comes back gets what was missed', async () => {
    const announcer = createAnnouncer()
    announce(announcer, 5)
    expect(numbersOf(await take(announcer.watch(2), 3))).toEqual([3, 4, 5])
  })

  test('does not disturb another', async () => {
    const announcer = createAnnouncer()
    const viewers = [announcer.watch(0), announcer.watch(0)]
    const waiting = viewers.map((viewer) => take(viewer, 3))
    announce(announcer, 3)
    for (const events of await Promise.all(waiting)) expect(numbersOf(events)).toEqual([1, 2, 3])
  })

  test('who leaves while waiting is let go', async () => {
    const announcer = createAnnouncer()
    const leaving = new AbortController()
    const next = announcer.watch(0, leaving.signal).next()
    leaving.abort()
    expect(await next).toEqual({ value: undefined, done: true })
  })
})

describe('a viewer who lost the thread', () => {
  test('is told to read everything anew, then follows without a gap', async () => {
    const announcer = createAnnouncer()
    announce(announcer, 1500)
    const viewer = announcer.watch(10)
    const [told] = await take(viewer, 1)
    expect(told).toMatchObject({ kind: 'resync', seq: 1500, at })
    announce(announcer, 2)
    expect(numbersOf(await take(viewer, 2))).toEqual([1501, 1502])
  })

  test('by no more than the last thousand facts is not', async () => {
    const announcer = createAnnouncer()
    announce(announcer, 1500)
    const events = await take(announcer.watch(500), 1000)
    expect(kindsOf(events)).not.toContain('resync')
    expect(numbersOf(events).at(-1)).toBe(1500)
  })

  test('by reading slowly is told so as well, and misses no fact unawares', async () => {
    const announcer = createAnnouncer()
    const viewer = announcer.watch(0)
    announce(announcer, 3)
    expect(numbersOf(await take(viewer, 1))).toEqual([1])
    announce(announcer, 5000)
    expect(numbersOf(await take(viewer, 2))).toEqual([2, 3])
    expect((await take(viewer, 1))[0]).toMatchObject({ kind: 'resync', seq: 5003 })
  })

  test('because the station started anew is told so', async () => {
    const announcer = createAnnouncer()
    announce(announcer, 2)
    const viewer = announcer.watch(900)
    expect((await take(viewer, 1))[0]).toMatchObject({ kind: 'resync', seq: 2 })
    announce(announcer, 1)
    expect(numbersOf(await take(viewer, 1))).toEqual([3])
  })

  test('is told so just once where nothing was announced yet, and misses not even the first fact', async () => {
    const announcer = createAnnouncer()
    const viewer = announcer.watch(900)
    const [told] = await take(viewer, 1)
    expect(stationEvent.parse(told)).toMatchObject({ kind: 'resync' })
    const next = take(viewer, 1)
    announce(announcer, 1)
    expect(await next).toMatchObject([{ kind: 'slot-closed', seq: 1 }])
  })
})
