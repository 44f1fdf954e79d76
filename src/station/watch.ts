import { slotMs, slotsPerDay, slotStartAt } from '../contract/model/time.ts'
import { StationError } from '../contract/errors.ts'
import type { ImportStatus } from '../contract/model/status.ts'
import type { Core } from './core.ts'
import { addGap, wholeStation } from './gaps.ts'
import type { History } from './history.ts'
import { createReportDesk } from './ingest/report-desk.ts'
import { appendToJournal, byStation } from './journal/append.ts'
import { JournalKeeper } from './journal/keeper.ts'
import { Mitigation } from './mitigation/mitigation.ts'
import { advance, advanceHistory, save } from './pipeline.ts'
import { SourceRoster } from './source-roster.ts'
import { systemStatus, type StationFacts } from './status.ts'
import { storeErrorOf } from './store/store-error.ts'
import { giveUpModel, isTrainingDue, loadModel, train, type Training } from './training.ts'
import { makeRoom, tidyStore } from './upkeep.ts'

/** Real milliseconds between two turns of the pipeline when the clock runs at its usual pace. */
const turnMs = 1000

/** Turns in a slot at the least, however fast the clock runs. */
const turnsPerSlot = 20

/** Real milliseconds after which open slots and counts are made durable. */
const saveEveryMs = 5000

const shownJumps = 20

/** Keeps the station going: engine, sources, and one turn of the pipeline after another. */
export class Watch {
  readonly facts: StationFacts
  readonly roster: SourceRoster
  readonly mitigation: Mitigation
  readonly #core: Core
  readonly #journal: JournalKeeper
  #isStopped = false
  #cancelTurn = () => {}
  #turn: Promise<void> = Promise.resolve()
  #savedAt = 0
  #tidiedThrough = 0
  #asleepSince: number | null = null

  constructor(core: Core, training: Training) {
    this.#core = core
    this.#journal = new JournalKeeper(core)
    const desk = createReportDesk(core)
    this.roster = new SourceRoster(core, desk)
    this.mitigation = new Mitigation(core, this.roster)
    this.facts = {
      startedAt: core.clock.now(),
      desk,
      sources: this.roster.watched,
      training,
      import: null,
      clockJumps: [],
      storeTrouble: null,
    }
  }

