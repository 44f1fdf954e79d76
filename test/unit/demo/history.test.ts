import { describe, expect, test } from 'vitest'
import { awsMetrics } from '../../../src/contract/model/aws-metrics.ts'
import { slotOf, slotsPerDay } from '../../../src/contract/model/time.ts'
import { planSlot } from '../../../src/demo/behavior.ts'
import { controllerId } from '../../../src/demo/controller.ts'
import { createFleet } from '../../../src/demo/fleet.ts'
import { type HistorySlot, simulateHistory } from '../../../src/demo/history.ts'
import { samplesOf } from '../../../src/demo/samples.ts'

const fleet = createFleet({ seed: 5, devices: 4 })
const untilSlot = 5_800_000

describe('a history', () => {
  test('is the same each time, and the last day of a longer one', async () => {
    const day = await collect(1)
    expect(await collect(1)).toEqual(day)
    const two = await collect(2)
    expect(two.slice(-slotsPerDay)).toEqual(day)
  })

  test('is two weeks long unless told otherwise and ends before the slot it is made for', async () => {
    const slots = (await collect()).map(({ slot }) => slot)
    expect(slots).toHaveLength(14 * slotsPerDay)
    expect(slots[0]).toBe(untilSlot - 14 * slotsPerDay)
    expect(slots.at(-1)).toBe(untilSlot - 1)
  })

  test('holds all 13 metrics of every device in every slot', async () => {
    const all = awsMetrics.map((metric) => metric.id).toSorted()
    for (const { slot, samples } of await collect(1)) {
      for (const device of fleet) {
        const own = samples.filter((sample) => sample.deviceId === device.id)
        expect(own.map((sample) => sample.metricId).toSorted()).toEqual(all)
        expect(own).toEqual(samplesOf(device, slot, planSlot(device, slot)))
      }
      expect(samples.every((sample) => slotOf(sample.at) === slot)).toBe(true)
    }
  })

  test('holds of the site controller what a broker sees, and its messages are the commands', async () => {
    for (const { slot, samples } of await collect(1)) {
      const own = samples.filter((sample) => sample.deviceId === controllerId)
      const commands = fleet.flatMap((device) => planSlot(device, slot).commandSizes)
      const sums = Object.fromEntries(own.map(({ metricId, measure }) => [metricId, measure.sum]))
      expect(sums).toEqual({
        'aws:num-messages-sent': commands.length,
        'aws:num-messages-received': 0,
        'aws:num-connection-attempts': 0,
        'aws:num-disconnects': 0,
        'aws:num-authorization-failures': 0,
        ...(commands.length > 0 && {
          'aws:message-byte-size': commands.reduce((sum, size) => sum + size, 0),
        }),
      })
    }
  })
})

async function collect(days?: number): Promise<HistorySlot[]> {
  const slots: HistorySlot[] = []
  const options = { fleet, untilSlot, ...(days !== undefined && { days }) }
  for await (const slot of simulateHistory(options)) slots.push(slot)
  return slots
}
