import { StationError } from '../../src/contract/errors.ts'
import type { BrokerRecord, QuarantineController } from '../../src/station/mitigation/controller.ts'

type Call = 'prepare' | 'isolate' | 'inspect' | 'release'

/** A broker with a list of blocked devices, and a control that fails as a test says. */
export interface FakeBroker {
  controller: QuarantineController
  /** What the broker itself holds: it outlives any control. */
  blocked: Set<string>
  /** What others changed there. */
  differences: string[]
  /** Calls in their order: `isolate pump-1`. */
  calls: string[]
  /** Sentences of the next plans. */
  forbidden: string[]
  losses: string[]
  recorded: string[]
  /** The next call of this kind throws, before or after it did its work at the broker. */
  failNext(call: Call, how: { error: Error; isDone?: boolean }): void
  /** Every call throws until the function that it returns is called. */
  goDown(): () => void
}

export const unreachable = () => new StationError('BROKER_UNREACHABLE', 'The broker is away.')
export const refusal = () => new StationError('BROKER_REFUSED', 'The broker said no.')

export function createFakeBroker(
  sourceId: string,
  kind: QuarantineController['kind'] = 'emqx',
): FakeBroker {
  const failures = new Map<Call, { error: Error; isDone?: boolean }[]>()
  const broker: FakeBroker = {
    blocked: new Set(),
    differences: [],
    calls: [],
    forbidden: [],
    losses: [],
    recorded: ['that it was not blocked'],
    failNext: (call, how) => void failures.set(call, [...(failures.get(call) ?? []), how]),
    goDown,
    controller: undefined as unknown as QuarantineController,
  }
  let isDown = false

  function goDown() {
    isDown = true
    return () => void (isDown = false)
  }

  async function doing<Result>(call: Call, device: string, work: () => Result): Promise<Result> {
    broker.calls.push(`${call} ${device}`)
    if (isDown) throw unreachable()
    const failure = failures.get(call)?.shift()
    if (failure && !failure.isDone) throw failure.error
    const result = work()
    if (failure) throw failure.error
    return result
  }

  broker.controller = {
    sourceId,
    kind,
    address: `mqtt://${sourceId}`,
    guarantees: [],
    prepare: ({ deviceId }) =>
      doing('prepare', deviceId, () => ({
        plan: {
          identity: `the user name ${deviceId}`,
          calls: [{ sentence: 'It is blocked.', exact: `block ${deviceId}` }],
          undo: [{ sentence: 'It is unblocked.', exact: `unblock ${deviceId}` }],
          recorded: [...broker.recorded],
          shares: [],
          losers: null,
          losses: [...broker.losses],
          forbidden: [...broker.forbidden],
        },
        record: { version: 1, device: deviceId },
      })),
    isolate: (record) =>
      doing('isolate', deviceOf(record), () => void broker.blocked.add(deviceOf(record))),
    inspect: (record) =>
      doing('inspect', deviceOf(record), () => {
        const isInForce = broker.blocked.has(deviceOf(record))
        const sentence = isInForce ? 'It is blocked.' : 'It is not blocked.'
        return { isInForce, isAsBefore: !isInForce, differences: [...broker.differences], sentence }
      }),
    release: (record, manner) =>
      doing('release', `${deviceOf(record)} ${manner}`, () => {
        broker.blocked.delete(deviceOf(record))
      }),
    stop: () => Promise.resolve(),
  }
  return broker
}

function deviceOf(record: BrokerRecord): string {
  return String(record['device'])
}
