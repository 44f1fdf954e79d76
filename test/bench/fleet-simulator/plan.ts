import { attackKinds, attackProfiles, type AttackKind, type AttackLabel } from './attacks.ts'
import { deviceClasses } from './device-classes.ts'
import type { Device } from './device.ts'
import { createDevice, createFleet, identify, type Fleet, type FleetOptions } from './fleet.ts'
import { slotsPerDay } from './metrics.ts'
import { createRandom, logUniform, uniform, type Random } from './random.ts'
import { isSwitchedOn } from './step.ts'

export interface PlanOptions extends FleetOptions {
  /** The evaluation begins here; before it there is no attack. */
  fromDay: number
  /** How many devices each kind is put on. */
  perKind: number
  kinds?: readonly AttackKind[]
  /** Draws other attacks on the same fleet. */
  planSeed?: number
}

const attempts = 60
const quietBelow = 0.25

/**
 * Puts each kind of attack on `perKind` devices, one attack a device, all between `fromDay` and the
 * end; the other devices and those added late stay clean. Throws RangeError for too few devices.
 */
export function planAttacks(options: PlanOptions): AttackLabel[] {
  const fleet = createFleet({ ...options, attacks: [] })
  const random = createRandom(options.seed, 401 + (options.planSeed ?? 0))
  const free = shuffled(
    random,
    Array.from({ length: fleet.options.devices }, (_, index) => index),
  )
  const each = options.kinds ?? attackKinds
  // In no order of kinds, or the last would be left with the devices that others cannot be put on.
  const kinds = shuffled(random, Array<typeof each>(options.perKind).fill(each).flat())
  return kinds
    .map((kind) => place({ fleet, random, free, kind, fromDay: options.fromDay }))
    .sort((one, other) => one.fromSlot - other.fromSlot)
}

interface Placing {
  fleet: Fleet
  random: Random
  /** Numbers of the devices not yet attacked. */
  free: number[]
  kind: AttackKind
  fromDay: number
}

/**
 * Takes the first device the attack is possible on, from a place drawn anew each time: those that
 * most kinds pass over would else pile up in front, and get all the attacks that are possible there.
 */
function place(placing: Placing): AttackLabel {
  const { fleet, random, free, kind } = placing
  const start = Math.floor(uniform(random) * free.length)
  for (let step = 0; step < free.length; step++) {
    const position = (start + step) % free.length
    const index = free[position] ?? 0
    if (!isPossible(fleet, index, kind)) continue
    const label = schedule(placing, createDevice(fleet, index))
    if (!label) continue
    free.splice(position, 1)
    return label
  }
  throw new RangeError(`No device is left that ${kind} could be put on`)
}

function isPossible(fleet: Fleet, index: number, kind: AttackKind): boolean {
  const { deviceClass, firstSlot } = identify(fleet, index)
  const sleeps = deviceClasses[deviceClass].power === 'asleep-between-reports'
  return firstSlot === 0 && !(attackProfiles[kind].isOnDevice && sleeps)
}

function schedule({ fleet, random, kind, fromDay }: Placing, device: Device) {
  const profile = attackProfiles[kind]
  const first = Math.round(fromDay * slotsPerDay)
  const room = fleet.slots - first
  const lastsSlots = Math.min(room, Math.round(logUniform(random, profile.slots)))
  const strength = logUniform(random, profile.strength)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const fromSlot = first + Math.floor(uniform(random) * (room - lastsSlots + 1))
    const activity = device.site.activity[fromSlot] ?? 0
    const isRightHour = profile.begins === 'any-time' || activity < quietBelow
    if (!isRightHour || !isSwitchedOn(device, fromSlot)) continue
    const { deviceId, deviceClass } = device.identity
    return { deviceId, deviceClass, kind, fromSlot, toSlot: fromSlot + lastsSlots, strength }
  }
  return undefined
}

/** Fisher and Yates. */
function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  const left = [...items]
  return items.flatMap(() => left.splice(Math.floor(uniform(random) * left.length), 1))
}
