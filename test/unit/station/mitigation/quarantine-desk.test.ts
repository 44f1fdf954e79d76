import { describe, expect, test } from 'vitest'
import type { DeviceId } from '../../../../src/contract/model/device.ts'
import type { QuarantinePlan } from '../../../../src/contract/model/quarantine.ts'
import { keptOf } from '../../../../src/station/mitigation/isolations.ts'
import { noteSighting } from '../../../../src/station/sightings.ts'
import { readIsolation, readIsolationEvents } from '../../../../src/station/store/isolations.ts'
import { createFakeBroker, refusal, unreachable } from '../../../support/fake-controller.ts'
import { createHandClock, type HandClock } from '../../../support/hand-clock.ts'
import { dayStartsAt } from '../../../support/hand-station.ts'
import {
  openQuarantineStation,
  type QuarantineStation,
} from '../../../support/quarantine-station.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const minuteMs = 60_000

interface Site extends QuarantineStation {
  clock: HandClock
  data: string
}

async function open(
  options: Partial<Parameters<typeof openQuarantineStation>[0]> = {},
): Promise<Site> {
  const clock = options.clock ?? createHandClock(dayStartsAt)
  const data = options.data ?? temporaryFolder()
  return { ...(await openQuarantineStation({ ...options, data, clock })), clock, data }
}

const twoBrokers = () => new Map(['plant', 'yard'].map((id) => [id, createFakeBroker(id)] as const))

function orderOf(plan: QuarantinePlan, changes: object = {}) {
  return {
    deviceId: plan.deviceId,
    digest: plan.digest,
    confirmation: plan.deviceId as string,
    reason: 'it sends what it never sent',
    by: 'Ada',
    releaseAfterMinutes: null,
    alarmIds: [],
    ...changes,
  }
}

async function isolate(site: Site, deviceId: DeviceId, changes: object = {}) {
  return site.desk.isolate(orderOf(await site.desk.plan(deviceId), changes))
}

function eventsOf({ core }: Site, id: Parameters<typeof readIsolationEvents>[1]): string[] {
  return readIsolationEvents(core.store.read, id).map(({ kind }) => kind)
}

describe('A dry run', () => {
  test('says what would be done, and does nothing', async () => {
    const site = await open()
    const plan = await site.desk.plan(site.addDevice('pump-1'))
    expect(plan.brokers.map(({ identity, calls }) => [identity, calls[0]?.exact])).toEqual([
      ['the user name pump-1', 'block pump-1'],
    ])
    expect(plan.forbidden).toEqual([])
    expect(site.brokers.get('plant')?.calls).toEqual(['prepare pump-1'])
  })

  test('has the same digest as long as it means the same, whatever is queued meanwhile', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const broker = site.brokers.get('plant')
    const before = await site.desk.plan(pump)
    await site.pass(minuteMs)
    broker?.losses.push('7 queued messages')
    expect((await site.desk.plan(pump)).digest).toBe(before.digest)
    broker?.recorded.push('the role operator')
    expect((await site.desk.plan(pump)).digest).not.toBe(before.digest)
  })

  test('names the brokers of every source that saw the device, and no others', async () => {
    const site = await open({ brokers: twoBrokers() })
    const pump = site.addDevice('pump-1', 'plant')
    site.addDevice('pump-2', 'yard')
    expect((await site.desk.plan(pump)).brokers.map(({ sourceId }) => sourceId)).toEqual(['plant'])
    site.addDevice('pump-1', 'yard')
    const both = await site.desk.plan(pump)
    expect(both.brokers.map(({ sourceId }) => sourceId)).toEqual(['plant', 'yard'])
  })

  test('names other devices that use the same login', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const party = { clientId: 'other', certificateName: 'pump-9', username: null, address: null }
    site.observations('plant').connected(party, site.core.clock.now())
    const shared = site.observations('plant').sessions.byClient.get('other')
    if (shared) shared.username = 'pump-1'
    const [broker] = (await site.desk.plan(pump)).brokers
    expect(broker?.shares).toEqual([
      '"pump-9" uses the same login, with the client id "other", and goes with it.',
    ])
  })

  test('takes a device whose connection was never seen by its own name, and says so', async () => {
    const site = await open({ brokers: twoBrokers() })
    const pump = site.addDevice('pump-1')
    site.observations('plant').sessions.byClient.clear()
    noteSighting(site.core.sightings, pump, 'yard')
    const [broker, ...others] = (await site.desk.plan(pump)).brokers
    expect(others).toEqual([])
    expect(broker).toMatchObject({ sourceId: 'yard' })
    expect(broker?.identity).toContain('its connection was never seen')
  })

  test('is refused for a device that nobody knows, or that no source has seen', async () => {
    const site = await open()
    await expect(site.desk.plan('nobody' as DeviceId)).rejects.toMatchObject({
      code: 'DEVICE_UNKNOWN',
    })
    const pump = site.addDevice('pump-1')
    site.core.sources = []
    await expect(site.desk.plan(pump)).rejects.toMatchObject({ code: 'QUARANTINE_FORBIDDEN' })
  })
})

