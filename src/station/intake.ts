import { metricOf } from '../contract/model/aws-metrics.ts'
import { slotOf } from '../contract/model/time.ts'
import type { Core } from './core.ts'
import type { Sample } from './datapoint.ts'
import { loadFleet, registerDevice, registerSeries } from './fleet.ts'
import { isSlotPartial } from './gaps.ts'
import { countRejection } from './rejections.ts'
import { isInQuarantine } from './mitigation/isolations.ts'
import { Refusal } from './refusal.ts'
import { noteSighting } from './sightings.ts'
import {
  dueSlots,
  fold,
  lastDueSlot,
  slotRefusal,
  unfold,
  type Change,
  type OpenMeasure,
} from './slots.ts'
import { limitReached } from './store-limit.ts'
import { upsertRecent } from './store/recent.ts'
import { transaction } from './store/transaction.ts'

/** Rows in one transaction; more would stall the event loop. */
const batchRows = 200

/** Slots that wait for a store that cannot be written to; older ones are given up, and counted. */
const waitingSlots = 24

/**
 * Files samples in their slots, in memory; `saveOpenSlots` and the end of the slot make them durable.
 * What cannot be filed is counted by reason.
 */
export function takeSamples(core: Core, sourceId: string, samples: readonly Sample[]): void {
  if (samples.length === 0) return
  try {
    fileOrRefuse(core, sourceId, samples)
  } catch {
    // A store that takes no new devices still knows the old ones: only samples that need a new row are lost.
    for (const sample of samples) fileAlone(core, sourceId, sample)
  }
}

function fileOrRefuse(core: Core, sourceId: string, samples: readonly Sample[]): void {
  const now = core.clock.now()
  allOrNothing(core, (changes) => {
    for (const sample of samples) {
      attempt(
        () => void changes.push(...fileSample(core, { sourceId, sample, now })),
        (refusal) => refuseSample(core, { sourceId, sample, refusal }),
      )
    }
  })
}

function fileAlone(core: Core, sourceId: string, sample: Sample): void {
  try {
    fileOrRefuse(core, sourceId, [sample])
  } catch (error) {
    const refusal = new Refusal('store-unavailable', String(error))
    refuseSample(core, { sourceId, sample, refusal })
  }
}

function refuseSample(
  core: Core,
  refused: { sourceId: string; sample: Sample; refusal: Refusal },
): void {
  const { sourceId, sample, refusal } = refused
  const { reason, message: detail } = refusal
  const { deviceId } = sample
  countRejection(core.rejections, { sourceId, deviceId, reason, detail, at: core.clock.now() })
}

/** Files samples and makes just them durable, all or nothing: if it throws, everything is as it was. */
export function takeDurably<Result>(core: Core, file: (changes: Change[]) => Result): Result {
  const saved = new Set<OpenMeasure>()
  const result = allOrNothing(core, (changes) => {
    const filed = file(changes)
    for (const { entry } of changes) saved.add(entry)
    writeEntries(core, [...saved])
    return filed
  })
  markSaved(core, saved)
  return result
}

/** Runs work that may throw a Refusal, and hands that on; any other error is thrown. */
export function attempt<Result>(
  work: () => Result,
  refused: (refusal: Refusal) => Result | void,
): Result | void {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return refused(error)
    throw error
  }
}

/** Files one sample and says what that changed; throws a Refusal. */
export function fileSample(
  core: Core,
  { sourceId, sample, now }: { sourceId: string; sample: Sample; now: number },
): Change[] {
  const { deviceId, metricId, at, measure, isPartial = false } = sample
  const reason = slotRefusal(core.slots, { at, now })
  if (reason) throw new Refusal(reason, `measured at ${new Date(at).toISOString()}`)
  const { fleet, store } = core
  const device = registerDevice(fleet, store.write, { deviceId, at: Math.min(at, now) })
  const seriesId = registerSeries(fleet, store.write, { device, metricId })
  const slot = slotOf(at)
  const change = fold(core.slots, { slot, seriesId, sourceId, measure, isPartial })
  core.lastSlots.set(deviceId, Math.max(slot, core.lastSlots.get(deviceId) ?? slot))
  noteSighting(core.sightings, deviceId, sourceId)
  return change ? [change] : []
}

