import type { Measure } from '../datapoint.ts'
import type { BrokerEntry, BrokerReport, Tally } from './embedded-broker-protocol.ts'

/** Batches under way at most, and what one holds. */
const mostUnderWay = 4
const batchEntries = 500
const batchReports = 64

/** Entries that wait for a batch; beyond, there is no room for more connections and messages. */
const roomEntries = 2000

/** Rejections that wait; beyond, they are only counted. */
const roomRejections = 1000

/** Hands a batch to the station, which answers each by `Outbox.taken`. */
type Post = (batch: { entries: BrokerEntry[]; reports: BrokerReport[] }) => void

/**
 * Gathers what the broker sees into batches for the station. There are never more than a few batches that the
 * station has not taken in; until it has, there is no room and the broker reads no further.
 */
export class Outbox {
  readonly #post: Post
  readonly #tickMs: number
  readonly #entries: BrokerEntry[] = []
  readonly #reports: BrokerReport[] = []
  readonly #changed = new Set<Tally>()
  readonly #waiting: (() => void)[] = []
  readonly #flushed: (() => void)[] = []
  #underWay = 0
  #untold = 0
  #timer: NodeJS.Timeout | null = null

  /** `tickMs`: real milliseconds that counts are gathered for. */
  constructor(post: Post, tickMs: number) {
    this.#post = post
    this.#tickMs = tickMs
  }

  tell(entry: BrokerEntry): void {
    const isTooMuch = entry.kind === 'rejected' && this.#entries.length >= roomRejections
    if (isTooMuch) this.#untold += 1
    else this.#entries.push(entry)
    this.#sendSoon()
  }

  /** The tally was changed in place, as every message does. It is told with a next batch, and begins anew. */
  tally(changed: Tally): void {
    this.#changed.add(changed)
    this.#sendSoon()
  }

  /** Tells a tally before whatever is told next. */
  endTally(tally: Tally): void {
    if (!this.#changed.delete(tally)) return
    this.#entries.push({ kind: 'counted', ...tally })
    Object.assign(tally, nothingTallied(tally.clientId))
    this.#sendSoon()
  }

  report(report: BrokerReport): void {
    this.#reports.push(report)
    // Someone waits for the answer; what was counted before it goes with it.
    this.#send()
  }

  /** Runs now where there is room, else once there is. */
  whenRoom(run: () => void): void {
    if (this.#waiting.length === 0 && this.#hasRoom()) run()
    else this.#waiting.push(run)
  }

  /** The station has taken in a batch. */
  taken(): void {
    this.#underWay -= 1
    if (this.#underWay === 0 || this.#entries.length >= batchEntries || this.#reports.length > 0) {
      this.#send()
    }
    if (this.#hasRoom()) for (const run of this.#waiting.splice(0)) run()
    if (this.#underWay > 0 || this.#isPending()) return
    for (const done of this.#flushed.splice(0)) done()
  }

  /** Resolves once the station has taken in everything. */
  flush(): Promise<void> {
    this.#send()
    if (this.#underWay === 0 && !this.#isPending()) return Promise.resolve()
    return new Promise((resolve) => this.#flushed.push(resolve))
  }

  #hasRoom(): boolean {
    const isFull = this.#entries.length >= roomEntries || this.#reports.length >= batchReports
    return this.#underWay < mostUnderWay && !isFull
  }

  #sendSoon(): void {
    this.#timer ??= setTimeout(() => this.#send(), this.#tickMs)
  }

  #send(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    while (this.#underWay < mostUnderWay && this.#isPending()) this.#sendBatch()
  }

  #isPending(): boolean {
    return this.#entries.length + this.#reports.length + this.#changed.size + this.#untold > 0
  }

  #sendBatch(): void {
    for (const tally of this.#changed) {
      if (this.#entries.length >= batchEntries) break
      this.endTally(tally)
    }
    if (this.#untold > 0) this.#entries.push({ kind: 'untold', times: this.#untold })
    this.#untold = 0
    this.#underWay += 1
    this.#post({
      entries: this.#entries.splice(0, batchEntries),
      reports: this.#reports.splice(0, batchReports),
    })
  }
}

/** The tally of a client that did nothing yet. */
export function nothingTallied(clientId: string): Tally {
  const sizes: Measure = { count: 0, sum: 0, min: 0, max: 0, last: 0 }
  return { clientId, sizes, received: 0, denied: 0 }
}
