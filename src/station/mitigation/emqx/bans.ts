import { z } from 'zod'
import type { QuarantineTarget } from '../controller.ts'
import { shownName } from '../shown-name.ts'

/** A ban as EMQX lists it. Times are RFC 3339 with some offset, or `infinity`. */
export const ban = z.object({
  as: z.string(),
  who: z.string(),
  by: z.string().catch(''),
  reason: z.string().catch(''),
  at: z.string(),
  until: z.string(),
})
export type Ban = z.infer<typeof ban>

/** Whom Picket bans, and the ban that was there before. */
const block = z.object({
  as: z.enum(['username', 'clientid']),
  who: z.string(),
  before: ban.nullable(),
})
export type Block = z.infer<typeof block>

/** All it takes to isolate, again where need be, and to restore. */
export const emqxRecord = z.object({ version: z.literal(1), blocks: block.array() })
export type EmqxRecord = z.infer<typeof emqxRecord>

const author = 'Picket'
const reason = 'Isolated by Picket'

/** Not `infinity`: older versions do not know it. */
const farUntil = '2999-12-31T23:59:59+00:00'

/** What lasts beyond this lasts for ever as far as people are concerned. */
const foreverFrom = Date.parse('2100-01-01T00:00:00Z')

/**
 * A device that logs in is banned by its user name, whatever client id it takes; one without a user name by its
 * client ids.
 */
export function recordOf(target: QuarantineTarget, bans: readonly Ban[]): EmqxRecord {
  const as = target.usernames.length > 0 ? 'username' : 'clientid'
  const names = as === 'username' ? target.usernames : target.clientIds
  const blocks = [...new Set(names)].map((who) => ({ as, who, before: banOf(bans, { as, who }) }))
  return emqxRecord.parse({ version: 1, blocks })
}

/** A name as a part of an address. A half character has no UTF-8; such a name is never acted on. */
export function encoded(name: string): string {
  return encodeURIComponent(name.toWellFormed())
}

/** As it is posted to EMQX. `at` is EMQX's business where it is absent. */
export type BanOrder = Pick<Ban, 'as' | 'who' | 'by' | 'reason' | 'until'> & { at?: string }

export function ownBan({ as, who }: Pick<Block, 'as' | 'who'>): BanOrder {
  return { as, who, by: author, reason, until: farUntil }
}

export function isOwn(ban: Ban): boolean {
  return ban.by === author && ban.reason === reason && isForever(ban)
}

export function banOf(bans: readonly Ban[], { as, who }: Pick<Block, 'as' | 'who'>): Ban | null {
  return bans.find((each) => each.as === as && each.who === who) ?? null
}

/** The ban that was there before does all that Picket's would: it is left as it is. */
export function isLeft({ before }: Block): boolean {
  return before !== null && isForever(before)
}

/** The block holds with what is there now. */
export function isWhole(block: Block, now: Ban | null): boolean {
  if (now === null) return false
  return isOwn(now) || (isLeft(block) && isSame(now, block.before))
}

/** What was there before, unless its time has run out meanwhile. `at`: epoch ms. */
export function formerBan({ before }: Block, at: number): Ban | null {
  return before !== null && untilOf(before) > at ? before : null
}

/** Nothing but what was there before. `at`: epoch ms. */
export function isAsBefore(block: Block, now: Ban | null, at: number): boolean {
  return isSame(now, block.before) || isSame(now, formerBan(block, at))
}

/** `the user name "pump-7"`. */
export function shownBlock({ as, who }: Pick<Block, 'as' | 'who'>): string {
  return `the ${as === 'username' ? 'user name' : 'client id'} ${shownName(who)}`
}

export function shownBan({ by, reason: why, until }: Ban): string {
  return `by ${shownName(by)} until ${until}, reason ${shownName(why)}`
}

/** EMQX writes a time with the offset of its own machine. */
function isSame(one: Ban | null, other: Ban | null): boolean {
  if (one === null || other === null) return one === other
  const isSaid = one.by === other.by && one.reason === other.reason
  return isSaid && untilOf(one) === untilOf(other) && Date.parse(one.at) === Date.parse(other.at)
}

function untilOf({ until }: Ban): number {
  return until === 'infinity' ? Infinity : Date.parse(until)
}

function isForever(ban: Ban): boolean {
  return untilOf(ban) >= foreverFrom
}
