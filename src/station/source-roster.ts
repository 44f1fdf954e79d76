import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { StationError } from '../contract/errors.ts'
import { sourceDraft, type SourceDraft } from '../contract/model/source.ts'
import { instant, slotMs } from '../contract/model/time.ts'
import type { Core } from './core.ts'
import { closeGap, openGap } from './gaps.ts'
import { readCredentials } from './ingest/link-credentials.ts'
import type { ReportDesk } from './ingest/report-desk.ts'
import { takeSamples } from './intake.ts'
import { appendToJournal, byAnalyst } from './journal/append.ts'
import type { SourceSettings } from './settings.ts'
import {
  changeState,
  watchSource,
  type SharedBySources,
  type WatchedSource,
} from './source-desk.ts'
import { settingsOfDraft } from './source-drafts.ts'
import { forgetMemory } from './source-memory.ts'
import { keptCredentials } from './source-secrets.ts'
import { deleteState, readStates, writeState } from './store/state.ts'
import { transaction } from './store/transaction.ts'

/** A source that was added while the station ran, as it is kept in the store. */
const addedSource = z.object({
  draft: sourceDraft,
  /** Since when any certificate is taken for the broker's. */
  uncheckedSince: instant.nullable(),
})
export type AddedSource = z.infer<typeof addedSource>

const addedPrefix = 'added-source'

/** Tests that may run at once without throwing one another out. */
const testsAtOnce = 8

/** All sources that the station watches: of the configuration file, and those added while it ran. */
export class SourceRoster {
  /** Changed in place. */
  readonly watched: WatchedSource[] = []
  readonly #core: Core
  readonly #shared: SharedBySources
  readonly #added = new Map<string, AddedSource>()
  readonly #testId = `picket-${randomBytes(4).toString('hex')}`
  #tests = 0
  #isStopped = false
  #last: Promise<unknown> = Promise.resolve()

