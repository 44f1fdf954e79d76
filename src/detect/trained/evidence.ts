import { confidenceScore } from '../confidence.ts'
import type { ConfidenceLevel } from '../../contract/model/profile.ts'
import { bucketOf } from './calendar.ts'
import { recall } from './device-memory.ts'
import { componentValue } from './component-value.ts'
import { componentsOf, courseOf, isDeparture, type Component } from './components.ts'
import { eventsAt } from './expected-range.ts'
import type { ComponentEvidence } from './explanation.ts'
import { placeUnit, type Reader } from './group-plan.ts'
import { fieldOf, readHabits } from './habit-table.ts'
import { fromStrangeness } from './habit.ts'
import type { Judging, View } from './judging.ts'
import { strangenessAt } from './limits.ts'
import { fromLog } from './log-scale.ts'
import type { MetricModel } from './model.ts'
import { endsOf, partnerLog } from './places.ts'
import { missing, placeAgo } from './sliding.ts'
import type { Range } from './verdict.ts'

interface Exhibit {
  judging: Judging
  view: View
  index: number
  metric: MetricModel
  reader: Reader
}

/**
 * What a component looked at and where that normally lies, in the metric's unit: `observed` is what its own statistic
 * comes to (a typical value for means and ranks, a size of movement for departures, events for counts, the last 0 of a
 * silence), `expected` what it would have to stay within to stay short of the level alone.
 */
export function evidenceOf(
  judging: Judging,
  view: View,
  asked: {
    index: number
    component: number
    confidence: ConfidenceLevel
    share: number
    value: number
  },
): ComponentEvidence | null {
  const metric = judging.metrics[asked.index]
  const reader = judging.group.plan.readers[asked.index]?.[asked.component]
  const component = metric && componentsOf(metric)[asked.component]
  if (!metric || !reader || !component) return null
  const exhibit = { judging, view, index: asked.index, metric, reader }
  const row = view.seat.rows[asked.index] ?? 0
  const rate = metric.devices.levels[row] ?? 0
  const value = componentValue(reader, view.windows, rate)
  if (component.of === 'silence') return silenceOf(component, value * judging.model.slotMs, asked)
  const usual = readHabits(metric.devices.habits, fieldOf(metric, row, asked.component)).centre
  return {
    component: component.name,
    spanMs: reader.span * judging.model.slotMs,
    head: courseOf(component),
    share: asked.share,
    direction: value < usual ? 'below' : 'above',
    // A place far out was clipped; the value was not.
    observed: reader.statistic === 'place' ? asked.value : inUnit(exhibit, component, value),
    expected: rangeOf(exhibit, component, limitsAt(metric, { ...asked, row })),
  }
}

/** Nothing but 0 for so long: in the metric's unit there is no range to stay in. */
function silenceOf(
  component: Component,
  spanMs: number,
  { share, value }: { share: number; value: number },
): ComponentEvidence {
  const nowhere = { low: null, high: null }
  const { name } = component
  const head = courseOf(component)
  return {
    component: name,
    spanMs,
    head,
    share,
    direction: 'below',
    observed: value,
    expected: nowhere,
  }
}

/** What the component may come to, in its own terms, before it reaches the level alone. */
function limitsAt(
  metric: MetricModel,
  { row, component, confidence }: { row: number; component: number; confidence: ConfidenceLevel },
): { low: number; high: number } {
  const score = confidenceScore[confidence]
  const { centre, above, below } = readHabits(
    metric.devices.habits,
    fieldOf(metric, row, component),
  )
  const strange = (side: 0 | 1) => strangenessAt(metric, { component, side, score })
  return {
    low: centre - fromStrangeness(strange(1), below),
    high: centre + fromStrangeness(strange(0), above),
  }
}

function rangeOf(
  exhibit: Exhibit,
  component: Component,
  { low, high }: { low: number; high: number },
): Range {
  const highest = high === Infinity ? null : inUnit(exhibit, component, high)
  if (low === -Infinity) return { low: null, high: highest }
  const lowest = inUnit(exhibit, component, low)
  return { low: lowest <= 0 && !exhibit.metric.isSigned ? null : lowest, high: highest }
}

function inUnit(exhibit: Exhibit, { statistic, of }: Component, value: number): number {
  const { view, metric, reader } = exhibit
  if (statistic === 'count') return eventsIn(exhibit, value)
  const track = trackOf(exhibit, of)
  const scale = view.seat.scales[track] ?? 1
  const edge = edgeIn(exhibit, track, value < 0 ? 'low' : 'high')
  const typical = edge + givenIn(exhibit, of, scale)
  const counts = view.windows.places.counts[reader.sum] ?? 0
  // The mean of a window with gaps was drawn in.
  const stretch = statistic === 'mean' ? Math.sqrt(reader.span / Math.max(1, counts)) : 1
  const moved = fromLog(typical + value * stretch * scale, metric.unit)
  return isDeparture(statistic) ? moved - fromLog(typical, metric.unit) : moved
}

/** Events of the window whose deviance this is. */
function eventsIn({ view, metric, reader, index }: Exhibit, value: number): number {
  const rate = metric.devices.levels[view.seat.rows[index] ?? 0] ?? 0
  return eventsAt(value, rate * (view.windows.places.counts[reader.sum] ?? 0))
}

/** Middle of an edge of the corridor over what the component looks back on, log units. */
function edgeIn({ judging, view, reader }: Exhibit, track: number, edge: 'low' | 'high'): number {
  let sum = 0
  for (let ago = 0; ago < reader.span; ago++) {
    const bucket = bucketOf(view.slot - ago, judging.model.slotMs)
    sum += endsOf(judging.group, { seat: view.seat, index: track, bucket })[edge]
  }
  return sum / reader.span
}

function trackOf({ judging, index }: Exhibit, of: Component['of']): number {
  return of === 'ratio' ? judging.metrics.length + index : index
}

/** What other metrics add to where the metric is expected, log units. */
function givenIn(exhibit: Exhibit, of: Component['of'], scale: number): number {
  if (of === 'metric') return 0
  return of === 'ratio' ? partnerIn(exhibit) : foretoldIn(exhibit) * scale
}

/** Mean log of what the ratio is taken to over what the component looks back on. */
function partnerIn({ judging, view, index, reader }: Exhibit): number {
  const { measures } = view.memory
  let sum = 0
  let count = 0
  for (let ago = 0; ago < reader.span; ago++) {
    const from = recall(view.memory, view.slot - ago)
    const log = from < 0 ? NaN : partnerLog(judging.group, index, { measures, from })
    if (log !== log) continue
    sum += log
    count++
  }
  return count > 0 ? sum / count : 0
}

/** Mean place that the partners foretold over what the component looks back on. */
function foretoldIn({ view, index, reader }: Exhibit): number {
  let sum = 0
  let count = 0
  for (let ago = 0; ago < reader.span; ago++) {
    const own = placeAgo(view.windows.places, index, ago)
    const left = placeAgo(view.windows.places, reader.channel, ago)
    if (own === missing || left === missing) continue
    sum += (own - left) / placeUnit
    count++
  }
  return count > 0 ? sum / count : 0
}
