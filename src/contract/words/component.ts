import type { ComponentEvidence } from '../model/explanation.ts'
import { slotMs } from '../model/time.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

// What the engine's components look at, by their names without the span and without "joint".
const subjects: Readonly<Record<string, (span: string) => string>> = {
  value: () => 'this value',
  events: (span) => `count of ${span || 'this slot'}`,
  count: (span) => `count of ${span || 'this slot'}`,
  held: (span) => `all of ${span || 'this slot'}`,
  mean: (span) => `mean of ${span || 'this slot'}`,
  shift: (span) => `mean of ${span || 'this slot'}`,
  change: (span) => `change from slot to slot${span && ` of ${span}`}`,
  jolt: (span) => `largest jump${span && ` of ${span}`}`,
  spread: (span) => `swings within ${span || 'this slot'}`,
  turbulence: (span) => `swings within ${span || 'this slot'}`,
  low: (span) => `low end of ${span || 'this slot'}`,
  high: (span) => `high end of ${span || 'this slot'}`,
  silence: (span) => `every value of ${span || 'this slot'}`,
}

/**
 * What a part of the evidence looked at, and over which time: "mean of the last 8 h, given the other metrics". One
 * that is not known here is shown by its name, which `inert` makes harmless for the place where it is shown.
 */
export function componentSubject(
  evidence: ComponentEvidence,
  inert: (text: string) => string,
): string {
  const kind = kindOf(evidence)
  const span = spanWords(evidence.spanMs)
  const known = Object.hasOwn(subjects, kind) ? subjects[kind] : undefined
  const subject = known ? known(span) : `${inert(kind)} of ${span || 'this slot'}`
  return isJoint(evidence) ? `${subject}, given the other metrics` : subject
}

/** It looked at the change from slot to slot, so that its figures may have a sign. */
export function isChange(evidence: ComponentEvidence): boolean {
  return kindOf(evidence) === 'change'
}

/** It looked at how the metric goes together with the others. */
export function isJoint({ component }: ComponentEvidence): boolean {
  return /^joint\b/i.test(component)
}

/** The component's name without the words that say how long it looks; what is only a time is a mean over it. */
function kindOf({ component }: ComponentEvidence): string {
  return (
    component
      .toLowerCase()
      .split(/[\s_-]+/)
      .filter((word) => !/^(\d+\s?(s|m|min|h|d)|joint|in|an?|over|hour|day)$/.test(word))
      .join(' ') || 'mean'
  )
}

/** Empty for a slot. */
function spanWords(spanMs: number): string {
  if (spanMs <= slotMs) return ''
  if (spanMs === hourMs) return 'the last hour'
  if (spanMs === dayMs) return 'the last day'
  const hours = Math.floor(spanMs / hourMs)
  const minutes = Math.floor((spanMs % hourMs) / minuteMs)
  const words = [hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : '']
  return `the last ${words.filter((word) => word !== '').join(' ')}`
}
