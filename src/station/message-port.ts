import { RPCHandler } from '@orpc/server/message-port'
import type { StationRouter } from './handlers/router.ts'
import { largestMessageBytes } from './host/message-limit.ts'

/** A port of `node:worker_threads`, or Electron's of the main process, which wraps what it carries. */
export interface ServedPort {
  on(event: string, listener: (carried: unknown) => void): unknown
  postMessage(message: unknown): void
  start(): void
  close(): void
}

/**
 * Answers the contract's calls that come through a port. A message too large for any call closes it. Returns how to
 * close it; what the page still listens to ends with it.
 */
export function serveOnPort(router: StationRouter, port: ServedPort): () => void {
  const ends: (() => void)[] = []
  new RPCHandler(router).upgrade({
    postMessage: (message: unknown) => port.postMessage(message),
    on(event, listener) {
      if (event === 'close') ends.push(listener)
      port.on(event, (carried) => {
        const data = dataOf(carried)
        if (bytesOf(data) > largestMessageBytes) close()
        else listener({ data })
      })
    },
  })
  port.start()

  /** Not every kind of port tells the end that closed it. */
  function close(): void {
    port.close()
    for (const end of ends) end()
  }

  return close
}

function dataOf(carried: unknown): unknown {
  return typeof carried === 'object' && carried !== null && 'data' in carried
    ? carried.data
    : carried
}

/** A call is text, or bytes where it carries some; anything else is none. */
function bytesOf(data: unknown): number {
  if (data === undefined) return 0
  if (typeof data === 'string') return data.length
  return ArrayBuffer.isView(data) ? data.byteLength : Infinity
}
