import type { Preferences, QuietHours, Weekday } from '../../contract/model/settings.ts'

const weekdays: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const minutesPerDay = 1440

/** True while nobody is to be notified. `now`: epoch ms; its local time is that of this machine. */
export function isQuiet(
  { quietHours, pausedUntil }: Pick<Preferences, 'quietHours' | 'pausedUntil'>,
  now: number,
): boolean {
  if (pausedUntil !== null && now < pausedUntil) return true
  return quietHours !== null && isWithin(quietHours, new Date(now))
}

/** Hours over midnight belong to the day on which they begin. */
function isWithin({ from, to, days }: QuietHours, local: Date): boolean {
  const minute = local.getHours() * 60 + local.getMinutes()
  const begins = minutesOf(from)
  const lengthMinutes = (minutesOf(to) - begins + minutesPerDay) % minutesPerDay
  return [0, 1].some((daysAgo) => {
    const weekday = weekdays[(local.getDay() - daysAgo + weekdays.length) % weekdays.length]
    const passed = minute + daysAgo * minutesPerDay - begins
    return weekday !== undefined && days.includes(weekday) && passed >= 0 && passed < lengthMinutes
  })
}

function minutesOf(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(':').map(Number)
  return hours * 60 + minutes
}
