import { StationError } from '../contract/errors.ts'
import { allMetricsTogether, metricOf } from '../contract/model/aws-metrics.ts'
import type { Alarm } from '../contract/model/alarm.ts'
import { slotStartAt } from '../contract/model/time.ts'
import { stepAlarm, stepSilence, type AlarmChange } from './alarms/alarm-machine.ts'
import { examine, mostSensitive, type Finding, type ProfiledBehavior } from './alarms/behaviors.ts'
import {
  alarmKey,
  continueAlarm,
  endAlarm,
  eventOf,
  raiseAlarm,
  type Evidence,
  type TrackedAlarm,
} from './alarms/tracked-alarm.ts'
import type { Core } from './core.ts'
import type { Datapoint } from './datapoint.ts'
import { valueOf } from './datapoint-value.ts'
import type { Scores } from './engine/protocol.ts'
import { letOthersRun } from './intake.ts'
import { judgedTogether, notShownAlone, type Judged } from './judged-together.ts'
import { isNotJudged } from './mitigation/isolations.ts'
import { insertAlarmEvent, upsertAlarm, writeAlarmState } from './store/alarms.ts'
import { nextRecentSlot, readRecentSlot, upsertRecent, writeScores } from './store/recent.ts'
import { writeState } from './store/state.ts'
import { transaction } from './store/transaction.ts'

/** Datapoints scored and stepped together, about: one message to the engine, at most one transaction. */
const batchSize = 200

/** Scores below this are every-day noise and are not kept: p > 1e-2. */
const leastKeptScore = 2

/** Where the store remembers how far judging has come. */
export const judgedThroughKey = 'judged-through-slot'

/** Where the store remembers when each device was last heard, so that a restart does not forget it. */
export const lastSlotsKey = 'last-slots'

interface JudgedAlarm {
  key: string
  tracked: TrackedAlarm | null
  alarm: Alarm | null
  change: AlarmChange
}

/**
 * Judges every closed slot that was not judged yet, oldest first: also those of before a crash, or of while
 * the engine was down. Throws when the engine is down; the next call goes on from there.
 */
export async function judgeClosedSlots(core: Core): Promise<void> {
  let slot = nextRecentSlot(core.store.read, core.judgedThrough)
  while (slot !== null && slot <= core.slots.closedThrough) {
    await judgeSlot(core, slot)
    slot = nextRecentSlot(core.store.read, core.judgedThrough)
  }
  // Where the whole site is silent there are no slots to judge, and alarms must end all the same.
  endSilentAlarms(core, core.slots.closedThrough)
}

async function judgeSlot(core: Core, slot: number): Promise<void> {
  for (const batch of batchesOf(readDatapoints(core, slot))) await judgeBatch(core, batch)
  endSilentAlarms(core, slot)
  transaction(core.store.write, () => {
    writeState(core.store.write, judgedThroughKey, String(slot))
    writeState(core.store.write, lastSlotsKey, JSON.stringify([...core.lastSlots]))
  })
  core.judgedThrough = slot
  core.announcer.announce({ kind: 'slot-closed', slotStartAt: slotStartAt(slot) }, core.clock.now())
}

/** Whole devices, for the engine judges a device's metrics together. */
function batchesOf(datapoints: readonly Datapoint[]): Datapoint[][] {
  const batches: Datapoint[][] = []
  for (const own of Map.groupBy(datapoints, ({ deviceId }) => deviceId).values()) {
    const last = batches.at(-1)
    if (last && last.length < batchSize) last.push(...own)
    else batches.push([...own])
  }
  return batches
}

async function judgeBatch(core: Core, datapoints: readonly Datapoint[]): Promise<void> {
  const { points, devices } = await scoreInEngine(core, datapoints)
  const alone = datapoints.map((datapoint, index) => ({
    datapoint,
    verdict: points[index] ?? null,
  }))
  const together = devices.map((device) => judgedTogether(core, device))
  const judged = alone.flatMap((each) => judgeDatapoint(core, each))
  judged.push(
    ...notShownAlone(core, judged, together).flatMap((each) => judgeDatapoint(core, each)),
  )
  const scores = keptScores([...alone, ...together])
  if (judged.length > 0 || scores.length > 0 || together.length > 0) {
    transaction(core.store.write, () => {
      upsertRecent(
        core.store.write,
        together.map(({ datapoint }) => datapoint),
      )
      writeScores(core.store.write, scores)
      save(core, judged, datapoints[0]?.slot ?? 0)
    })
  }
  conclude(core, judged)
  await letOthersRun()
}

/** Without a model there is nothing to ask the engine, as while history is read in. */
async function scoreInEngine(core: Core, datapoints: readonly Datapoint[]): Promise<Scores> {
  if (core.models.size === 0) return { points: [], devices: [] }
  if (!core.hasEngineModels) throw new StationError('ENGINE_DOWN')
  return core.engine.score(
    datapoints.map(({ deviceId, metricId, slot, measure, isPartial }) => ({
      deviceId,
      metricId,
      slot,
      isPartial,
      value: valueOf(metricOf(metricId).kind, measure),
      explainAt: mostSensitive(core.behaviors.get(metricId) ?? []),
    })),
  )
}

