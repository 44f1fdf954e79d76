import { childProcesses } from '../../src/server/child-process.ts'
import type { ProcessHost, Program, ProgramProcess } from '../../src/station/ports.ts'

/** Engines in processes, as in the headless host, that a test can end and keep from coming back. */
export interface BreakableEngines extends ProcessHost {
  /** Ends every engine that runs, as a crash does: nobody is asked. */
  crash(): Promise<void>
  /** Whether an engine can be started. */
  isBroken: boolean
  /** Whether an engine ends when it is given models, rather than take them. */
  isEndedByModels: boolean
  /** How often that happened. */
  endedByModels: number
}

export function createBreakableEngines(): BreakableEngines {
  const running = new Set<ProgramProcess>()

  function start(program: Program): ProgramProcess {
    if (program !== 'engine') return childProcesses.start(program)
    if (engines.isBroken) throw new Error('no process can be started')
    const process = childProcesses.start(program)
    const engine = { ...process, post: (message: unknown) => post(process, message) }
    running.add(engine)
    engine.onExit(() => running.delete(engine))
    return engine
  }

  function post(process: ProgramProcess, message: unknown): void {
    if (!engines.isEndedByModels || !isLoad(message)) return process.post(message)
    engines.endedByModels += 1
    void process.stop()
  }

  const engines: BreakableEngines = {
    isBroken: false,
    isEndedByModels: false,
    endedByModels: 0,
    start,
    async crash() {
      await Promise.all([...running].map((engine) => engine.stop()))
    },
  }
  return engines
}

function isLoad(message: unknown): boolean {
  return (
    typeof message === 'object' && message !== null && 'ask' in message && message.ask === 'load'
  )
}
