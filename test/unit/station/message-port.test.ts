import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { serveOnPort } from '../../../src/station/message-port.ts'
import type { StationRouter } from '../../../src/station/handlers/router.ts'

/** A port that keeps what is sent, and wraps what it carries, as Electron's do. */
class KeptPort extends EventEmitter {
  readonly sent: unknown[] = []
  isClosed = false

  postMessage(message: unknown): void {
    this.sent.push(message)
  }

  start(): void {
    this.emit('started')
  }

  close(): void {
    this.isClosed = true
  }
}

const nothing = {} as StationRouter

describe('a port of the desktop host', () => {
  test.each([
    ['a text larger than any call', 'x'.repeat(1_048_577)],
    ['bytes larger than any call', new Uint8Array(1_048_577)],
    ['something that is no call', { a: 1 }],
  ])('is closed by %s', (_what, data) => {
    const port = new KeptPort()
    serveOnPort(nothing, port)
    port.emit('message', { data, ports: [] })
    expect(port.isClosed).toBe(true)
  })

  test('answers what is small enough, though nobody knows the call', async () => {
    const port = new KeptPort()
    serveOnPort(nothing, port)
    port.emit('message', { data: '{"i":"1","p":{"u":"/nothing"}}' })
    await expect.poll(() => port.sent.length).toBe(1)
    expect(String(port.sent[0])).toContain('404')
    expect(port.isClosed).toBe(false)
  })
})