/** What a datapoint means for each behavior on its metric. Behaviors with nothing new are left out. */
function judgeDatapoint(core: Core, { datapoint, verdict }: Judged): JudgedAlarm[] {
  const profiled = core.behaviors.get(datapoint.metricId) ?? []
  const isJudged = !isLeftOut(core, datapoint)
  return profiled.flatMap((each) => {
    const found = examine(each.behavior, datapoint, verdict)
    const finding: Finding = isJudged ? found : { ...found, outcome: 'unknown' }
    return judgeBehavior(core, each, { datapoint, finding, verdict })
  })
}

/** What a broker sees of a device in quarantine is Picket's own doing. Its alarms stay as they are. */
function isLeftOut({ isolations }: Core, { deviceId, metricId, slot }: Datapoint): boolean {
  const isOfBroker = metricId === allMetricsTogether.id || metricOf(metricId).origin === 'broker'
  return isOfBroker && isNotJudged(isolations, deviceId, slot)
}

function judgeBehavior(core: Core, profiled: ProfiledBehavior, evidence: Evidence): JudgedAlarm[] {
  const { datapoint, finding } = evidence
  const key = alarmKey(profiled, datapoint.deviceId)
  const known = core.alarms.get(key) ?? null
  const { criteria } = profiled.behavior
  const { state, change } = stepAlarm(
    known?.state ?? null,
    { slot: datapoint.slot, outcome: finding.outcome },
    {
      datapointsToAlarm: criteria.consecutiveDatapointsToAlarm,
      datapointsToClear: criteria.consecutiveDatapointsToClear,
    },
  )
  if (state === (known?.state ?? null)) return []
  const alarm = alarmAfter({ known, state, change, profiled, evidence })
  return [{ key, alarm, change, tracked: state && { state, alarm: alarm ?? known?.alarm ?? null } }]
}

function alarmAfter(step: {
  known: TrackedAlarm | null
  state: TrackedAlarm['state'] | null
  change: AlarmChange
  profiled: ProfiledBehavior
  evidence: Evidence
}): Alarm | null {
  const { known, state, change, profiled, evidence } = step
  if (change === 'in-alarm' && state) return raiseAlarm(profiled, state, evidence)
  if (!known?.alarm) return null
  if (change === 'still-in-alarm' && state) return continueAlarm(known.alarm, state, evidence)
  const endedAt = slotStartAt(evidence.datapoint.slot + 1)
  return change === 'alarm-cleared' ? endAlarm(known.alarm, change, endedAt) : null
}

function endSilentAlarms(core: Core, slot: number): void {
  const silenced = [...core.alarms].flatMap(([key, tracked]) => {
    const { deviceId } = tracked.alarm ?? {}
    const isOff = deviceId !== undefined && isNotJudged(core.isolations, deviceId, slot)
    return isOff ? [] : judgeSilence(key, tracked, slot)
  })
  if (silenced.length === 0) return
  transaction(core.store.write, () => save(core, silenced, slot))
  conclude(core, silenced)
}

function judgeSilence(key: string, tracked: TrackedAlarm, slot: number): JudgedAlarm[] {
  const { state, change } = stepSilence(tracked.state, slot)
  if (state) return []
  const isOver = change === 'alarm-invalidated' && tracked.alarm !== null
  const alarm = isOver && tracked.alarm ? endAlarm(tracked.alarm, change, slotStartAt(slot)) : null
  return [{ key, alarm, change, tracked: null }]
}

/** Writes what was judged. Runs inside a transaction. */
function save({ store: { write } }: Core, judged: readonly JudgedAlarm[], slot: number): void {
  for (const { key, tracked, alarm, change } of judged) {
    writeAlarmState(write, key, tracked && JSON.stringify(tracked))
    if (alarm) upsertAlarm(write, alarm)
    if (alarm && isTurn(change)) insertAlarmEvent(write, eventOf(alarm, slotStartAt(slot)))
  }
}

/** Takes over in memory what the store now has, and tells the world. */
function conclude(core: Core, judged: readonly JudgedAlarm[]): void {
  for (const { key, tracked, alarm, change } of judged) {
    if (tracked) core.alarms.set(key, tracked)
    else core.alarms.delete(key)
    if (!alarm) continue
    core.announcer.announce({ kind: 'alarm', alarm }, core.clock.now())
    if (isTurn(change) && !alarm.isSuppressed) core.ports.notifier.alarmChanged(alarm)
  }
}

/** A change that belongs in the history, rather than one more violation of the same alarm. */
function isTurn(change: AlarmChange): boolean {
  return change !== null && change !== 'still-in-alarm'
}

function keptScores(judged: readonly Judged[]) {
  return judged.flatMap(({ datapoint: { slot, seriesId }, verdict }) => {
    const score = verdict?.score ?? 0
    return score >= leastKeptScore ? [{ slot, seriesId, score }] : []
  })
}

function readDatapoints(core: Core, slot: number): Datapoint[] {
  const datapoints: Datapoint[] = []
  for (const row of readRecentSlot(core.store.read, slot)) {
    const series = core.fleet.series.get(row.seriesId)
    if (!series || series.metricId === allMetricsTogether.id) continue
    datapoints.push({ ...row, deviceId: series.deviceId, metricId: series.metricId })
  }
  return datapoints
}