describe('Isolating a device', () => {
  test('blocks it, reads that back, and proves it by the silence that follows', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const begun = await isolate(site, pump)
    expect(begun).toMatchObject({ state: 'isolated', by: 'Ada', proof: { state: 'watching' } })
    expect(begun.proof.readBack).toBe('It is blocked.')
    await site.pass(20_000)
    for (let attempt = 0; attempt < 14; attempt += 1) {
      site.observations('plant').denied('pump-1-client', site.core.clock.now())
    }
    await site.pass(2 * minuteMs)
    const kept = site.core.isolations.get(pump)
    expect(kept?.proof.state).toBe('isolated')
    expect(kept?.proof.sentence).toMatch(/^isolated: 0 messages in \d+ s, 14 refused attempts$/)
    expect(eventsOf(site, begun.id)).toEqual(['requested', 'isolated', 'proved'])
  })

  test('is called NOT isolated as soon as a message gets through, also much later', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { id } = await isolate(site, pump)
    await site.pass(5 * minuteMs)
    expect(site.core.isolations.get(pump)?.proof.state).toBe('isolated')
    site.observations('plant').sent('pump-1-client', site.core.clock.now(), 12)
    await site.pass(1000)
    expect(site.core.isolations.get(pump)?.proof).toMatchObject({
      state: 'not-isolated',
      messages: 1,
    })
    expect(site.told.at(-1)).toMatchObject({ deviceId: 'pump-1', isUrgent: true })
    expect(site.told.at(-1)?.sentence).toContain('NOT isolated: 1 message got through')
    expect(eventsOf(site, id).at(-1)).toBe('not-proved')
  })

  test('is unproven where no source sees who publishes', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    await isolate(site, pump)
    for (const watched of site.core.sources) watched.state = 'disconnected'
    await site.pass(5 * minuteMs)
    expect(site.core.isolations.get(pump)?.proof).toMatchObject({
      state: 'unproven',
      messages: null,
    })
  })

  test('is NOT isolated where the broker says that the block is gone', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    await isolate(site, pump)
    await site.pass(2 * minuteMs)
    site.brokers.get('plant')?.blocked.clear()
    await site.pass(6 * minuteMs)
    expect(site.core.isolations.get(pump)?.proof.state).toBe('not-isolated')
  })

  test('is watched anew where its source was away, for nobody saw what it did meanwhile', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    await isolate(site, pump)
    await site.pass(2 * minuteMs)
    expect(site.core.isolations.get(pump)?.proof.state).toBe('isolated')
    for (const watched of site.core.sources) watched.since = site.core.clock.now()
    await site.pass(10_000)
    await site.pass(10_000)
    expect(site.core.isolations.get(pump)?.proof.state).toBe('watching')
    await site.pass(minuteMs)
    expect(site.core.isolations.get(pump)?.proof.state).toBe('isolated')
  })

  test('by a ticket is proved by its traffic alone, once a person has done it', async () => {
    const site = await open({ brokers: new Map([['plant', createFakeBroker('plant', 'ticket')]]) })
    const pump = site.addDevice('pump-1')
    await isolate(site, pump)
    site.brokers.get('plant')?.blocked.clear()
    await site.pass(20_000)
    site.observations('plant').sent('pump-1-client', site.core.clock.now(), 12)
    await site.pass(1000)
    const soon = site.core.isolations.get(pump)?.proof
    expect(soon?.state).toBe('not-isolated')
    expect(soon?.sentence).toContain('what the ticket says')
    await site.pass(2 * minuteMs)
    await site.pass(1000)
    expect(site.core.isolations.get(pump)?.proof.state).toBe('isolated')
  })

  test('needs its name typed exactly, and just what was shown', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const plan = await site.desk.plan(pump)
    await expect(
      site.desk.isolate(orderOf(plan, { confirmation: 'Pump-1' })),
    ).rejects.toMatchObject({ code: 'CONFIRMATION_WRONG' })
    site.brokers.get('plant')?.recorded.push('the role operator')
    await expect(site.desk.isolate(orderOf(plan))).rejects.toMatchObject({
      code: 'QUARANTINE_PLAN_CHANGED',
    })
    expect(site.brokers.get('plant')?.blocked.size).toBe(0)
    expect(site.core.isolations.size).toBe(0)
  })

  test('is refused where it is forbidden: by the broker, by a list, or while it is isolated', async () => {
    const site = await open({ settings: { quarantine: { doNotIsolate: ['valve-1'] } } })
    const valve = site.addDevice('valve-1')
    await expect(isolate(site, valve)).rejects.toMatchObject({ code: 'QUARANTINE_FORBIDDEN' })
    const pump = site.addDevice('pump-1')
    site.brokers.get('plant')?.forbidden.push('It is an administrator.')
    await expect(isolate(site, pump)).rejects.toThrow(/administrator/)
    site.brokers.get('plant')?.forbidden.splice(0)
    await isolate(site, pump)
    await expect(isolate(site, pump)).rejects.toMatchObject({ code: 'QUARANTINE_EXISTS' })
    expect(site.brokers.get('plant')?.calls.filter((call) => call.startsWith('isolate'))).toEqual([
      'isolate pump-1',
    ])
  })

  test('is done by one of two who want it at the same time', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const both = await Promise.allSettled([isolate(site, pump), isolate(site, pump)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(
      site.brokers.get('plant')?.calls.filter((call) => call === 'isolate pump-1'),
    ).toHaveLength(1)
  })

  test('keeps what it takes to undo it before anything is done', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const broker = site.brokers.get('plant')
    if (!broker) throw new Error('no broker')
    const { isolate: block } = broker.controller
    let stored: unknown = null
    broker.controller.isolate = (record) => {
      const [kept] = site.core.isolations.values()
      const body = kept && readIsolation(site.core.store.read, kept.id)
      stored = body ? keptOf(body).brokers[0]?.record : null
      return block(record)
    }
    await isolate(site, pump)
    expect(stored).toEqual({ version: 1, device: 'pump-1' })
  })

  test('sends nothing at all while Picket is to listen only', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    site.core.preferences = { ...site.core.preferences, listenOnly: true }
    await expect(site.desk.plan(pump)).rejects.toMatchObject({ code: 'LISTEN_ONLY' })
    expect(site.brokers.get('plant')?.calls).toEqual([])
  })
})

