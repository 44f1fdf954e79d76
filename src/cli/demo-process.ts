import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { StationError } from '../contract/errors.ts'
import type { DemoFeature } from '../station/ports.ts'

/** What the demo tells the station that started it. */
interface DemoWord {
  link: string
}

/** The simulated fleet as a program beside this station, which ends with it. */
export interface DemoProcess extends DemoFeature {
  stop(): void
}

export function createDemoProcess(): DemoProcess {
  let demo: ChildProcess | null = null

  async function start(): Promise<string> {
    if (demo) throw new StationError('HOST_REFUSED', 'The simulated fleet runs already.')
    // In a session of its own: its connections are not this station's.
    demo = fork(fileURLToPath(new URL('main.ts', import.meta.url)), ['demo'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    demo.once('exit', () => (demo = null))
    return linkOf(demo)
  }

  return { start, stop: () => void demo?.kill('SIGTERM') }
}

function linkOf(demo: ChildProcess): Promise<string> {
  const failed = () => new StationError('HOST_REFUSED', 'The simulated fleet could not be started.')
  return new Promise((resolve, reject) => {
    demo.once('message', (word) => resolve((word as DemoWord).link))
    demo.once('error', () => reject(failed()))
    demo.once('exit', () => reject(failed()))
  })
}

/**
 * Tells the station that started this process where its page is, and is told when that station is gone. Returns
 * false where this process was started by a person.
 */
export function tellStation(link: string, stationGone: () => void): boolean {
  if (!process.send) return false
  process.once('disconnect', stationGone)
  process.send({ link } satisfies DemoWord)
  return true
}
