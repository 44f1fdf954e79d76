import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  newCourse,
  nextDeed,
  stepIsolation,
  type Deed,
  type IsolationCourse,
  type News,
} from '../../../../src/station/mitigation/isolation-machine.ts'

/** How a deed may end, as a broker and chance will have it. */
type Fate = 'done' | 'refused' | 'no-answer' | 'changed'

/** One thing that happens: the next deed ends, or somebody wants it released. */
type Happening = { fate: Fate } | { wanted: 'restore' | 'lift' | null }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ fate: fc.constantFrom<Fate>('done', 'refused', 'no-answer', 'changed') }),
  fc.record({ wanted: fc.constantFrom('restore' as const, 'lift' as const, null) }),
)

const brokers = fc.integer({ min: 1, max: 4 })
const life = fc.tuple(brokers, fc.array(happening, { maxLength: 30 }))

function newsOf(deed: Deed, fate: Fate): News | null {
  if (fate === 'no-answer') return null
  if (deed.kind === 'inspect') return { kind: 'inspected', isChanged: fate === 'changed' }
  if (deed.kind === 'release') {
    return fate === 'refused' ? null : { kind: 'released', broker: deed.broker }
  }
  const kind = fate === 'refused' ? 'refused' : 'isolated'
  return { kind, broker: deed.broker }
}

function live(count: number, happenings: readonly Happening[]): IsolationCourse[] {
  const courses = [newCourse(count)]
  for (const each of happenings) courses.push(after(courses.at(-1) ?? newCourse(count), each))
  return courses
}

function after(course: IsolationCourse, each: Happening): IsolationCourse {
  if ('wanted' in each) {
    return stepIsolation(course, { kind: 'release-wanted', manner: each.wanted })
  }
  const deed = nextDeed(course)
  const news = deed && newsOf(deed, each.fate)
  return news ? stepIsolation(course, news) : course
}

/** Everything is done as soon as it is to be done. */
function goOn(course: IsolationCourse): { course: IsolationCourse; deeds: Deed[] } {
  const deeds: Deed[] = []
  let now = course
  for (let deed = nextDeed(now); deed && deeds.length < 100; deed = nextDeed(now)) {
    deeds.push(deed)
    now = after(now, { fate: 'done' })
  }
  return { course: now, deeds }
}

const isOver = ({ state }: IsolationCourse) => state === 'released' || state === 'failed'

describe('An isolation, whatever happens to it', () => {
  test('is isolated only where every broker blocks it, and over only where none does', () => {
    fc.assert(
      fc.property(life, ([count, happenings]) => {
        for (const course of live(count, happenings)) {
          const isAll = (state: string) => course.brokers.every((broker) => broker === state)
          expect(course.brokers).toHaveLength(count)
          if (course.state === 'isolated' || course.state === 'changed') {
            expect(isAll('isolated')).toBe(true)
          }
          if (isOver(course)) {
            expect(course.brokers.every((one) => one === 'released' || one === 'failed')).toBe(true)
          }
        }
      }),
    )
  })

  test('comes to rest as soon as brokers do what they are asked, each of them asked once', () => {
    fc.assert(
      fc.property(life, ([count, happenings]) => {
        const last = live(count, happenings).at(-1) ?? newCourse(count)
        const { course, deeds } = goOn(last)
        expect(nextDeed(course)).toBeNull()
        expect(new Set(deeds.map((deed) => JSON.stringify(deed))).size).toBe(deeds.length)
        expect(deeds.length).toBeLessThanOrEqual(count + 1)
      }),
    )
  })

  test('is released by whoever wants it, sooner or later, and stays so', () => {
    fc.assert(
      fc.property(life, ([count, happenings]) => {
        const last = live(count, happenings).at(-1) ?? newCourse(count)
        const wanted = stepIsolation(goOn(last).course, {
          kind: 'release-wanted',
          manner: 'restore',
        })
        const end = goOn(wanted).course
        expect(isOver(end)).toBe(true)
        expect(after(end, { wanted: 'restore' })).toEqual(end)
        expect(stepIsolation(end, { kind: 'isolated', broker: 0 })).toEqual(end)
      }),
    )
  })

  test('touches no broker after one that was never done, and undoes all that it touched', () => {
    fc.assert(
      fc.property(life, ([count, happenings]) => {
        const touched = new Set<number>()
        let last = 0
        let course = newCourse(count)
        for (const each of [...happenings, ...Array<Happening>(20).fill({ fate: 'done' })]) {
          const deed = nextDeed(course)
          if (deed?.kind === 'isolate') last = Math.max(last, deed.broker)
          if (deed?.kind === 'release') expect(deed.broker).toBeLessThanOrEqual(last)
          if ('fate' in each && deed?.kind === 'isolate') touched.add(deed.broker)
          const next = after(course, each)
          if (deed?.kind === 'release' && 'fate' in each && next !== course) {
            touched.delete(deed.broker)
          }
          course = next
        }
        if (isOver(course)) expect([...touched]).toEqual([])
      }),
    )
  })

  test('never compares what was not whole, and never releases before it has compared', () => {
    fc.assert(
      fc.property(life, ([count, happenings]) => {
        for (const course of live(count, happenings)) {
          const deed = nextDeed(course)
          if (deed?.kind === 'inspect') {
            expect(course.brokers.every((broker) => broker === 'isolated')).toBe(true)
          }
          if (deed?.kind === 'release' && course.state === 'releasing') {
            expect(course.manner).not.toBeNull()
          }
        }
      }),
    )
  })
})
