import { slotStartAt } from '../contract/model/time.ts'
import type { Gap } from './store/gaps.ts'

/** Gaps of sources: open ones, and closed ones that still matter to open slots. */
export interface GapWatch {
  open: Map<string, { from: number; reason: string }>
  recent: Gap[]
  /** Closed, but not yet in the store. */
  unsaved: Gap[]
  /** Spans in which a source saw everything although the station did not run. */
  recovered: Span[]
}

interface Span {
  sourceId: string
  from: number
  to: number
}

/** The source id of gaps that concern every source: Picket not running, the clock changed. */
export const wholeStation = 'station'

/** Closed gaps kept in memory; older ones are in the store and concern no open slot. */
const recentLimit = 500

export function createGapWatch(): GapWatch {
  return { open: new Map(), recent: [], unsaved: [], recovered: [] }
}

/** Begins a source's gap, or gives the one that is open the reason that is known by now. */
export function openGap(watch: GapWatch, sourceId: string, gap: { from: number; reason: string }) {
  const from = watch.open.get(sourceId)?.from ?? gap.from
  watch.open.set(sourceId, { from, reason: gap.reason })
}

/** Ends a source's gap, where there is one. */
export function closeGap(watch: GapWatch, sourceId: string, to: number): void {
  const open = watch.open.get(sourceId)
  if (!open) return
  watch.open.delete(sourceId)
  addGap(watch, { sourceId, ...open, to })
}

/** Adds a gap that is over, to be kept in the store at the next opportunity. */
export function addGap(watch: GapWatch, gap: Gap): void {
  watch.unsaved = [...watch.unsaved, gap].slice(-recentLimit)
  rememberGap(watch, gap)
}

/** Takes up a gap that the store already has. */
export function rememberGap(watch: GapWatch, gap: Gap): void {
  watch.recent.push(gap)
  if (watch.recent.length > recentLimit) watch.recent.shift()
}

/**
 * A source read up later everything that happened in this span, as from a log: gaps that lie in it do not hold for
 * it, nor does the one that is open since.
 */
export function recoverSpan(watch: GapWatch, span: Span): void {
  watch.recovered = [...watch.recovered, span].slice(-recentLimit)
  const open = watch.open.get(span.sourceId)
  if (open && open.from >= span.from) watch.open.delete(span.sourceId)
}

/** True when the source was blind for some part of the slot. */
export function isSlotPartial(watch: GapWatch, sourceId: string, slot: number): boolean {
  const from = slotStartAt(slot)
  const to = slotStartAt(slot + 1)
  const isBlind = (id: string) => (watch.open.get(id)?.from ?? Infinity) < to
  const wasBlind = (gap: Gap) => {
    const isOfSource = gap.sourceId === sourceId || gap.sourceId === wholeStation
    return isOfSource && gap.from < to && gap.to > from && !isRecovered(watch, sourceId, gap)
  }
  return isBlind(sourceId) || isBlind(wholeStation) || watch.recent.some(wasBlind)
}

function isRecovered({ recovered }: GapWatch, sourceId: string, gap: Gap): boolean {
  return recovered.some(
    (span) => span.sourceId === sourceId && span.from <= gap.from && span.to >= gap.to,
  )
}
