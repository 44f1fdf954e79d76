import { slotMs, slotsPerDay, slotStartAt } from '../contract/model/time.ts'
import { StationError } from '../contract/errors.ts'
import type { ImportStatus } from '../contract/model/status.ts'
import type { Core } from './core.ts'
import { addGap, openGap, wholeStation } from './gaps.ts'
import type { History } from './history.ts'
import { createReportDesk } from './ingest/report-desk.ts'
import { advance, advanceHistory, save } from './pipeline.ts'
import { watchSource } from './source-desk.ts'
import { systemStatus, type StationFacts } from './status.ts'
import { insertGap } from './store/gaps.ts'
import { storeErrorOf } from './store/store-error.ts'
import { isTrainingDue, loadModels, train, type Training } from './training.ts'
import { tidyStore } from './upkeep.ts'

/** Real milliseconds between two turns of the pipeline when the clock runs at its usual pace. */
const turnMs = 1000

/** Turns in a slot at the least, however fast the clock runs. */
const turnsPerSlot = 20

/** Real milliseconds after which open slots and counts are made durable. */
const saveEveryMs = 5000

/** Keeps the station going: engine, sources, and one turn of the pipeline after another. */
export class Watch {
  readonly facts: StationFacts
  readonly #core: Core
  #isStopped = false
  #cancelTurn = () => {}
  #turn: Promise<void> = Promise.resolve()
  #savedAt = 0
  #tidiedThrough = 0

  constructor(core: Core, training: Training) {
    this.#core = core
    this.facts = {
      startedAt: core.clock.now(),
      desk: createReportDesk(core),
      sources: [],
      training,
      import: null,
      clockJumps: [],
      storeTrouble: null,
    }
  }

  async start(): Promise<void> {
    const core = this.#core
    core.engine.onStatus(({ state }) => {
      if (state !== 'up') core.hasEngineModels = false
    })
    core.engine.onUp(() => void this.#loadModels())
    core.engine.start()
    this.facts.sources = core.settings.sources.map((each) =>
      watchSource(core, each, this.facts.desk),
    )
    for (const { source } of this.facts.sources) {
      openGap(core.gaps, source.id, {
        from: slotBegan(core.clock.now()),
        reason: 'Picket was starting.',
      })
      await source.start()
    }
    this.#schedule()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTurn()
    await this.#turn
    await this.facts.desk.flush()
    for (const { source } of this.facts.sources) await source.stop()
    await this.#guarded(() => save(this.#core))
    await this.#core.engine.stop()
  }

  /** Takes measured history through the pipeline. Live data wait for it. */
  async importHistory({ label, total, slots, onProgress }: History): Promise<void> {
    const startedAt = performance.now()
    const progress: ImportStatus = {
      label,
      total,
      done: 0,
      datapointsPerSecond: 0,
      remainingMs: null,
    }
    this.facts.import = progress
    await this.#turn
    for await (const { slot, samples } of slots) {
      if (this.#isStopped) break
      await advanceHistory(this.#core, { samples, endsAt: slotStartAt(slot + 1) })
      if (slot % slotsPerDay === 0) await tidyStore(this.#core)
      progress.done += samples.length
      progress.datapointsPerSecond = (1000 * progress.done) / (performance.now() - startedAt)
      progress.remainingMs = (1000 * (total - progress.done)) / progress.datapointsPerSecond
      onProgress?.(progress)
    }
    await tidyStore(this.#core)
    this.facts.import = null
  }

  #schedule(): void {
    if (this.#isStopped) return
    const { clock } = this.#core.ports
    const pauseMs = Math.min(turnMs * clock.speed, slotMs / turnsPerSlot)
    this.#cancelTurn = clock.after(pauseMs, () => {
      this.#turn = this.#takeTurn().finally(() => this.#schedule())
    })
  }

  async #takeTurn(): Promise<void> {
    if (this.facts.import) return
    const core = this.#core
    this.#checkClock()
    await this.#guarded(() =>
      advance(
        core,
        this.facts.sources.map(({ source }) => source),
      ),
    )
    if (performance.now() - this.#savedAt > saveEveryMs) {
      this.#savedAt = performance.now()
      await this.#guarded(() => save(core))
    }
    if (core.judgedThrough > this.#tidiedThrough) {
      this.#tidiedThrough = core.judgedThrough
      await this.#guarded(() => tidyStore(core))
    }
    if (isTrainingDue(core, this.facts.training)) void train(core, this.facts.training)
    core.announcer.announce(
      { kind: 'status', status: systemStatus(core, this.facts) },
      core.clock.now(),
    )
  }

  /** What cannot be done now is done on a later turn; why it cannot is a state that the page shows. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.facts.storeTrouble = null
    } catch (error) {
      if (error instanceof StationError && error.code === 'ENGINE_DOWN') return
      this.facts.storeTrouble = storeErrorOf(error)
      const { log } = this.#core.ports
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'A turn failed')
    }
  }

  async #loadModels(): Promise<void> {
    try {
      await loadModels(this.#core, this.facts.training)
    } catch (error) {
      this.#core.ports.log.warn({ error: String(error) }, 'Models could not be loaded')
    }
  }

  /** A clock that jumped leaves a gap: nobody can tell what belongs into the slots it jumped over. */
  #checkClock(): void {
    const core = this.#core
    const jump = core.clock.check()
    if (!jump) return
    this.facts.clockJumps.push(jump)
    const direction = jump.byMs > 0 ? 'forward' : 'back'
    const reason = `The machine's clock was set ${direction} by ${Math.round(Math.abs(jump.byMs) / 1000)} s.`
    const from = jump.byMs > 0 ? jump.at - jump.byMs : jump.at
    const gap = { sourceId: wholeStation, from, to: jump.at + 1, reason }
    insertGap(core.store.write, gap)
    addGap(core.gaps, gap)
  }
}

function slotBegan(at: number): number {
  return Math.floor(at / slotMs) * slotMs
}
