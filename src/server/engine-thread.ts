import { Worker } from 'node:worker_threads'
import type { EngineHost, EngineProcess } from '../station/ports.ts'

/** Runs engines in threads of this process. */
export const engineThreads: EngineHost = { start: startThread }

function startThread(): EngineProcess {
  return threadProcess(new Worker(new URL('../station/engine/entry.ts', import.meta.url)))
}

/** A worker thread as the station sees it: an error that ends it is the reason of its exit. */
export function threadProcess(worker: Worker): EngineProcess {
  let failure: string | null = null
  worker.on('error', (error: unknown) => {
    failure = error instanceof Error ? error.message : String(error)
  })
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (receive) => void worker.on('message', receive),
    onExit(ended) {
      worker.once('exit', (code) => ended(failure ?? `the thread ended with code ${code}`))
    },
    async stop() {
      await worker.terminate()
    },
  }
}
