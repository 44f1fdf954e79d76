import type { Core } from '../core.ts'
import type { SourceRoster } from '../source-roster.ts'
import { AutomaticQuarantine } from './automatic-quarantine.ts'
import { createControllers } from './controllers.ts'
import { addUsualActions } from './mitigation-actions.ts'
import { MitigationTasks } from './mitigation-tasks.ts'
import { QuarantineDesk } from './quarantine-desk.ts'

/** All that the station does about devices, rather than watch them. */
export class Mitigation {
  readonly desk: QuarantineDesk
  readonly tasks: MitigationTasks
  readonly #core: Core
  readonly #automatic: AutomaticQuarantine

  constructor(core: Core, roster: SourceRoster) {
    this.#core = core
    this.desk = new QuarantineDesk(core, createControllers(core, roster))
    this.tasks = new MitigationTasks({ core, desk: this.desk, ownClients: roster.ownClients })
    this.#automatic = new AutomaticQuarantine(core, this.desk)
  }

  /** Once all sources are there, and before the first of them starts. */
  async start(): Promise<void> {
    addUsualActions(this.#core)
    this.tasks.start()
    this.#automatic.start()
    await this.desk.start()
  }

  /** Looks at what is due. Waits for nothing: a broker may take its time. */
  turn(): void {
    this.desk.turn()
    this.#automatic.turn()
  }

  async stop(): Promise<void> {
    await Promise.all([this.tasks.stop(), this.#automatic.stop(), this.desk.stop()])
  }
}
