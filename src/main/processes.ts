import { join } from 'node:path'
import { app, utilityProcess, type UtilityProcess } from 'electron'
import { keepLastWords } from '../station/host/last-words.ts'
import type { Log, ProcessHost, Program, ProgramProcess } from '../station/ports.ts'

/** As they are listed in the operating system's task manager. */
const names: Record<Program, string> = {
  engine: 'Picket detection engine',
  'embedded-broker': 'Picket embedded broker',
}

/** Runs the station's programs in utility processes. `folder`: where the built programs are. */
export function createUtilityProcesses(folder: string, log: Log): ProcessHost {
  app.on('child-process-gone', (_event, details) => log.warn(details, 'A process is gone'))
  return {
    start(program) {
      const serviceName = names[program]
      const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe']
      const path = join(folder, `${program}.js`)
      return programOf(utilityProcess.fork(path, [], { serviceName, stdio }))
    },
  }
}

function programOf(child: UtilityProcess): ProgramProcess {
  const words = keepLastWords(child.stderr)
  const spawned = new Promise<void>((resolve) => child.once('spawn', resolve))
  const reason = new Promise<string>((resolve) => {
    child.once('exit', (code) => resolve(`the process ended with code ${code}${words.error()}`))
  })
  return {
    pid: () => child.pid ?? null,
    post: (message) => child.postMessage(message),
    onMessage: (receive) => void child.on('message', receive),
    onExit: (ended) => void reason.then(ended),
    async stop() {
      await Promise.race([spawned, reason])
      // `kill` asks politely, which a program that hangs does not hear.
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
      await reason
    },
  }
}
