import { implement } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { expect, test } from 'vitest'
import { contract } from '../../../src/contract/contract.ts'
import { isNext } from '../../../src/renderer/station/follow.ts'
import { type Link, linkOverPort, SignInNeeded } from '../../../src/renderer/station/link.ts'
import { stayConnected, waitMs } from '../../../src/renderer/station/stay-connected.ts'
import { busyScene } from '../../support/scripted-scenes.ts'

test('a station at the other end of a port answers', async () => {
  const { port1, port2 } = new MessageChannel()
  const { status } = busyScene()
  const answer = implement(contract).system.status.handler(() => status)
  new RPCHandler({ system: { status: answer } }).upgrade(port1)
  port1.start()
  const link = linkOverPort(port2)
  expect(await link.client.system.status()).toEqual(status)
  link.close()
})

test('facts are in order while their numbers have no gap', () => {
  const event = (seq: number) => ({ seq, at: 1, kind: 'slot-closed', slotStartAt: 0 }) as const
  expect(isNext(undefined, event(7))).toBe(true)
  expect(isNext(7, event(8))).toBe(true)
  expect(isNext(7, event(9))).toBe(false)
  expect(isNext(7, event(1))).toBe(false)
  expect(isNext(7, { seq: 8, at: 1, kind: 'resync' })).toBe(false)
})

test('pauses grow and have a limit', () => {
  expect([0, 1, 2].map(waitMs)).toEqual([500, 1000, 2000])
  expect(waitMs(60)).toBe(10_000)
})

test('a lost link, a refused one and a missing sign-in are each told', async () => {
  const told: string[] = []
  const ended: Link = {
    client: {} as Link['client'],
    closed: Promise.resolve(),
    close: () => told.push('closed'),
  }
  const openers = [() => Promise.resolve(ended), () => Promise.reject(new SignInNeeded('no'))]
  for (const open of openers) {
    const once = new AbortController()
    const watcher = {
      use: async () => void told.push('used'),
      lost: () => (told.push('lost'), once.abort()),
      signedOut: () => (told.push('signed out'), once.abort()),
    }
    await stayConnected(open, watcher, once.signal)
  }
  expect(told).toEqual(['used', 'closed', 'lost', 'signed out'])
})
