import { createORPCClient } from '@orpc/client'
import { RPCLink as MessagePortLink } from '@orpc/client/message-port'
import { RPCLink as WebSocketLink } from '@orpc/client/websocket'
import type { StationClient } from '../../contract/contract.ts'

/** An open way to a station. */
export interface Link {
  client: StationClient
  /** Settles once, when the link is gone. */
  closed: Promise<void>
  close: () => void
}

/** Opens a link, or throws; `SignInNeeded` when trying again will not help. */
export type LinkOpener = () => Promise<Link>

/** The station runs, but this browser has not signed in. */
export class SignInNeeded extends Error {}

/** Opens the station's WebSocket at the address this page came from. */
export async function openWebSocket(): Promise<Link> {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(`${scheme}//${location.host}/rpc`)
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => resolve(), { once: true })
  })
  if (!(await isOpened(socket, closed))) throw await refusal()
  return {
    client: createORPCClient(new WebSocketLink({ websocket: socket })),
    closed,
    close: () => socket.close(),
  }
}

/** A link over a port that the desktop host has handed to the page. It lasts as long as the window. */
export function linkOverPort(port: MessagePort): Link {
  const client: StationClient = createORPCClient(new MessagePortLink({ port }))
  port.start()
  return { client, closed: new Promise(() => {}), close: () => port.close() }
}

function isOpened(socket: WebSocket, closed: Promise<void>): Promise<boolean> {
  const opened = new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true), { once: true })
  })
  return Promise.race([opened, closed.then(() => false)])
}

// A browser does not tell why a WebSocket was refused, so the session is asked.
async function refusal(): Promise<Error> {
  const answer = await fetch('/session').catch(() => null)
  if (answer?.status === 401) return new SignInNeeded('not signed in')
  return new Error('the station does not answer')
}
