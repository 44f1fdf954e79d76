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

/** What the desktop host's preload adds to a page: asks for a port, which comes as a message to this window. */
declare global {
  var askForPort: (() => void) | undefined
}

/** Opens the way that the host of this page offers. */
export function openLink(): Promise<Link> {
  return globalThis.askForPort ? openPort(globalThis.askForPort) : openWebSocket()
}

/** Opens the station's WebSocket at the address this page came from. */
async function openWebSocket(): Promise<Link> {
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

async function openPort(ask: () => void): Promise<Link> {
  const port = await new Promise<MessagePort>((resolve) => {
    addEventListener('message', function take({ source, data, ports: [port] }) {
      // Frames and other windows may post here too: what is ours comes from this very window.
      if (source !== window || data !== 'picket:port' || !port) return
      removeEventListener('message', take)
      resolve(port)
    })
    ask()
  })
  return linkOverPort(port)
}

/** A link over a port of the desktop host's. */
export function linkOverPort(port: MessagePort): Link {
  const closed = new Promise<void>((resolve) => {
    port.addEventListener('close', () => resolve(), { once: true })
  })
  const client: StationClient = createORPCClient(new MessagePortLink({ port }))
  port.start()
  return { client, closed, close: () => port.close() }
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