describe('Where a broker fails', () => {
  test('one that refuses has everything undone, and says which', async () => {
    const site = await open({ brokers: twoBrokers() })
    const pump = site.addDevice('pump-1', 'plant')
    site.addDevice('pump-1', 'yard')
    site.brokers.get('yard')?.failNext('isolate', { error: refusal(), isDone: true })
    const after = await isolate(site, pump)
    expect(after).toMatchObject({
      state: 'failed',
      brokers: [{ state: 'failed' }, { state: 'failed' }],
    })
    expect(after.sentence).toContain('The broker said no.')
    expect([...site.brokers.values()].map(({ blocked }) => blocked.size)).toEqual([0, 0])
    expect(site.told.at(-1)).toMatchObject({ isUrgent: true })
    expect((await site.desk.plan(pump)).forbidden).toEqual([])
  })

  test('where undoing fails too, it is shown as such and tried again until it succeeds', async () => {
    const site = await open({ brokers: twoBrokers() })
    const pump = site.addDevice('pump-1', 'plant')
    site.addDevice('pump-1', 'yard')
    site.brokers.get('yard')?.failNext('isolate', { error: refusal() })
    for (let time = 0; time < 4; time += 1) {
      site.brokers.get('plant')?.failNext('release', { error: unreachable() })
    }
    const after = await isolate(site, pump)
    expect(after.state).toBe('isolating')
    expect(after.sentence).toContain('what was done is not undone yet. The broker is away.')
    for (let minute = 0; minute < 8 && site.brokers.get('plant')?.blocked.size; minute += 1) {
      await site.pass(600 * minuteMs)
    }
    expect(site.core.isolations.get(pump)?.course.state).toBe('failed')
    expect(site.brokers.get('plant')?.blocked.size).toBe(0)
  })

  test('one that is away is waited for, longer each time, and then it is isolated', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const plan = await site.desk.plan(pump)
    const comeBack = site.brokers.get('plant')?.goDown()
    await expect(site.desk.isolate(orderOf(plan))).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
    })
    comeBack?.()
    for (let time = 0; time < 3; time += 1) {
      site.brokers.get('plant')?.failNext('isolate', { error: unreachable() })
    }
    const begun = await site.desk.isolate(orderOf(plan))
    expect(begun).toMatchObject({ state: 'isolating' })
    expect(begun.sentence).toContain('Not isolated yet. The broker is away.')
    for (let minute = 0; minute < 10; minute += 1) await site.pass(600 * minuteMs)
    expect(site.core.isolations.get(pump)?.course.state).toBe('isolated')
    expect(await site.states()).toEqual(expect.arrayContaining(['isolating', 'isolated']))
  })
})

