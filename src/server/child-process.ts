import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { keepLastWords } from '../station/host/last-words.ts'
import type { ProcessHost, Program, ProgramProcess } from '../station/ports.ts'

/**
 * Runs the station's programs in processes of their own, as the desktop host does: what ends one, a crash in
 * native code included, cannot end the station. (Node 24 may abort a process whose threads load TypeScript and end:
 * https://github.com/nodejs/node/issues/64500.)
 */
export const childProcesses: ProcessHost = {
  start: (program) => startProcess(new URL(files[program], import.meta.url)),
}

const files: Record<Program, string> = {
  engine: '../station/engine/entry.ts',
  'embedded-broker': '../station/ingest/embedded-broker-entry.ts',
}

/** Starts a program of ours that talks through `process.send`. It ends with this process. */
export function startProcess(program: URL): ProgramProcess {
  const child = fork(fileURLToPath(program), {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const reason = exitReasonOf(child)
  return {
    pid: () => child.pid ?? null,
    post: (message) => post(child, message),
    onMessage: (receive) => void child.on('message', receive),
    onExit: (ended) => void reason.then(ended),
    async stop() {
      child.kill('SIGKILL')
      await reason
    },
  }
}

/** A message to a process that has just ended is lost; its exit tells so. */
function post(child: ChildProcess, message: unknown): void {
  if (child.connected) child.send(message as object, () => undefined)
}

function exitReasonOf(child: ChildProcess): Promise<string> {
  const words = keepLastWords(child.stderr)
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(`${wayOut(code, signal)}${words.error()}`))
  })
}

function wayOut(code: number | null, signal: string | null): string {
  return signal ? `the process was ended by ${signal}` : `the process ended with code ${code}`
}
