import type { StationClient } from '../contract/contract.ts'
import type { Alarm } from '../contract/model/alarm.ts'
import type { DeviceId } from '../contract/model/device.ts'
import type { IsolationId } from '../contract/model/isolation-id.ts'
import type { Isolation, QuarantineProof } from '../contract/model/quarantine.ts'
import type { Clock } from '../station/ports.ts'

/** How it went to take a device off the network and to bring it back. Times are real milliseconds. */
export interface QuarantineResult {
  device: DeviceId
  /** It was proved to be off: no message came through. */
  isolated: boolean
  /** Null: never proved, or nobody could see them. */
  messagesWhileIsolated: number | null
  refusedAttempts: number | null
  /** From the wish to the proof; null: never proved. */
  isolatedAfterMs: number | null
  released: boolean
  /** From the wish to release it to the first message that was seen; null: none was. */
  backAfterMs: number | null
}

interface Order {
  client: StationClient
  clock: Clock
  /** Whose device is taken off. */
  alarm: Alarm
  /** Not released before, epoch ms of the clock. */
  heldUntil: number
  /** Gives up waiting. */
  signal: AbortSignal
}

/**
 * Takes an alarmed device off the network, waits for the proof, holds it, and brings it back: through the contract,
 * as an analyst would. Throws what the contract throws.
 */
export async function quarantineAlarmed(order: Order): Promise<QuarantineResult> {
  const { client, clock, alarm, heldUntil, signal } = order
  const begunAt = clock.monotonic()
  const { id } = await isolate(client, alarm)
  const isProved = await untilProof(order, id, 'isolated')
  const isolatedAfterMs = isProved ? realMsSince(clock, begunAt) : null
  await reached(clock, heldUntil, signal)
  const { proof } = (await client.quarantine.get({ id })).isolation
  const isStillProved = isProved && proof.state === 'isolated'
  return {
    device: alarm.deviceId,
    isolated: isStillProved,
    messagesWhileIsolated: isProved ? proof.messages : null,
    refusedAttempts: isProved ? proof.refusedAttempts : null,
    isolatedAfterMs,
    ...(await release(order, id)),
  }
}

async function isolate(client: StationClient, { id, deviceId }: Alarm): Promise<Isolation> {
  const { digest } = await client.quarantine.plan({ deviceId })
  return client.quarantine.isolate({
    deviceId,
    digest,
    confirmation: deviceId,
    reason: 'The demo: it sends far more than usual, to strangers.',
    by,
    releaseAfterMinutes: null,
    alarmIds: [id],
  })
}

const by = 'The analyst of the demo'

async function release(
  order: Order,
  id: IsolationId,
): Promise<Pick<QuarantineResult, 'released' | 'backAfterMs'>> {
  const { client, clock } = order
  const begunAt = clock.monotonic()
  const { state } = await client.quarantine.release({ id, by, reason: 'The demo: it was cleaned.' })
  const isBack = await untilProof(order, id, 'back')
  return {
    released: state === 'released',
    backAfterMs: isBack ? realMsSince(clock, begunAt) : null,
  }
}

/** True once the proof says so; false where nobody waits any more. */
async function untilProof(
  { client, signal }: Order,
  id: IsolationId,
  state: QuarantineProof['state'],
): Promise<boolean> {
  // From the first event on: the proof may have come before anybody asked.
  for await (const event of await client.events.watch({ after: 0 }, { signal })) {
    if (event.kind === 'isolation' && isProof(event.isolation, id, state)) return true
    if (event.kind !== 'resync') continue
    if (isProof((await client.quarantine.get({ id })).isolation, id, state)) return true
  }
  return false
}

function isProof(isolation: Isolation, id: IsolationId, state: QuarantineProof['state']): boolean {
  return isolation.id === id && isolation.proof.state === state
}

/** Resolves when the clock shows this time, or when nobody waits any more. */
function reached(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(Math.max(0, at - clock.now()), resolve)
    const giveUp = () => {
      cancel()
      resolve()
    }
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp)
  })
}

function realMsSince(clock: Clock, begunAt: number): number {
  return Math.round((clock.monotonic() - begunAt) / clock.speed)
}