  async start(): Promise<void> {
    const core = this.#core
    await this.#journal.turn()
    core.engine.onStatus(({ state }) => {
      if (state !== 'up') core.hasEngineModels = false
    })
    core.engine.onUp(() => void this.#loadModel())
    core.engine.start()
    core.sources = this.roster.watched
    await this.roster.start(() => this.mitigation.start())
    this.#schedule()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTurn()
    await this.#turn
    await this.mitigation.stop()
    await this.facts.training.cancel()
    await this.roster.stop()
    await this.facts.desk.flush()
    await this.#guarded(() => save(this.#core))
    await this.#journal.stop()
    await this.#core.engine.stop()
  }

  /** The host says that the machine is about to sleep. */
  fallAsleep(): void {
    this.#asleepSince ??= this.#core.clock.now()
  }

  /** The machine is awake again: what it slept through is a gap, and every source is looked at at once. */
  wakeUp(): void {
    this.#checkClock()
    this.#noteSleep()
    for (const { source } of this.roster.watched) source.recheck?.()
  }

  /** Takes measured history through the pipeline. Live data wait for it. */
  async importHistory(history: History): Promise<void> {
    const { label, total } = history
    this.facts.import = { label, total, done: 0, datapointsPerSecond: 0, remainingMs: null }
    try {
      await this.#turn
      await this.#importSlots(history, this.facts.import)
      await tidyStore(this.#core)
      const detail = { label, datapoints: this.facts.import.done }
      const facts = { subject: null, by: byStation, detail }
      appendToJournal(this.#core, { ...facts, kind: 'history-imported' })
    } finally {
      this.facts.import = null
    }
  }

  async #importSlots({ slots, onProgress }: History, progress: ImportStatus): Promise<void> {
    const startedAt = performance.now()
    for await (const { slot, samples } of slots) {
      if (this.#isStopped) return
      await advanceHistory(this.#core, { samples, endsAt: slotStartAt(slot + 1) })
      if (slot % slotsPerDay === 0) await tidyStore(this.#core)
      progress.done += samples.length
      progress.datapointsPerSecond = (1000 * progress.done) / (performance.now() - startedAt)
      progress.remainingMs =
        (1000 * (progress.total - progress.done)) / progress.datapointsPerSecond
      onProgress?.(progress)
    }
  }

  #schedule(): void {
    if (this.#isStopped) return
    const { clock } = this.#core.ports
    const pauseMs = Math.min(turnMs * clock.speed, slotMs / turnsPerSlot)
    this.#cancelTurn = clock.after(pauseMs, () => {
      this.#turn = this.#guarded(() => this.#takeTurn()).finally(() => this.#schedule())
    })
  }

  /** Whatever fails is done on a later turn. What was measured is saved even where judging cannot go on. */
  async #takeTurn(): Promise<void> {
    this.mitigation.turn()
    if (this.facts.import) return
    const core = this.#core
    this.#checkClock()
    await this.#journal.turn()
    await makeRoom(core)
    const isDue = this.#isSaveUrgent() || performance.now() - this.#savedAt > saveEveryMs
    await advance(
      core,
      this.facts.sources.map(({ source }) => source),
    ).catch(ignoreEngineDown)
    if (isDue) {
      this.#savedAt = performance.now()
      await save(core)
    }
    if (core.judgedThrough > this.#tidiedThrough) {
      this.#tidiedThrough = core.judgedThrough
      await tidyStore(core)
    }
    if (isTrainingDue(core, this.facts.training)) void train(core, this.facts.training)
  }

  /** A gap is shown from the store. Trouble is over when something was written, not when nothing was to do. */
  #isSaveUrgent(): boolean {
    return this.facts.storeTrouble !== null || this.#core.gaps.unsaved.length > 0
  }

  /** Runs work on the store. That it failed is a state that the page shows until it works again. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    const core = this.#core
    try {
      await work()
      this.facts.storeTrouble = null
    } catch (error) {
      this.facts.storeTrouble = storeErrorOf(error, core.store.path)
      const stack = error instanceof Error ? error.stack : String(error)
      core.ports.log.error({ error: stack }, 'What was due could not be done; it is tried again')
    }
    const status = systemStatus(core, this.facts)
    core.announcer.announce({ kind: 'status', status }, core.clock.now())
  }

  async #loadModel(): Promise<void> {
    try {
      await loadModel(this.#core, this.facts.training)
    } catch (error) {
      // It ended again; the next one is given the models. Giving them up would judge slots without them.
      if (isEngineDown(error)) return
      giveUpModel(this.#core, this.facts.training, error)
    }
  }

  /** On some systems the clocks go on while the machine sleeps, so that no jump tells of it. */
  #noteSleep(): void {
    const from = this.#asleepSince
    this.#asleepSince = null
    const lastJumpAt = this.facts.clockJumps.at(-1)?.at ?? -Infinity
    if (from === null || lastJumpAt >= from) return
    const to = this.#core.clock.now()
    const reason = `The machine slept for ${Math.round((to - from) / 1000)} s.`
    addGap(this.#core.gaps, { sourceId: wholeStation, from, to: to + 1, reason })
  }

  /** A clock that jumped leaves a gap: nobody can tell what belongs into the slots it jumped over. */
  #checkClock(): void {
    const core = this.#core
    const jump = core.clock.check()
    if (!jump) return
    this.facts.clockJumps = [...this.facts.clockJumps, jump].slice(-shownJumps)
    const seconds = Math.round(Math.abs(jump.byMs) / 1000)
    const reason =
      jump.byMs > 0
        ? `The machine slept, or its clock was set forward, by ${seconds} s.`
        : `The machine's clock was set back by ${seconds} s; Picket goes on with the time it had.`
    const from = jump.byMs > 0 ? jump.at - jump.byMs : jump.at
    addGap(core.gaps, { sourceId: wholeStation, from, to: jump.at + 1, reason })
  }
}

/** Judging waits for the engine and goes on where it stopped; the status says that it is down. */
function ignoreEngineDown(error: unknown): void {
  if (!isEngineDown(error)) throw error
}

function isEngineDown(error: unknown): boolean {
  return error instanceof StationError && error.code === 'ENGINE_DOWN'
}
