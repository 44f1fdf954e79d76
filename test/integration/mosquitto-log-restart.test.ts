import { appendFileSync, copyFileSync, existsSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCountingFleet, type CountingFleet } from '../support/counting-client.ts'
import { agreement, watchLog } from '../support/mosquitto-log-watch.ts'
import { startMosquittoSite, type MosquittoSite } from '../support/mosquitto-site.ts'
import { until } from '../support/poll.ts'
import type { WatchedSource } from '../support/watched-source.ts'

const users = ['pump-1', 'pump-2', 'quiet']

describe('a log that goes on while Picket does not read it', () => {
  let site: MosquittoSite
  let fleet: CountingFleet

  beforeAll(async () => {
    site = await startMosquittoSite(users)
    fleet = createCountingFleet(site.port)
  })

  afterAll(async () => {
    await fleet?.end()
    await site?.end()
  })

  test('at the very first start tells who is connected, and counts nothing of the past', async () => {
    const pump = await fleet.connect('pump-1', { clientId: 'client-of-pump-1' })
    await pump.publish('site/pump-1/t', 'of the past')
    await withWatch({}, async (watched) => {
      expect(watched.devices()).toContain('pump-1')
      expect(watched.counted('pump-1')).toMatchObject({ sent: 0, attempts: 0 })
      await pump.publish('site/pump-1/t', 'abc')
      await until('it is counted', () => watched.counted('pump-1').sent === 1)
      expect(watched.devices()).not.toContain('client-of-pump-1')
      await pump.end()
    })
  })

  test('is read from where it was left, each line for its own time', async () => {
    fleet.ledger.clear()
    let watched = watchLog(site.log)
    await watched.source.start()
    const pump = await fleet.connect('pump-1')
    await pump.publish('site/pump-1/t', 'seen')
    await agreement(watched, fleet, ['pump-1'])
    const earlier = watched
    await stop(watched)
    const stoppedAt = Date.now()
    for (let index = 0; index < 10; index += 1) await pump.publish('site/pump-1/t', 'missed')
    await rotate()
    await pump.publish('site/pump-1/t', 'in a new file')
    renameSync(`${site.log}.1`, `${site.log}.2`)
    await rotate()
    await pump.publish('site/pump-1/t', 'in the next')
    await pump.end()
    const now = Date.now() + 3_600_000
    watched = watchLog(site.log, { memory: earlier.memory.text, now: () => now })
    await watched.source.start()
    const before = earlier.counted('pump-1')
    const after = watched.counted('pump-1')
    expect(before.sent + after.sent).toBe(fleet.ledger.get('pump-1')?.sent)
    expect(before.attempts + after.attempts).toBe(1)
    expect(before.disconnects + after.disconnects).toBe(1)
    expect(
      Math.max(...watched.samples.filter(({ measure }) => measure.count > 0).map(({ at }) => at)),
    ).toBeLessThan(now - 3_000_000)
    expect(watched.recovered).toHaveLength(1)
    expect(watched.recovered[0]?.from).toBeLessThanOrEqual(stoppedAt)
    await stop(watched)
  })

  test('that was rotated away meanwhile leaves a gap, with its reason', async () => {
    const earlier = await withWatch({}, () => Promise.resolve())
    const pump = await fleet.connect('pump-2')
    await rotate()
    rmSync(`${site.log}.1`)
    await pump.publish('site/pump-2/t', 'abc')
    await pump.end()
    await withWatch({ memory: earlier.memory.text }, async (watched) => {
      expect(watched.states.map(({ sentence }) => sentence)).toContainEqual(
        expect.stringMatching(/rotated away while Picket was not reading/),
      )
      expect(watched.recovered).toEqual([])
      expect(watched.counted('pump-2').sent).toBe(1)
      expect(watched.states.at(-1)?.state).toBe('connected')
      await Promise.resolve()
    })
  })

  test('that is copied and cut to nothing is read on, with a gap', async () => {
    await withWatch({}, async (watched) => {
      const pump = await fleet.connect('pump-2')
      await until('it is seen', () => watched.counted('pump-2').attempts === 1)
      copyFileSync(site.log, `${site.log}.copy`)
      truncateSync(site.log)
      await until('it is told', () =>
        watched.states.some(({ sentence }) => /cut to nothing/.test(sentence)),
      )
      await pump.publish('site/pump-2/t', 'abc')
      await until('it is counted', () => watched.counted('pump-2').sent === 1)
      await pump.end()
      expect(watched.states.at(-1)?.state).toBe('connected')
    })
  })

  test('cut to nothing and filled again between two looks is noticed by its words', async () => {
    const earlier = await withWatch({}, () => Promise.resolve())
    const stamp = Math.floor(Date.now() / 1000)
    truncateSync(site.log)
    appendFileSync(site.log, `${stamp}: Config loaded from a quite different file.\n`.repeat(2000))
    appendFileSync(
      site.log,
      `${stamp}: Received PUBLISH from quiet (d0, q0, r0, m0, 't', ... (5 bytes))\n`,
    )
    await withWatch({ memory: earlier.memory.text }, async (watched) => {
      expect(watched.counted('quiet').sent).toBe(1)
      expect(watched.recovered).toEqual([])
      await Promise.resolve()
    })
  })

  test('that is not there, or not readable, is waited for', async () => {
    const watched = watchLog(`${site.log}.elsewhere`)
    await watched.source.start()
    expect(watched.states.at(-1)).toMatchObject({
      state: 'disconnected',
      sentence: expect.stringContaining('There is no'),
    })
    appendFileSync(`${site.log}.elsewhere`, 'Client x disconnected.\n')
    await until('it is found', () => watched.states.at(-1)?.state === 'connected')
    await stop(watched)
  })

  test('of Picket’s own clients is not counted, in this run or the next', async () => {
    const ownClients = new Set(['picket-1'])
    const earlier = watchLog(site.log, { ownClients })
    await earlier.source.start()
    const own = await fleet.connect('picket-1', { username: 'quiet', password: 'quiet' })
    await own.subscribe('site/#')
    await own.publish('site/t', 'abc')
    await own.hasReceived(1)
    const pump = await fleet.connect('pump-2')
    await until('the log is read', () => earlier.counted('pump-2').attempts === 1)
    await stop(earlier)
    await own.end()
    await pump.end()
    const later = await withWatch({ memory: earlier.memory.text }, (watched) =>
      until('the log is read', () => watched.counted('pump-2').disconnects === 1),
    )
    for (const watched of [earlier, later]) {
      expect(watched.devices().filter((name) => name !== 'pump-2')).toEqual([])
    }
  })

  /** As logrotate does: renamed, then the broker is told. */
  async function rotate(): Promise<void> {
    renameSync(site.log, `${site.log}.1`)
    site.broker.reload()
    await until('the broker began a new log', () => existsSync(site.log))
  }

  async function withWatch(
    options: Parameters<typeof watchLog>[1],
    work: (watched: WatchedSource) => Promise<unknown>,
  ): Promise<WatchedSource> {
    const watched = watchLog(site.log, options)
    await watched.source.start()
    try {
      await work(watched)
    } finally {
      await stop(watched)
    }
    return watched
  }
})

/** As the station stops a source: it drains it once more. */
async function stop(watched: WatchedSource): Promise<void> {
  await watched.source.stop()
  watched.devices()
}