  constructor(core: Core, desk: ReportDesk) {
    this.#core = core
    this.#shared = {
      desk,
      ownClients: new Set(),
      credentials: (settings) =>
        this.#added.has(settings.id)
          ? keptCredentials(core.ports.secrets, settings.id)
          : readCredentials(settings),
    }
  }

  /** The client id of a test: what was chosen, unless a source is connected with it, which it would throw out. */
  idForTest(draft: SourceDraft): string {
    const chosen = 'clientId' in draft ? draft.clientId : undefined
    this.#tests = (this.#tests + 1) % testsAtOnce
    const isFree = chosen !== undefined && !this.#clientIds().includes(chosen)
    const id = isFree ? chosen : `${chosen ?? this.#testId}-test-${this.#tests}`
    // Its connections are not a device's, wherever else they are seen; `-2`: the test's second one.
    for (const own of [id, `${id}-2`]) this.#shared.ownClients.add(own)
    return id
  }

  /** Client ids that sources were told to use. */
  #clientIds(): string[] {
    const all = [...this.#core.settings.sources, ...this.addedDrafts()]
    return all.flatMap((one) => ('clientId' in one && one.clientId ? [one.clientId] : []))
  }

  get credentials(): SharedBySources['credentials'] {
    return this.#shared.credentials
  }

  /** Client ids that Picket connects with. */
  get ownClients(): Set<string> {
    return this.#shared.ownClients
  }

  addedDrafts(): SourceDraft[] {
    return [...this.#added.values()].map(({ draft }) => draft)
  }

  added(id: string): AddedSource | null {
    return this.#added.get(id) ?? null
  }

  /** The settings of a source in the configuration file. */
  ofFile(id: string): SourceSettings | null {
    return this.#core.settings.sources.find((one) => one.id === id) ?? null
  }

  /** `made`: runs once all sources are there and before the first of them starts. */
  async start(made: () => Promise<void>): Promise<void> {
    this.#restore()
    const settings = [...this.#core.settings.sources, ...this.addedDrafts().map(settingsOfDraft)]
    for (const each of settings) {
      this.watched.push(watchSource(this.#core, each, this.#shared))
    }
    await made()
    for (const watched of this.watched) await this.#begin(watched, 'Picket was starting.')
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#last
    for (const watched of this.watched) await this.#end(watched)
  }

  /**
   * Keeps a source and watches it, in the place of one that was added under the same id. `secretsGiven`: names of the
   * secrets that are new or were taken away.
   */
  save(added: AddedSource, secretsGiven: string[]): Promise<void> {
    return this.#inTurn(async () => {
      const { id } = added.draft
      const { write } = this.#core.store
      transaction(write, () => {
        writeState(write, keyOf(id), JSON.stringify(added))
        const kind = this.#added.has(id) ? 'source-changed' : 'source-added'
        const detail = { draft: z.json().parse(added.draft), secretsGiven }
        appendToJournal(this.#core, { kind, by: byAnalyst, subject: id, detail })
      })
      await this.#drop(id)
      this.#added.set(id, added)
      const watched = watchSource(this.#core, settingsOfDraft(added.draft), this.#shared)
      this.watched.push(watched)
      await this.#begin(watched, 'Picket was connecting to it for the first time.')
    })
  }

  /** Stops to watch a source that was added, and forgets it. */
  remove(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const { write } = this.#core.store
      transaction(write, () => {
        deleteState(write, keyOf(id))
        const facts = { by: byAnalyst, subject: id, detail: {} }
        appendToJournal(this.#core, { ...facts, kind: 'source-removed' })
      })
      await this.#drop(id)
      this.#added.delete(id)
      closeGap(this.#core.gaps, id, this.#core.clock.now())
      forgetMemory(this.#core, id)
    })
  }

  /** The configuration file has the last word on an id that both name. */
  #restore(): void {
    for (const [id, text] of readStates(this.#core.store.read, addedPrefix)) {
      const added = addedSource.safeParse(JSON.parse(text))
      const isOfFile = this.ofFile(id) !== null
      if (added.success && !isOfFile) this.#added.set(id, added.data)
      else this.#core.ports.log.warn({ source: id, isOfFile }, 'An added source is left out')
    }
  }

  async #begin(watched: WatchedSource, reason: string): Promise<void> {
    const { gaps, clock, ports } = this.#core
    const from = Math.floor(clock.now() / slotMs) * slotMs
    openGap(gaps, watched.source.id, { from, reason })
    try {
      await watched.source.start()
    } catch (error) {
      // A source that cannot even start is shown, and does not keep the others from watching.
      const next = this.#added.has(watched.source.id) ? 'save it again' : 'start Picket again'
      const sentence = `${error instanceof Error ? error.message : String(error)} Correct that and ${next}.`
      changeState(this.#core, watched, { state: 'disconnected', sentence })
      ports.log.error({ source: watched.source.id }, sentence)
    }
  }

  async #drop(id: string): Promise<void> {
    const index = this.watched.findIndex(({ source }) => source.id === id)
    const watched = this.watched[index]
    if (!watched) return
    await this.#end(watched)
    this.watched.splice(this.watched.indexOf(watched), 1)
  }

  async #end({ source }: WatchedSource): Promise<void> {
    await source.stop()
    takeSamples(this.#core, source.id, source.drain())
  }

  /** One change after another. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(() => {
      if (this.#isStopped) throw new StationError('STORE_UNAVAILABLE', 'The station is stopping.')
      return work()
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

/** As it is kept, and since when its certificate is not checked. */
export function addedOf(draft: SourceDraft, before: AddedSource | null, now: number): AddedSource {
  const isUnchecked = 'trustAnyCertificate' in draft && draft.trustAnyCertificate !== undefined
  return { draft, uncheckedSince: isUnchecked ? (before?.uncheckedSince ?? now) : null }
}

function keyOf(id: string): string {
  return `${addedPrefix}/${id}`
}
