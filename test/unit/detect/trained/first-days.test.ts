import { describe, expect, test } from 'vitest'
import { newsScore } from '../../../../src/detect/trained/verdict.ts'
import { randomFrom } from '../synthetic-fleet.ts'
import { learn, plainHistory, warmedJudge } from './learned.ts'
import { day, mixedFleet, monday, recordOf } from './mixed-fleet.ts'

const options = { timeout: 60_000 }

describe('a fleet that is known for a day or a little more', () => {
  test.each([24, 30])('is calm on the next, after %i hours', options, (hours) => {
    const slots = hours * 12
    const fleet = mixedFleet(1, 24)
    const history = recordOf(fleet, { slots })
    const end = monday + slots
    const judge = warmedJudge(learn(history), history, end)
    const scores = fleet.flatMap(({ deviceId, next }) =>
      Array.from({ length: day }, (_, index) => {
        const { metrics } = judge.step({ deviceId, slot: end + index, values: next(end + index) })
        return metrics.flatMap((verdict) => (verdict ? [newsScore(verdict)] : []))
      }).flat(),
    )
    expect(scores.length).toBe(24 * 6 * day)
    const alarms = scores.filter((score) => score >= 4).length
    expect(alarms).toBeLessThan(5e-4 * scores.length)
  })
})

describe('the first weekend', () => {
  const shops = 12
  const devices = 24

  /** Shops that close at night and at the weekend, and sensors that never do. */
  function messagesOf(random: ReturnType<typeof randomFrom>, device: number, slot: number): number {
    const isOpen = isWeekday(slot) && slot % day >= 8 * 12 && slot % day < 18 * 12
    if (device < shops && !isOpen) return 0
    return random.poisson(20 + 5 * device)
  }

  /** Offices that rest at night, and more so at the weekend. */
  function officeMessagesOf(...[random, device, slot]: Parameters<typeof messagesOf>): number {
    const isOpen = slot % day >= 8 * 12 && slot % day < 18 * 12
    const share = isWeekday(slot) ? (isOpen ? 3 : 1) : 0.6
    return random.poisson((20 + 5 * device) * share)
  }

  /** What is news of each device in the weekend after `days`, and for device `stopped` when it is silent. */
  function newsAfter(days: number, { stopped = -1, sent = messagesOf } = {}): number[] {
    const random = randomFrom(5)
    const slots = Math.round(days * day)
    const history = plainHistory((device, slot) => sent(random, device, slot), { devices, slots })
    const end = monday + slots
    const judge = warmedJudge(learn(history), history, end)
    return Array.from({ length: devices }, (_, device) => {
      let news = 0
      for (let slot = end; slot < monday + 7 * day; slot++) {
        const values = Float64Array.of(device === stopped ? 0 : sent(random, device, slot))
        const [verdict] = judge.step({ deviceId: `d${device}`, slot, values }).metrics
        if (verdict && newsScore(verdict) >= 4) news++
      }
      return news
    })
  }

  test.each([5, 5.25, 5.5])(
    'is no alarm where shops are closed: known for %d days',
    options,
    (days) => {
      expect(newsAfter(days).filter((news) => news > 0)).toEqual([])
    },
  )

  test('is no alarm where it is quieter than any night', options, () => {
    expect(newsAfter(5, { sent: officeMessagesOf }).filter((news) => news > 0)).toEqual([])
  })

  test('is no excuse for a sensor that stops', options, () => {
    const news = newsAfter(5, { stopped: shops + 3 })
    expect(news.flatMap((count, device) => (count > 0 ? [device] : []))).toEqual([shops + 3])
  })
})

test('weekends are known of devices that report every few hours', options, () => {
  const random = randomFrom(6)
  const { devices, ...rest } = plainHistory(() => 20 + random.poisson(20), {
    devices: 8,
    slots: 14 * day,
  })
  const seldom = devices.map((device) => ({
    ...device,
    series: device.series.map((series) => {
      const isSent = Array.from(series?.slots ?? [], () => random.uniform() < 1 / 36)
      return (
        series && {
          slots: series.slots.filter((_, index) => isSent[index]),
          values: series.values.filter((_, index) => isSent[index]),
        }
      )
    }),
  }))
  const [metric] = learn({ ...rest, devices: seldom }).metrics
  expect(Array.from(metric?.devices.doubts ?? [])).toEqual([0, 0])
})

/** Monday is the first day. */
function isWeekday(slot: number): boolean {
  return Math.floor((slot - monday) / day) % 7 < 5
}
