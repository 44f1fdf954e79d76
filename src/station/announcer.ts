import type { StationEvent } from '../contract/model/event.ts'

type Fact = StationEvent extends infer Event
  ? Event extends StationEvent
    ? Omit<Event, 'seq' | 'at'>
    : never
  : never

/** Facts kept for viewers that were away for a moment. */
const keptEvents = 1000

/** Numbers facts and hands them to every viewer. It announces what is so; it never makes anything happen. */
export interface Announcer {
  announce(fact: Fact, at: number): void
  /** Facts after number `after`, then new ones as they come, until the signal ends it. */
  watch(after: number | undefined, signal?: AbortSignal): AsyncGenerator<StationEvent>
}

export function createAnnouncer(): Announcer {
  const kept: StationEvent[] = []
  const waiting = new Set<() => void>()
  let lastSeq = 0

  function announce(fact: Fact, at: number): void {
    lastSeq += 1
    kept.push({ ...fact, seq: lastSeq, at } as StationEvent)
    if (kept.length > keptEvents) kept.shift()
    for (const wake of [...waiting]) wake()
  }

  async function* watch(after: number | undefined, signal?: AbortSignal) {
    let seen = after ?? lastSeq
    while (!signal?.aborted) {
      const news = newsAfter(kept, { seen, lastSeq })
      for (const event of news) {
        // A resync has a number even where no fact has one yet.
        seen = Math.min(event.seq, lastSeq)
        yield event
      }
      if (news.length === 0) await nextAnnouncement(waiting, signal)
    }
  }

  return { announce, watch }
}

/** A viewer who missed facts that are no longer kept, or knows numbers of an earlier run, starts anew. */
function newsAfter(
  kept: readonly StationEvent[],
  { seen, lastSeq }: { seen: number; lastSeq: number },
): readonly StationEvent[] {
  const oldest = kept[0]
  const isLost = seen > lastSeq || (oldest !== undefined && oldest.seq > seen + 1)
  if (isLost) return [{ kind: 'resync', seq: Math.max(lastSeq, 1), at: kept.at(-1)?.at ?? 0 }]
  return oldest ? kept.slice(seen - oldest.seq + 1) : []
}

function nextAnnouncement(waiting: Set<() => void>, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      waiting.delete(wake)
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    waiting.add(wake)
    signal?.addEventListener('abort', wake)
  })
}