describe('Releasing a device', () => {
  test('brings back what was, and proves by its messages that it is back', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { id } = await isolate(site, pump)
    await site.pass(2 * minuteMs)
    const released = await site.desk.release({ id, by: 'Ada', reason: 'it was cleaned' })
    expect(released).toMatchObject({ state: 'released', proof: { state: 'watching' } })
    expect(released.proof.readBack).toBe('It is not blocked.')
    expect(site.brokers.get('plant')?.blocked.size).toBe(0)
    await site.pass(20_000)
    site.observations('plant').sent('pump-1-client', site.core.clock.now(), 12)
    await site.pass(1000)
    expect(site.core.isolations.get(pump)?.proof.state).toBe('back')
    expect(eventsOf(site, id)).toEqual([
      'requested',
      'isolated',
      'proved',
      'release-requested',
      'released',
      'back',
    ])
  })

  test('says so where the device does not come back, and again when it does', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { id } = await isolate(site, pump)
    await site.desk.release({ id, by: 'Ada', reason: 'it was cleaned' })
    site.observations('plant').disconnected('pump-1-client', site.core.clock.now(), 'UNKNOWN')
    await site.pass(5 * minuteMs)
    expect(site.core.isolations.get(pump)?.proof.sentence).toMatch(/^not back: .* not connected/)
    expect(site.told.at(-1)).toMatchObject({ isUrgent: true })
    site.observations('plant').sent('pump-1-client', site.core.clock.now(), 12)
    await site.pass(1000)
    expect(site.core.isolations.get(pump)?.proof.state).toBe('back')
  })

  test('stops and asks where somebody changed the broker meanwhile, and then does as it is told', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { id } = await isolate(site, pump)
    site.brokers.get('plant')?.differences.push('Its role was changed.')
    const refused = site.desk.release({ id, by: 'Ada', reason: 'it was cleaned' })
    await expect(refused).rejects.toMatchObject({ code: 'BROKER_CHANGED' })
    await expect(refused).rejects.toThrow(/Its role was changed\./)
    expect(site.core.isolations.get(pump)?.course.state).toBe('changed')
    expect(site.brokers.get('plant')?.blocked.size).toBe(1)
    const lifted = { id, by: 'Ada', reason: 'it was cleaned', manner: 'lift' } as const
    expect(await site.desk.release(lifted)).toMatchObject({ state: 'released' })
    expect(site.brokers.get('plant')?.calls).toContain('release pump-1 lift')
  })

  test('says so where the broker is not as it was before', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { id } = await isolate(site, pump)
    const broker = site.brokers.get('plant')
    if (!broker) throw new Error('no broker')
    broker.controller.release = () => Promise.resolve()
    const released = await site.desk.release({ id, by: 'Ada', reason: 'it was cleaned' })
    expect(released.proof.readBack).toContain('NOT as it was before')
  })

  test('is tried for ever where the broker is away', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { id } = await isolate(site, pump)
    const comeBack = site.brokers.get('plant')?.goDown()
    const waiting = await site.desk.release({ id, by: 'Ada', reason: 'it was cleaned' })
    expect(waiting).toMatchObject({ state: 'releasing' })
    await site.pass(600 * minuteMs)
    expect(site.core.isolations.get(pump)?.course.state).toBe('releasing')
    comeBack?.()
    await site.pass(600 * minuteMs)
    expect(site.core.isolations.get(pump)?.course.state).toBe('released')
  })

  test('of one that waits for its broker gives it up', async () => {
    const site = await open({ brokers: twoBrokers() })
    const pump = site.addDevice('pump-1', 'plant')
    site.addDevice('pump-1', 'yard')
    site.brokers.get('yard')?.failNext('isolate', { error: unreachable(), isDone: true })
    const { id, state } = await isolate(site, pump)
    expect(state).toBe('isolating')
    const released = await site.desk.release({ id, by: 'Ada', reason: 'never mind' })
    expect(released.state).toBe('released')
    expect([...site.brokers.values()].map(({ blocked }) => blocked.size)).toEqual([0, 0])
  })
})

