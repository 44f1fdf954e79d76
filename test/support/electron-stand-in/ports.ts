import { EventEmitter } from 'node:events'
import type { MessageChannelMain, MessagePortMain } from 'electron'
import { wire } from './main-end.ts'

type Port = Pick<MessagePortMain, 'postMessage' | 'start' | 'close'>

let lastId = 0
let handedOver = 0
const held = new Map<number, StandInPort>()

/** An end of a channel in the main process; the other end is, sooner or later, in a page. */
export class StandInPort extends EventEmitter implements Port {
  readonly id = ++lastId
  peer: StandInPort | null = null
  #waiting: unknown[] | null = []

  /** Messages to an end that no page holds yet are not kept: the app hands it over at once. */
  postMessage(data: unknown): void {
    if (held.has(this.id)) void wire.ask('port:post', { id: this.id, data })
  }

  start(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = null
    for (const data of waiting) this.emit('message', { data, ports: [] })
  }

  /** As strict as can be: the end that closes is not told. */
  close(): void {
    if (held.delete(this.id)) void wire.ask('port:close', { id: this.id })
  }

  receive(data: unknown): void {
    if (this.#waiting) this.#waiting.push(data)
    else this.emit('message', { data, ports: [] })
  }
}

export class StandInChannel implements Pick<MessageChannelMain, never> {
  readonly port1 = new StandInPort()
  readonly port2 = new StandInPort()

  constructor() {
    this.port1.peer = this.port2
    this.port2.peer = this.port1
  }
}

/** Gives an end away to a page; what stays here is its peer. Returns the number that both sides know it by. */
export function handOver(port: unknown): number {
  if (!(port instanceof StandInPort) || !port.peer) throw new TypeError('this is no port')
  handedOver += 1
  held.set(port.peer.id, port.peer)
  return port.peer.id
}

export const countPorts = () => ({ openPorts: held.size, handedOver })

wire.on('port:message', ({ id, data }: { id: number; data: unknown }) =>
  held.get(id)?.receive(data),
)
wire.on('port:closed', ({ id }: { id: number }) => {
  const port = held.get(id)
  held.delete(id)
  port?.emit('close')
})
