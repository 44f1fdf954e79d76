import { RPCHandler } from '@orpc/server/message-port'
import type { MessagePort } from 'node:worker_threads'
import type { StationRouter } from './handlers/router.ts'

/** Answers the contract's calls that come through a port. The desktop host hands its other end to the page. */
export function serveOnPort(router: StationRouter, port: MessagePort): void {
  new RPCHandler(router).upgrade(port)
  port.start()
}