/** Makes what is in open slots durable, in small transactions that let other work in between. */
export async function saveOpenSlots(core: Core): Promise<void> {
  await saveEntries(core, [...core.slots.dirty])
}

/** Closes the slots that are over: nothing more is filed in them, and the store has them whole. */
export async function closeSlots(core: Core, now: number): Promise<void> {
  // A folder without a single datapoint may still be given history, however soon the first turn comes.
  const isEmpty = core.judgedThrough === 0 && core.slots.open.size === 0
  if (isEmpty) return
  const time = { now, graceMs: core.settings.slots.graceSeconds * 1000 }
  core.slots.closedThrough = Math.max(core.slots.closedThrough, lastDueSlot(time))
  const due = dueSlots(core.slots, time)
  for (const slot of due.slice(0, -waitingSlots)) giveUp(core, slot, now)
  for (const slot of due.slice(-waitingSlots)) await closeSlot(core, slot)
}

async function closeSlot(core: Core, slot: number): Promise<void> {
  const entries = [...(core.slots.open.get(slot)?.values() ?? [])]
  const isDirtyOrPartial = (entry: OpenMeasure) =>
    core.slots.dirty.has(entry) || isPartial(core, entry)
  await saveEntries(core, entries.filter(isDirtyOrPartial))
  core.slots.open.delete(slot)
}

function giveUp(core: Core, slot: number, at: number): void {
  for (const entry of core.slots.open.get(slot)?.values() ?? []) {
    if (!core.slots.dirty.delete(entry)) continue
    const deviceId = core.fleet.series.get(entry.seriesId)?.deviceId ?? null
    const { sourceId } = entry
    const detail = 'the store could not be written to for two hours'
    countRejection(core.rejections, { sourceId, deviceId, reason: 'store-unavailable', detail, at })
  }
  core.slots.open.delete(slot)
}

/** Only what the broker's side counts can be short of something; a report is whole or absent. */
function isPartial(core: Core, entry: OpenMeasure): boolean {
  if (entry.isPartial) return true
  const { seriesId, sourceId, slot } = entry
  const series = core.fleet.series.get(seriesId)
  if (!series || metricOf(series.metricId).origin !== 'broker') return false
  // What it would have done was not measured, so nothing is learned from what it could not do.
  const isOff = isInQuarantine(core.isolations, series.deviceId, slot)
  return isOff || isSlotPartial(core.gaps, sourceId, slot)
}

async function saveEntries(core: Core, entries: readonly OpenMeasure[]): Promise<void> {
  for (let start = 0; start < entries.length; start += batchRows) {
    const batch = entries.slice(start, start + batchRows)
    transaction(core.store.write, () => writeEntries(core, batch))
    markSaved(core, batch)
    await letOthersRun()
  }
}

/** Runs inside a transaction; `markSaved` follows once that has been committed, and not before. */
function writeEntries(core: Core, entries: readonly OpenMeasure[]): void {
  const full = limitReached(core)
  if (full) throw full
  const rows = entries.map((entry) => ({ ...entry, isPartial: isPartial(core, entry) }))
  upsertRecent(core.store.write, rows)
}

function markSaved({ slots }: Core, entries: Iterable<OpenMeasure>): void {
  for (const entry of entries) slots.dirty.delete(entry)
}

/** New devices and series are rows too: if they do not last, memory must forget them again. */
function allOrNothing<Result>(core: Core, file: (changes: Change[]) => Result): Result {
  const changes: Change[] = []
  try {
    return transaction(core.store.write, () => file(changes))
  } catch (error) {
    unfold(core.slots, changes)
    core.fleet = loadFleet(core.store.read, core.settings.limits)
    throw error
  }
}

/** Gives sockets and calls a turn between two transactions. */
export function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
