import type { StationClient } from '../../contract/contract.ts'
import type { StationEvent } from '../../contract/model/event.ts'

export interface Follower {
  take: (event: StationEvent) => void
  /** Facts may have been missed: read everything anew. */
  readAnew: () => void
}

const askEveryMs = 15_000
const answerWithinMs = 10_000

/**
 * Follows the station's events until the link fails. Everything is read anew at the start, on `resync` and on
 * a gap in the numbers. Ends with an error when the station stops answering although the link looks open.
 */
export async function follow(client: StationClient, follower: Follower): Promise<void> {
  await Promise.race([takeEvents(client, follower), askForEver(client)])
}

/** True when `event` is the one after number `last`; the first event of all follows anything. */
export function isNext(last: number | undefined, event: StationEvent): boolean {
  return event.kind !== 'resync' && (last === undefined || event.seq === last + 1)
}

async function takeEvents(client: StationClient, follower: Follower): Promise<void> {
  let last: number | undefined
  for (;;) {
    // Listening before reading, so that no fact falls between the two.
    const events = await client.events.watch(last === undefined ? {} : { after: last })
    if (last === undefined) follower.readAnew()
    for await (const event of events) {
      if (!isNext(last, event)) follower.readAnew()
      last = event.seq
      follower.take(event)
    }
  }
}

// A dead network keeps a socket open for minutes. Silence must not look like health.
async function askForEver(client: StationClient): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
    await client.system.status(undefined, { signal: AbortSignal.timeout(answerWithinMs) })
  }
}
