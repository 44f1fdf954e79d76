import { slotMs, slotSeconds, slotsPerDay, slotsPerHour } from './metrics.ts'
import {
  createRandom,
  happens,
  integerWithin,
  logNormal,
  mixed,
  normal,
  poisson,
  uniform,
  type Random,
} from './random.ts'

/** Everything the devices of one place share. The arrays have one entry per slot from the start. */
export interface Site {
  name: string
  /** How much is going on, about 0 to 1.3. */
  activity: Float64Array
  /** How many people come in, about 0 to 1.5. */
  arrivals: Float64Array
  /** Of a neighbourhood, for pumps: about 0.2 to 1.6, the same on a holiday. */
  waterDemand: Float64Array
  isOpen: Uint8Array
  isLinkDown: Uint8Array
  /** The site's own vulnerability scanner goes round once a week, at some sites. */
  isScanned: Uint8Array
}

export interface SiteOptions {
  seed: number
  index: number
  slots: number
  startAt: number
  incidentRate: number
}

interface Week {
  workday: readonly number[]
  saturday: readonly number[]
  sunday: readonly number[]
}

type Day = keyof Week

/** Percent of full activity at each hour of the local day; between the hours it is interpolated. */
const weeks: readonly [Week, ...Week[]] = [
  {
    // Three shifts, changing at 6, 14 and 22.
    workday: hours('80 82 70 82 80 72 55 95 100 88 100 98 80 96 60 95 96 94 80 95 92 85 55 82'),
    saturday: hours('80 80 70 78 76 66 50 70 72 64 70 66 50 40 20 14 14 12 12 12 12 10 10 10'),
    sunday: hours('10 10 10 10 10 10 10 12 14 14 14 12 12 12 12 12 12 12 12 14 16 20 55 80'),
  },
  {
    // Offices, with lunch.
    workday: hours('5 5 5 5 5 7 18 48 86 100 98 94 62 78 96 95 88 66 34 18 11 8 6 5'),
    saturday: hours('5 5 5 5 5 5 6 8 12 15 16 15 14 12 11 10 8 7 6 6 5 5 5 5'),
    sunday: hours('5 5 5 5 5 5 5 5 6 6 6 6 6 6 6 6 6 5 5 5 5 5 5 5'),
  },
  {
    // Shops, open on Saturday.
    workday: hours('4 4 4 4 4 6 10 18 34 52 62 70 82 74 66 72 88 100 84 50 22 9 5 4'),
    saturday: hours('4 4 4 4 4 6 10 20 42 74 96 112 118 114 106 98 90 76 52 28 12 7 5 4'),
    sunday: hours('4 4 4 4 4 4 4 4 5 6 6 6 6 6 6 6 6 6 5 5 4 4 4 4'),
  },
  {
    // Two shifts, six to ten at night.
    workday: hours('9 8 8 8 9 28 82 96 100 78 99 97 70 92 62 94 95 93 74 90 84 60 22 12'),
    saturday: hours('8 8 8 8 8 20 56 62 64 50 60 56 36 20 12 10 9 9 9 8 8 8 8 8'),
    sunday: hours('8 8 8 8 8 8 8 8 8 8 9 9 9 9 9 8 8 8 8 8 8 8 8 8'),
  },
  {
    // A hospital: never quiet.
    workday: hours('38 34 32 32 36 48 72 92 100 98 96 94 88 92 90 84 78 72 66 62 58 52 46 42'),
    saturday: hours('36 33 31 31 34 42 54 64 68 68 66 64 62 64 64 62 60 58 56 54 50 46 42 38'),
    sunday: hours('36 33 31 31 33 40 50 60 64 66 64 62 60 64 66 64 60 58 56 52 48 44 40 38'),
  },
]

const water: Week = {
  workday: hours('24 20 18 18 24 52 118 150 124 92 84 82 90 82 72 74 88 112 138 142 120 88 56 34'),
  saturday: hours(
    '34 26 20 18 20 30 58 96 130 140 126 112 106 96 84 84 94 110 124 122 104 82 60 44',
  ),
  sunday: hours(
    '40 30 22 18 20 26 46 84 124 142 136 122 118 100 84 82 92 110 126 124 104 78 54 38',
  ),
}

