const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** A span in at most two units, such as "14 s", "3 min", "2 h 5 min" or "3 d 4 h". Negative spans count as none. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, ms)
  if (span < minuteMs) return `${Math.floor(span / secondMs)} s`
  if (span < hourMs) return `${Math.floor(span / minuteMs)} min`
  if (span < dayMs) return twoUnits(span, [hourMs, 'h'], [minuteMs, 'min'])
  return twoUnits(span, [dayMs, 'd'], [hourMs, 'h'])
}

/** A span as people say it of the past: "14 s ago". */
export function formatAgo(ms: number): string {
  return `${formatSpan(ms)} ago`
}

type Unit = readonly [ms: number, name: string]

function twoUnits(span: number, [largeMs, large]: Unit, [smallMs, small]: Unit): string {
  const whole = Math.floor(span / largeMs)
  const rest = Math.floor((span % largeMs) / smallMs)
  return rest === 0 ? `${whole} ${large}` : `${whole} ${large} ${rest} ${small}`
}
