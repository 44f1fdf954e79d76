import type { ReleaseManner } from '../../../contract/model/quarantine.ts'
import type { EmqxCall } from './api.ts'
import {
  banOf,
  encoded,
  formerBan,
  isAsBefore,
  isLeft,
  isOwn,
  isWhole,
  ownBan,
  shownBan,
  shownBlock,
  type Ban,
  type BanOrder,
  type Block,
  type EmqxRecord,
} from './bans.ts'

/** One request that changes EMQX, and what it does in words. */
export interface Step {
  sentence: string
  call: EmqxCall
}

/** What is left to do until the device is banned. EMQX cannot change a ban: another's is taken away first. */
export function stepsToIsolate(bans: readonly Ban[], { blocks }: EmqxRecord): Step[] {
  return blocks.flatMap((block) => {
    const now = banOf(bans, block)
    if (isWhole(block, now)) return []
    return [...(now ? [removal(block, now)] : []), creation(block, ownBan(block))]
  })
}

/** The bans as they are once the device is isolated. */
export function isolated(bans: readonly Ban[], { blocks }: EmqxRecord): Ban[] {
  const changed = blocks.filter((block) => !isLeft(block))
  const others = bans.filter(
    (ban) => !changed.some(({ as, who }) => ban.as === as && ban.who === who),
  )
  return [...others, ...changed.map((block) => ({ ...ownBan(block), at: '' }))]
}

interface Release {
  record: EmqxRecord
  manner: ReleaseManner
  /** Epoch ms. */
  at: number
}

/** What is left to do until the device is released. `lift` leaves a ban that somebody else made meanwhile. */
export function stepsToRelease(bans: readonly Ban[], { record, manner, at }: Release): Step[] {
  return record.blocks.flatMap((block) => {
    const now = banOf(bans, block)
    if (isAsBefore(block, now, at)) return []
    if (manner === 'lift' && now && !isOwn(now)) return []
    const former = formerBan(block, at)
    return [...(now ? [removal(block, now)] : []), ...(former ? [creation(block, former)] : [])]
  })
}

/** Ends a connection. EMQX ends its session with it. */
export function kick(clientId: string): Step {
  return {
    sentence: `EMQX ends the connection of ${shownBlock({ as: 'clientid', who: clientId })}.`,
    call: { method: 'DELETE', path: `/clients/${encoded(clientId)}` },
  }
}

function creation(block: Block, ban: BanOrder): Step {
  return {
    sentence: `EMQX bans ${shownBlock(block)}.`,
    call: { method: 'POST', path: '/banned', body: ban },
  }
}

function removal(block: Block, now: Ban): Step {
  const whose = isOwn(now) ? "Picket's ban" : `the ban (${shownBan(now)})`
  return {
    sentence: `EMQX takes ${whose} of ${shownBlock(block)} away.`,
    call: { method: 'DELETE', path: `/banned/${block.as}/${encoded(block.who)}` },
  }
}
