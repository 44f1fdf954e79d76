import { randomBytes } from 'node:crypto'
import { isolationId } from '../../contract/model/isolation-id.ts'
import type { ControllerKind, Isolation, QuarantineProof } from '../../contract/model/quarantine.ts'
import type { BrokerRecord } from './controller.ts'
import { newCourse, type BrokerState, type IsolationCourse } from './isolation-machine.ts'

/** An isolation as the station keeps it, in memory and as JSON in the store. */
export interface KeptIsolation extends Pick<
  Isolation,
  'id' | 'deviceId' | 'reason' | 'by' | 'approvedBy' | 'alarmIds' | 'startedAt' | 'releaseAt'
> {
  endedAt: number | null
  course: IsolationCourse
  /** As many as the course has, in its order. */
  brokers: readonly KeptBroker[]
  /** Who wants it released, and why; null: nobody yet. */
  release: { by: string; reason: string } | null
  /** Why what is to be done is not done yet; null: nothing is in the way. */
  trouble: string | null
  /** Why a broker refused to isolate it; null: none did. */
  failure: string | null
  differences: readonly string[]
  proof: QuarantineProof
}

export interface KeptBroker {
  sourceId: string
  kind: ControllerKind
  address: string
  /** What the controller wrote down before anything was done. */
  record: BrokerRecord
  /** What the broker said when it was last asked, and whether the block was whole then; null: not asked yet. */
  readBack: { isInForce: boolean; isAsBefore: boolean; sentence: string } | null
}

export function newIsolation(
  wanted: Pick<
    KeptIsolation,
    'deviceId' | 'reason' | 'by' | 'approvedBy' | 'alarmIds' | 'releaseAt' | 'brokers'
  >,
  now: number,
): KeptIsolation {
  return {
    ...wanted,
    id: isolationId.parse(randomBytes(16).toString('hex')),
    startedAt: now,
    endedAt: null,
    course: newCourse(wanted.brokers.length),
    release: null,
    trouble: null,
    failure: null,
    differences: [],
    proof: beforeProof(now),
  }
}

/** Nothing is known yet. */
export function beforeProof(now: number): QuarantineProof {
  return {
    state: 'watching',
    sentence: 'Not watched yet.',
    since: now,
    checkedAt: now,
    messages: null,
    refusedAttempts: null,
    readBack: 'Not read back yet.',
  }
}

export function isEnded({ course }: KeptIsolation): boolean {
  return course.state === 'released' || course.state === 'failed'
}

/** As people see it. */
export function shownIsolation(kept: KeptIsolation): Isolation {
  const { id, deviceId, reason, by, approvedBy, alarmIds, startedAt, releaseAt, endedAt } = kept
  return {
    ...{ id, deviceId, reason, by, approvedBy, alarmIds, startedAt, releaseAt, endedAt },
    state: kept.course.state,
    sentence: sentenceOf(kept),
    brokers: kept.brokers.map(({ sourceId, kind, readBack }, index) => {
      const state = kept.course.brokers[index] ?? 'pending'
      return { sourceId, kind, state, sentence: readBack?.sentence ?? brokerSentences[state] }
    }),
    proof: kept.proof,
    differences: [...kept.differences],
  }
}

const brokerSentences: Record<BrokerState, string> = {
  pending: 'Not done yet.',
  isolated: 'Blocked there.',
  released: 'As it was before.',
  failed: 'Not blocked there: it was undone, or never begun.',
}

function sentenceOf(kept: KeptIsolation): string {
  const { course, trouble, failure } = kept
  if (course.state === 'isolating' && course.isUndoing) {
    return trouble
      ? `It could not be isolated (${failure}), and what was done is not undone yet. ${trouble} It is tried again for ever.`
      : `It could not be isolated (${failure}). What was done is being undone.`
  }
  if (course.state === 'isolating') {
    return trouble
      ? `Not isolated yet. ${trouble} It is tried again until it succeeds or somebody releases the device.`
      : 'Being isolated.'
  }
  if (course.state === 'releasing') {
    return trouble ? `Not released yet. ${trouble} It is tried again for ever.` : 'Being released.'
  }
  return settledSentence(kept)
}

function settledSentence({ course, failure, release }: KeptIsolation): string {
  switch (course.state) {
    case 'isolated':
      return 'Blocked at every broker that has it.'
    case 'changed':
      return 'The broker is not as the isolation left it. Nothing was released: say whether to restore what was recorded, or only to lift the block and keep the other changes.'
    case 'failed':
      return `It could not be isolated: ${failure} What was done was undone.`
    default:
      return `Released by ${release?.by ?? 'Picket'}: ${release?.reason ?? 'its time was up.'}`
  }
}