const daysOfTheWeek: readonly Day[] = [
  'sunday',
  'workday',
  'workday',
  'workday',
  'workday',
  'workday',
  'saturday',
]

const opensAbove = 0.18
const holidayEveryDays = 25
const outagesPerDay = 1 / 14

function hours(percentages: string): readonly number[] {
  return percentages.split(' ').map((percent) => Number(percent) / 100)
}

export function createSite(options: SiteOptions): Site {
  const { slots, index } = options
  const random = createRandom(options.seed, mixed(index, 101))
  const site: Site = {
    name: `site-${index + 1}`,
    activity: new Float64Array(slots),
    arrivals: new Float64Array(slots),
    waterDemand: new Float64Array(slots),
    isOpen: new Uint8Array(slots),
    isLinkDown: new Uint8Array(slots),
    isScanned: new Uint8Array(slots),
  }
  const week = weeks[(index + (mixed(options.seed, 102) >>> 0)) % weeks.length] ?? weeks[0]
  live(site, { ...options, week, random })
  findArrivals(site)
  breakDown(site, options, random)
  return site
}

interface Life extends SiteOptions {
  week: Week
  random: Random
}

/** Fills the rhythms: hour, day of the week and holiday, the day's own level, weather-like noise. */
function live(site: Site, { week, random, ...options }: Life): void {
  const offsetMs = (integerWithin(random, [-1, 2]) * 60 + integerWithin(random, [-25, 25])) * 60_000
  const isScanner = happens(random, 0.5)
  const holidaySeed = mixed(options.seed, 103 + options.index)
  let today = Number.NaN
  let level = 1
  let noise = 0
  for (let slot = 0; slot < options.slots; slot++) {
    const localAt = options.startAt + slot * slotMs + offsetMs
    const day = Math.floor(localAt / 86_400_000)
    const hour = localAt / 3_600_000 - day * 24
    if (day !== today) level = logNormal(random, 0.07)
    today = day
    noise = 0.96 * noise + 0.28 * 0.08 * normal(random)
    const kind = kindOf(day, holidaySeed)
    const usual = between(week[kind], hour)
    site.activity[slot] = usual * level * Math.exp(noise)
    site.waterDemand[slot] = between(water[kind], hour) * Math.exp(noise * 1.5)
    site.isOpen[slot] = usual > opensAbove ? 1 : 0
    const isScanHour = isScanner && options.incidentRate > 0 && day % 7 === 3 && hour < 3.5
    site.isScanned[slot] = isScanHour && hour >= 2 ? 1 : 0
  }
}

/** The week begins on Thursday, 1 January 1970; a holiday is a Sunday. */
function kindOf(day: number, seed: number): Day {
  const isHoliday = (mixed(seed, day) >>> 0) % holidayEveryDays === 0
  if (isHoliday) return 'sunday'
  return daysOfTheWeek[(day + 4) % 7] ?? 'workday'
}

function between(table: readonly number[], hour: number): number {
  const whole = Math.floor(hour)
  const share = hour - whole
  return (table[whole] ?? 0) * (1 - share) + (table[(whole + 1) % 24] ?? 0) * share
}

/** People come in while the activity rises; a few move about whenever it is not zero. */
function findArrivals(site: Site): void {
  const { activity, arrivals } = site
  for (let slot = 0; slot < activity.length; slot++) {
    const before = activity[Math.max(0, slot - slotsPerHour)] ?? 0
    const now = activity[slot] ?? 0
    arrivals[slot] = Math.max(0, now - before) * 1.8 + 0.18 * now
  }
}

/** The site's own way to the Internet fails at times, for ten minutes in the middle. */
function breakDown(site: Site, options: SiteOptions, random: Random): void {
  const days = options.slots / slotsPerDay
  const outages = poisson(random, outagesPerDay * days * options.incidentRate)
  for (let outage = 0; outage < outages; outage++) {
    const from = Math.floor(uniform(random) * options.slots)
    const lastsSlots = Math.max(1, Math.round((logNormal(random, 1) * 600) / slotSeconds))
    site.isLinkDown.fill(1, from, from + lastsSlots)
  }
}
