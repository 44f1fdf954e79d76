import { slotsPerDay } from '../contract/model/time.ts'
import type { SimulatedDevice } from './fleet.ts'
import { drawFor, normal } from './random.ts'

const slotsPerHour = slotsPerDay / 24

/** 1 January 1970 was a Thursday, day 4 of a week that starts on Sunday. */
const weekdayOfEpoch = 4

/** How busy a device is in a slot; 1 is its average weekday hour. Never below 0.1. */
export function activity(device: SimulatedDevice, slot: number): number {
  const level = dayRhythm(device, slot) * weekRhythm(device, slot) * drift(device, slot)
  return Math.max(0.1, level)
}

function dayRhythm({ habits }: SimulatedDevice, slot: number): number {
  const hour = (slot % slotsPerDay) / slotsPerHour
  return 1 + habits.dayAmplitude * Math.cos((2 * Math.PI * (hour - habits.peakHour)) / 24)
}

function weekRhythm({ habits }: SimulatedDevice, slot: number): number {
  const weekday = (Math.floor(slot / slotsPerDay) + weekdayOfEpoch) % 7
  return weekday === 0 || weekday === 6 ? habits.weekendFactor : 1
}

/** Slow noise: each hour starts at a random level, and the slots between go from one to the next. */
function drift(device: SimulatedDevice, slot: number): number {
  const hour = Math.floor(slot / slotsPerHour)
  const part = (slot % slotsPerHour) / slotsPerHour
  return 1 + 0.03 * ((1 - part) * hourNoise(device, hour) + part * hourNoise(device, hour + 1))
}

function hourNoise(device: SimulatedDevice, hour: number): number {
  return normal(drawFor(device.key, hour, 'drift'))
}
