import type { ControllerContext } from '../controller-context.ts'
import type { Preparation, QuarantineTarget } from '../controller.ts'
import { shownName } from '../shown-name.ts'
import {
  encoded,
  isLeft,
  isOwn,
  recordOf,
  shownBan,
  shownBlock,
  type Ban,
  type Block,
} from './bans.ts'
import { isolated, stepsToIsolate, stepsToRelease, type Step } from './steps.ts'

/** The dry run. */
export function prepared(
  bans: readonly Ban[],
  target: QuarantineTarget,
  context: Pick<ControllerContext, 'ownLogins' | 'ownClients' | 'now'>,
): Preparation {
  const record = recordOf(target, bans)
  const { blocks } = record
  const release = { record, manner: 'restore', at: context.now() } as const
  return {
    plan: {
      identity: blocks.map(shownBlock).join(', ') || 'nothing that EMQX could tell it by',
      calls: [...stepsToIsolate(bans, record).map(callOf), ...blocks.map(kicksOf)],
      undo: stepsToRelease(isolated(bans, record), release).map(callOf),
      recorded: blocks.map(recordedOf),
      shares: [],
      losers: null,
      losses,
      forbidden:
        blocks.length === 0 ? [nameless] : blocks.flatMap((block) => whyNot(block, context)),
    },
    record,
  }
}

function callOf({ sentence, call: { method, path, body } }: Step) {
  const exact = body ? `${method} ${path} ${JSON.stringify(body)}` : `${method} ${path}`
  return { sentence, exact }
}

/** Which clients these are is looked up once the ban is there, so that none slips in between. */
function kicksOf(block: Block) {
  const query = `GET /clients?${block.as}=${encoded(block.who)}`
  return {
    sentence: `EMQX ends every connection of ${shownBlock(block)}.`,
    exact: `${query}, then DELETE /clients/{clientid} for each that is connected`,
  }
}

function recordedOf(block: Block): string {
  const { before } = block
  if (before === null) return `That ${shownBlock(block)} was not banned.`
  const ban = `The ban of ${shownBlock(block)}, ${shownBan(before)}`
  return isLeft(block)
    ? `${ban}. It lasts long enough and is left as it is.`
    : `${ban}. It is put back, if its time has not run out by then.`
}

const losses = [
  'Messages that wait for it in a session that EMQX keeps, and its subscriptions: EMQX ends the session with the connection.',
  'What it would have published meanwhile. Whether it sends that later is its own business.',
]

const nameless =
  'Picket has seen the device with neither a user name nor a client id, so EMQX cannot tell it from others.'

function whyNot(
  block: Block,
  { ownLogins, ownClients }: Pick<ControllerContext, 'ownLogins' | 'ownClients'>,
): string[] {
  const { as, who, before } = block
  const isPicket = as === 'username' ? ownLogins().includes(who) : ownClients.has(who)
  return [
    ...(isPicket ? [`${shownName(who)} is a login of Picket itself.`] : []),
    ...(isAddressable(who)
      ? []
      : [
          `A request for ${shownName(who)} would reach another place of EMQX's API. Ban it by hand.`,
        ]),
    ...(before && isOwn(before)
      ? [
          `${shownName(who)} is banned already, by an isolation that this station does not know. Take that ban away at EMQX first.`,
        ]
      : []),
  ]
}

/** EMQX's server, as any, takes these parts of a path for steps, encoded or not: the list of all bans would be hit. */
export function isAddressable(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.isWellFormed()
}
