/** The next six in the morning by this machine's clock, epoch ms. */
export function nextMorning(now: number): number {
  const morning = new Date(now)
  morning.setHours(6, 0, 0, 0)
  if (morning.getTime() <= now) morning.setDate(morning.getDate() + 1)
  return morning.getTime()
}
