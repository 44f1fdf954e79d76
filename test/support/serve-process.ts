import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { until } from './poll.ts'

/** The file that `picket` runs. */
export const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Starts `picket` with these arguments; it is killed after the test at the latest. */
export function startPicket(...args: string[]): ChildProcess {
  const picket = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => kill(picket))
  return picket
}

/** `kill -9`. Resolves when the process is gone. */
export async function kill(picket: ChildProcess): Promise<void> {
  if (picket.exitCode !== null || picket.signalCode !== null) return
  const gone = once(picket, 'exit')
  picket.kill('SIGKILL')
  await gone
}

/** Writes a `site.yaml` and returns its path. */
export function writeSite(folder: string, settings: object): string {
  const path = join(folder, 'site.yaml')
  writeFileSync(path, stringify(settings))
  return path
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (!address || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

/** Waits until a port of this machine takes connections. */
export async function untilListening(port: number): Promise<void> {
  await until(`something listens on port ${port}`, () => isListening(port))
}

/** Until nothing takes connections on the port any more: what a station leaves behind may end a moment after it. */
export async function untilFree(port: number): Promise<void> {
  await until(`nothing listens on port ${port}`, async () => !(await isListening(port)))
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (isOpen: boolean) => () => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', answer(true))
    socket.once('error', answer(false))
  })
}
