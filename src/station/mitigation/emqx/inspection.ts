import type { Inspection } from '../controller.ts'
import {
  banOf,
  isAsBefore,
  isWhole,
  shownBan,
  shownBlock,
  type Ban,
  type EmqxRecord,
} from './bans.ts'

/** What EMQX says of an isolation. `connected`: client ids that are there all the same; `at`: epoch ms. */
export function inspected(
  { blocks }: EmqxRecord,
  bans: readonly Ban[],
  { connected, at }: { connected: readonly string[]; at: number },
): Inspection {
  const found = blocks.map((block) => {
    const now = banOf(bans, block)
    return { block, now, whole: isWhole(block, now), before: isAsBefore(block, now, at) }
  })
  const isAsBeforeAll = found.every(({ before }) => before)
  const strange = found.filter(({ whole, before }) => !whole && (!before || !isAsBeforeAll))
  const isBanned = found.every(({ whole }) => whole)
  return {
    isInForce: isBanned && connected.length === 0,
    isAsBefore: isAsBeforeAll,
    differences: strange.map(({ block, now }) =>
      now === null
        ? `The ban of ${shownBlock(block)} was taken away.`
        : `${shownBlock(block)} has another ban now, ${shownBan(now)}.`,
    ),
    sentence: `EMQX says: ${found.filter(({ whole }) => whole).length} of ${blocks.length} bans are there, and ${connected.length} of its clients are connected.`,
  }
}
