import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './programs.ts'
import { until } from './poll.ts'

/** Debian's real Mosquitto on a loopback port of its own. */
export interface Mosquitto {
  port: number
  url: string
  stop(): Promise<void>
  /** Reads passwords and access lists again, and opens its log anew. */
  reload(): void
  /** Ends it as a crash would. */
  kill(): Promise<void>
}

/** `port`: one that was used before, to bring the same broker back. */
export async function startMosquitto(port?: number, settings: string[] = []): Promise<Mosquitto> {
  const chosen = port ?? (await freePort())
  const file = join(mkdtempSync(join(tmpdir(), 'picket-mosquitto-')), 'mosquitto.conf')
  const asksForLogin = settings.some((line) => line.startsWith('allow_anonymous'))
  const access = asksForLogin ? [] : ['allow_anonymous true']
  // Started by root it would become a user of its own, who may not write to a test's folder.
  const user = userInfo().uid === 0 ? ['user root'] : []
  const lines = [...user, `listener ${chosen} 127.0.0.1`, 'log_dest none', ...access, ...settings]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const program = findProgram('mosquitto')
  if (!program) throw new Error('mosquitto is not installed; `npm test` installs it where it may')
  const broker = spawn(program, ['-c', file], { stdio: 'ignore' })
  await until(`mosquitto listens on ${chosen}`, () => answers(chosen))
  return {
    port: chosen,
    url: `mqtt://127.0.0.1:${chosen}`,
    stop: () => end(broker),
    reload: () => void broker.kill('SIGHUP'),
    kill: () => end(broker, 'SIGKILL'),
  }
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  return bound && typeof bound === 'object' ? bound.port : 0
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function end(broker: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (broker.exitCode !== null || broker.signalCode !== null) return
  const ended = once(broker, 'exit')
  broker.kill(signal)
  await ended
}
