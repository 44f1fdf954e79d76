import { deviceClasses, deviceClassNames, type DeviceClassName } from './device-classes.ts'
import {
  deviceRandom,
  deviceSeed,
  drawTraits,
  newDraft,
  newState,
  type Device,
  type DeviceIdentity,
} from './device.ts'
import type { AttackLabel } from './attacks.ts'
import { slotMs, slotsPerDay } from './metrics.ts'
import { createRandom, mixed, pick, poisson, uniform, type Random } from './random.ts'
import { createSite, type Site } from './site.ts'

export interface FleetOptions {
  /** An integer; the same one gives the same fleet and the same values everywhere. */
  seed: number
  devices: number
  days: number
  /** Epoch ms on a slot's boundary; by default Monday, 5 January 2026, 00:00 UTC. */
  startAt?: number
  /** From `planAttacks`, made with these same options. */
  attacks?: readonly AttackLabel[]
  /** By default all eight, in their usual shares. */
  classes?: readonly DeviceClassName[]
  /** Scales reboots, rollouts, outages, gaps and logins; 0 is a fleet where nothing goes wrong. */
  incidentRate?: number
  /** Share of the devices that are added only at `newcomerFromDay`. */
  newcomerShare?: number
  newcomerFromDay?: number
}

/** A fleet before any slot of it is lived. */
export interface Fleet {
  slots: number
  startAt: number
  options: Required<Omit<FleetOptions, 'attacks'>>
  attacks: ReadonlyMap<string, readonly AttackLabel[]>
  sites: readonly [Site, ...Site[]]
  /** First slot of each rollout of firmware, per class. */
  rollouts: ReadonlyMap<DeviceClassName, readonly number[]>
  /** Slots of which nothing at all was collected. */
  isLost: Uint8Array
}

const defaultStartAt = Date.UTC(2026, 0, 5)
const devicesPerSite = 25
const rolloutsPerDay = 1 / 25
const rolloutTakesSlots = 36 * 12
const lossesPerDay = 1 / 20
const goldenRatio = 0.6180339887498949

/** Throws RangeError for a start off the slots' boundaries or a number out of range. */
export function createFleet(options: FleetOptions): Fleet {
  const settled = settle(options)
  const { seed, startAt, incidentRate } = settled
  const slots = Math.round(settled.days * slotsPerDay)
  const random = createRandom(seed, 301)
  const siteCount = Math.max(1, Math.min(40, Math.round(settled.devices / devicesPerSite)))
  const site = (index: number) => createSite({ seed, index, slots, startAt, incidentRate })
  return {
    slots,
    startAt,
    options: settled,
    attacks: byDevice(options.attacks ?? []),
    sites: [site(0), ...Array.from({ length: siteCount - 1 }, (_, index) => site(index + 1))],
    rollouts: planRollouts(random, slots, incidentRate),
    isLost: loseSlots(random, slots, incidentRate),
  }
}

function settle(options: FleetOptions): Fleet['options'] {
  const { seed, devices, days } = options
  const settled = {
    seed,
    devices,
    days,
    startAt: options.startAt ?? defaultStartAt,
    classes: options.classes ?? deviceClassNames,
    incidentRate: options.incidentRate ?? 1,
    newcomerShare: options.newcomerShare ?? 0.04,
    newcomerFromDay: options.newcomerFromDay ?? Math.max(0, days - 4),
  }
  const isSound =
    Number.isSafeInteger(seed) &&
    Number.isSafeInteger(devices) &&
    devices > 0 &&
    days > 0 &&
    settled.startAt % slotMs === 0 &&
    settled.classes.length > 0 &&
    settled.incidentRate >= 0
  if (!isSound) throw new RangeError(`No fleet can be made of ${JSON.stringify(settled)}`)
  return settled
}

function byDevice(labels: readonly AttackLabel[]): ReadonlyMap<string, readonly AttackLabel[]> {
  const attacks = new Map<string, AttackLabel[]>()
  for (const label of labels) {
    const ofDevice = attacks.get(label.deviceId)
    if (ofDevice) ofDevice.push(label)
    else attacks.set(label.deviceId, [label])
  }
  return attacks
}

function planRollouts(random: Random, slots: number, rate: number): Fleet['rollouts'] {
  const mean = (rolloutsPerDay * rate * slots) / slotsPerDay
  return new Map(
    deviceClassNames.map((name) => {
      const count = poisson(random, mean)
      const starts = Array.from({ length: count }, () => Math.floor(uniform(random) * slots))
      return [name, starts.sort((one, other) => one - other)]
    }),
  )
}

function loseSlots(random: Random, slots: number, rate: number): Uint8Array {
  const isLost = new Uint8Array(slots)
  const losses = poisson(random, (lossesPerDay * rate * slots) / slotsPerDay)
  for (let loss = 0; loss < losses; loss++) {
    const from = Math.floor(uniform(random) * slots)
    isLost.fill(1, from, from + 1 + poisson(random, 2))
  }
  return isLost
}

/** Who the device is, from its number alone. */
export function identify(fleet: Fleet, index: number): DeviceIdentity {
  const random = createRandom(deviceSeed(fleet.options.seed, index), 203)
  const deviceClass = classOf(fleet, index)
  const isNewcomer = uniform(random) < fleet.options.newcomerShare
  return {
    deviceId: `${deviceClass}-${String(index + 1).padStart(4, '0')}`,
    deviceClass,
    thingGroup: deviceClasses[deviceClass].thingGroup,
    site: pick(random, fleet.sites).name,
    firstSlot: isNewcomer ? Math.round(fleet.options.newcomerFromDay * slotsPerDay) : 0,
  }
}

/** Golden-ratio steps through the classes' shares: a small fleet has a little of each too. */
function classOf({ options }: Fleet, index: number): DeviceClassName {
  const { classes, seed } = options
  const total = classes.reduce((sum, name) => sum + deviceClasses[name].weight, 0)
  const start = (mixed(seed, 204) >>> 0) / 4294967296
  let left = ((start + index * goldenRatio) % 1) * total
  for (const name of classes) {
    left -= deviceClasses[name].weight
    if (left < 0) return name
  }
  return classes[0] ?? 'plc-gateway'
}

/** The device as it is before its first slot. */
export function createDevice(fleet: Fleet, index: number): Device {
  const identity = identify(fleet, index)
  const { incidentRate } = fleet.options
  const seed = deviceSeed(fleet.options.seed, index)
  const random = deviceRandom(seed)
  const traits = drawTraits(identity.deviceClass, random, incidentRate)
  const rollouts = fleet.rollouts.get(identity.deviceClass) ?? []
  const delay = Math.floor(uniform(random) * rolloutTakesSlots)
  return {
    identity,
    class: deviceClasses[identity.deviceClass],
    traits,
    state: newState(random),
    draft: newDraft(),
    site: fleet.sites.find(({ name }) => name === identity.site) ?? fleet.sites[0],
    seed,
    random,
    updateSlots: rollouts.map((start) => start + delay).filter((at) => at >= identity.firstSlot),
    incidentRate,
    attacks: (fleet.attacks.get(identity.deviceId) ?? []).map((label, number) => {
      const own = mixed(seed, 205 + number)
      return {
        label,
        random: createRandom(own, 0),
        seed: own,
        variant: (mixed(own, 1) >>> 0) / 4294967296,
      }
    }),
    events: [],
  }
}