describe('The timer', () => {
  test('releases by itself, and can be moved', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { id, releaseAt } = await isolate(site, pump, { releaseAfterMinutes: 60 })
    expect(releaseAt).toBe(site.core.clock.now() + 60 * minuteMs)
    await site.pass(30 * minuteMs)
    await site.desk.extend({ id, by: 'Bob', releaseAfterMinutes: 60 })
    await site.pass(45 * minuteMs)
    expect(site.core.isolations.get(pump)?.course.state).toBe('isolated')
    await site.pass(20 * minuteMs)
    expect(site.core.isolations.get(pump)?.course.state).toBe('released')
    expect(eventsOf(site, id)).toContain('extended')
  })

  test('releases also after Picket was closed meanwhile', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    await isolate(site, pump, { releaseAfterMinutes: 60 })
    await site.desk.stop()
    site.kill()
    await site.clock.advance(90 * minuteMs)
    const next = await open(site)
    await next.pass(1000)
    expect(next.core.isolations.get(pump)?.course.state).toBe('released')
    expect(next.brokers.get('plant')?.blocked.size).toBe(0)
  })

  test('waits while Picket is to listen only, and releases once it may send again', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    await isolate(site, pump, { releaseAfterMinutes: 60 })
    const usual = site.core.preferences
    site.core.preferences = { ...usual, listenOnly: true }
    await site.pass(61 * minuteMs)
    expect(site.core.isolations.get(pump)?.course.state).toBe('releasing')
    expect(site.brokers.get('plant')?.blocked.size).toBe(1)
    site.core.preferences = usual
    await site.pass(600 * minuteMs)
    expect(site.core.isolations.get(pump)?.course.state).toBe('released')
  })

  test('stops and asks, once, where the broker was changed', async () => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { id } = await isolate(site, pump, { releaseAfterMinutes: 60 })
    site.brokers.get('plant')?.differences.push('Its role was changed.')
    for (let hour = 0; hour < 3; hour += 1) await site.pass(60 * minuteMs)
    expect(site.core.isolations.get(pump)?.course.state).toBe('changed')
    expect(eventsOf(site, id).filter((kind) => kind === 'changed')).toHaveLength(1)
    expect(site.told.some(({ sentence }) => sentence.includes('Say how to release it'))).toBe(true)
    site.brokers.get('plant')?.differences.splice(0)
    for (let hour = 0; hour < 3; hour += 1) await site.pass(60 * minuteMs)
    expect(site.core.isolations.get(pump)?.course.state).toBe('released')
  })
})

describe('Picket killed in the middle', () => {
  const moments = [
    { when: 'before the broker did it', isDone: false },
    { when: 'after the broker did it', isDone: true },
  ]

  test.each(moments)(
    'of isolating, $when, finishes at its start and says so',
    async ({ isDone }) => {
      const site = await open()
      const pump = site.addDevice('pump-1')
      const broker = site.brokers.get('plant')
      const plan = await site.desk.plan(pump)
      broker?.failNext('isolate', { error: new Killed(site), isDone })
      await expect(site.desk.isolate(orderOf(plan))).rejects.toThrow()
      const next = await open(site)
      await next.pass(1000)
      const kept = next.core.isolations.get(pump)
      expect(kept?.course.state).toBe('isolated')
      expect(broker?.blocked).toEqual(new Set(['pump-1']))
      const events = kept ? readIsolationEvents(next.core.store.read, kept.id) : []
      expect(events.map(({ kind }) => kind)).toEqual(['requested', 'isolated', 'resumed'])
      expect(events.at(-1)?.sentence).toContain('Picket was ended in the middle')
    },
  )

  test.each(moments)('of releasing, $when, finishes at its start', async ({ isDone }) => {
    const site = await open()
    const pump = site.addDevice('pump-1')
    const { id } = await isolate(site, pump)
    const broker = site.brokers.get('plant')
    broker?.failNext('release', { error: new Killed(site), isDone })
    await expect(site.desk.release({ id, by: 'Ada', reason: 'it was cleaned' })).rejects.toThrow()
    const next = await open(site)
    await next.pass(1000)
    expect(next.core.isolations.get(pump)?.course.state).toBe('released')
    expect(broker?.blocked.size).toBe(0)
    expect(eventsOf(next, id)).toContain('resumed')
  })
})

/** Closes the store as it is thrown: what comes after cannot be kept, as after `kill -9`. */
class Killed extends Error {
  constructor(site: Site) {
    super('killed')
    Object.defineProperty(this, 'stack', {
      get: () => {
        site.kill()
        return 'killed'
      },
    })
  }
}
