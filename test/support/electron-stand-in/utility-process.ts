import { fork, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ForkOptions, UtilityProcess } from 'electron'
import { app, assertReady, preventable } from './application.ts'

const parentPort = fileURLToPath(new URL('./parent-port.ts', import.meta.url))

export const processes = new Map<StandInProcess, string>()

class StandInProcess extends EventEmitter implements Pick<UtilityProcess, 'kill' | 'postMessage'> {
  readonly #child: ChildProcess
  readonly stderr: ChildProcess['stderr']
  pid: number | undefined

  constructor(path: string, args: string[], { serviceName = '' }: ForkOptions) {
    super()
    const env = { ...process.env, NODE_V8_COVERAGE: undefined }
    this.#child = fork(path, args, {
      env,
      serialization: 'advanced',
      execArgv: ['--import', parentPort],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.stderr = this.#child.stderr
    processes.set(this, serviceName)
    this.#child.once('spawn', () => this.#spawned())
    this.#child.on('message', (message) => this.emit('message', message))
    this.#child.once('close', (code) => this.#ended(code ?? 1, serviceName))
  }

  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send(message as object, () => undefined)
  }

  kill(): boolean {
    return this.#child.kill()
  }

  #spawned(): void {
    this.pid = this.#child.pid
    this.emit('spawn')
  }

  #ended(code: number, name: string): void {
    this.pid = undefined
    processes.delete(this)
    this.emit('exit', code)
    if (code === 0) return
    const details = { type: 'Utility', reason: 'killed', exitCode: code, name } as const
    app.emit('child-process-gone', preventable({}), details)
  }
}

export const utilityProcess = {
  fork(path: string, args: string[] = [], options: ForkOptions = {}) {
    assertReady('utilityProcess.fork')
    return new StandInProcess(path, args, options)
  },
}
