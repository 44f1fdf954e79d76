import { expect, test } from 'vitest'
import { createDeviceDetector } from '../../../../src/detect/adaptive/device-detector.ts'
import { createSeriesDetector } from '../../../../src/detect/adaptive/series-detector.ts'
import { randomFrom } from '../synthetic-fleet.ts'
import { fiveMinutesMs, ordinaryRows } from './series-values.ts'

function bursts(...values: number[]) {
  return values.map((burst) => ({ burst, provisional: false }))
}

test('a device is as strange as its only strange metric, and stranger with each further one', () => {
  const scoreOf = (...values: number[]) => createDeviceDetector().step(bursts(...values)).score
  expect(scoreOf(4, 0, 0)).toBeCloseTo(4, 9)
  expect(scoreOf(4, 1)).toBeGreaterThan(scoreOf(4))
  expect(scoreOf(1, 1, 1, 1)).toBeGreaterThan(2)
  expect(scoreOf(8, 0, 0, 0)).toBeGreaterThan(scoreOf(2, 2, 2, 2))
})

test('the order of the metrics does not matter, and a device without any is quiet', () => {
  const [one, other] = [createDeviceDetector(), createDeviceDetector()]
  expect(one.step(bursts(1, 2, 3)).score).toBeCloseTo(other.step(bursts(3, 1, 2)).score, 12)
  expect(createDeviceDetector().step([])).toEqual({ score: 0, p: 1 })
})

test('an attack on several metrics at once is rare by the past of the device', () => {
  const metrics = ['counts', 'a daily rhythm', 'normal noise', 'a value that lingers']
  const series = metrics.map((kind, index) => ordinaryRows(kind, 1500, index + 1))
  const detectors = metrics.map(() => createSeriesDetector({ spacingMs: fiveMinutesMs }))
  const device = createDeviceDetector()
  const judged = Array.from({ length: 1500 }, (_, index) =>
    device.step(
      series.map((rows, metric) => {
        const { at, value } = rows[index] ?? { at: NaN, value: NaN }
        const detector = detectors[metric]
        if (!detector) throw new Error('one detector a metric')
        return detector.step(at, index >= 1450 && index < 1460 ? value * 3 + 10 : value)
      }),
    ),
  )
  const rarest = Math.min(...judged.slice(1450, 1460).map(({ p }) => p))
  const rarestBefore = Math.min(...judged.slice(800, 1450).map(({ p }) => p))
  expect(rarest).toBeLessThan(1e-4)
  expect(rarest).toBeLessThan(rarestBefore)
  for (const { p } of judged) expect(p).toBeGreaterThan(0)
})

test('p of a device is one of its usual shares on a usual day', () => {
  const random = randomFrom(11)
  const device = createDeviceDetector()
  const judged = Array.from({ length: 3000 }, () =>
    device.step(bursts(...Array.from({ length: 5 }, () => Math.max(0, random.normal() - 1)))),
  ).slice(500)
  for (const p of [0.5, 0.1, 0.02]) {
    const share = judged.filter((judgement) => judgement.p <= p).length / judged.length
    expect(share).toBeGreaterThan(p / 2)
    expect(share).toBeLessThan(p * 2)
  }
})
