import type { Isolation, QuarantinePlan } from '../contract/model/quarantine.ts'
import type { QuarantineNotice } from '../station/ports.ts'
import { timeOf } from './alarm-line.ts'
import { inert } from './terminal.ts'

/** What a running station says of a device in quarantine, in one line. */
export function noticeLine({ isUrgent, sentence }: QuarantineNotice): string {
  return `${isUrgent ? 'QUARANTINE!' : 'QUARANTINE'} ${inert(sentence)}`
}

/** An isolation in a few lines: what, who, why, until when, and how that is known. */
export function isolationLines(isolation: Isolation): string[] {
  const { state, deviceId, by, reason, startedAt, releaseAt, endedAt, proof } = isolation
  const until = endedAt === null ? releaseTime(releaseAt) : `ended ${timeOf(endedAt)}`
  const approved = isolation.approvedBy === null ? '' : `, approved by ${isolation.approvedBy}`
  return [
    `${state.toUpperCase()} ${deviceId} · since ${timeOf(startedAt)} by ${by}${approved} · ${until}`,
    `  id      ${isolation.id}`,
    `  why     ${reason}`,
    `  state   ${isolation.sentence}`,
    `  proof   ${proof.sentence}`,
    ...isolation.brokers.map((broker) => `  broker  ${broker.sourceId}: ${broker.sentence}`),
    ...isolation.differences.map((difference) => `  changed ${difference}`),
  ].map(inert)
}

/** A dry run, in words: what would be done, what it costs, how it is undone, and what forbids it. */
export function planLines(plan: QuarantinePlan): string[] {
  const { deviceId, forbidden, needsApproval, brokers } = plan
  return [
    `Dry run for ${deviceId}. Nothing was changed.`,
    ...forbidden.map((sentence) => `FORBIDDEN: ${sentence}`),
    ...(needsApproval ? ['A second person has to agree: this device is safety-critical.'] : []),
    ...brokers.flatMap(brokerLines),
  ].map(inert)
}

function brokerLines(broker: QuarantinePlan['brokers'][number]): string[] {
  const { losers } = broker
  return [
    `At ${broker.sourceId} (${broker.kind}, ${broker.address}): ${broker.identity}`,
    ...broker.forbidden.map((sentence) => `  FORBIDDEN  ${sentence}`),
    ...broker.calls.flatMap(({ sentence, exact }) => [
      `  would do   ${sentence}`,
      exactLine(exact),
    ]),
    ...broker.undo.flatMap(({ sentence, exact }) => [`  undone by  ${sentence}`, exactLine(exact)]),
    ...broker.recorded.map((sentence) => `  recorded   ${sentence}`),
    ...broker.shares.map((sentence) => `  shared     ${sentence}`),
    ...(losers === null ? ['  listeners  This broker does not tell who listens to it.'] : []),
    ...(losers ?? []).map(
      ({ client, filter }) => `  listener   ${client} on ${filter} gets nothing`,
    ),
    ...broker.losses.map((sentence) => `  lost       ${sentence}`),
    ...broker.guarantees.map(
      ({ holds, sentence }) => `  ${holds ? 'sure      ' : 'NOT SURE  '} ${sentence}`,
    ),
  ]
}

function exactLine(exact: string): string {
  return `             ${exact}`
}

function releaseTime(releaseAt: number | null): string {
  return releaseAt === null ? 'until somebody releases it' : `until ${timeOf(releaseAt)}`
}
