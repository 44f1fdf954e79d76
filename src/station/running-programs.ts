import type { OwnProcess } from '../contract/model/diagnostics.ts'
import type { Clock, ProcessHost, Program, ProgramProcess } from './ports.ts'

const names: Record<Program, string> = {
  engine: 'Detection engine',
  'embedded-broker': 'Embedded broker',
}

/** The station's programs that run at the moment. */
export interface RunningPrograms {
  /** Starts programs as the host does, and knows them until they end. */
  host: ProcessHost
  list(): OwnProcess[]
}

export function createRunningPrograms(host: ProcessHost, clock: Clock): RunningPrograms {
  const running = new Map<ProgramProcess, { name: string; since: number }>()

  function start(program: Program): ProgramProcess {
    const process = host.start(program)
    running.set(process, { name: names[program], since: clock.now() })
    process.onExit(() => running.delete(process))
    return process
  }

  return {
    host: { start },
    list: () => [...running].map(([process, facts]) => ({ ...facts, pid: process.pid() })),
  }
}
