import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deviceId } from '../../src/contract/model/device.ts'
import type { ControllerContext } from '../../src/station/mitigation/controller-context.ts'
import type { BrokerRecord, QuarantineController } from '../../src/station/mitigation/controller.ts'
import type { EmqxControllerSettings } from '../../src/station/mitigation/emqx/api.ts'
import { createEmqxController } from '../../src/station/mitigation/emqx/controller.ts'
import type { Clock } from '../../src/station/ports.ts'
import { makeAuthority } from '../support/certificates.ts'
import { apiKey, startEmqxApi, type EmqxApiStandIn, type KeptBan } from '../support/emqx-api.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const seconds = now / 1000

const crashes = ['before', 'after'] as const

let emqx: EmqxApiStandIn
let controller: QuarantineController
/** What the controller has planned: its patience. */
let planned: (() => void)[]
/** That the source saw the device publish on. */
let topics: string[]
let folder: string
let apiKeyFile: string

beforeEach(async () => {
  planned = []
  topics = []
  folder = mkdtempSync(join(tmpdir(), 'picket-emqx-'))
  apiKeyFile = join(folder, 'api-key')
  writeFileSync(apiKeyFile, `${apiKey}\n`, { mode: 0o600 })
  emqx = await startEmqxApi(() => now)
  controller = create()
})

afterEach(async () => {
  await controller.stop()
  await emqx.stop()
  rmSync(folder, { recursive: true })
  expect(emqx.faults).toEqual([])
})

function create(settings: { url?: string; ca?: string } = {}): QuarantineController {
  const context: Partial<ControllerContext> = {
    now: () => now,
    hostClock: handClock,
    ownClients: new Set(['picket-watch']),
    ownLogins: () => ['picket'],
    topicsOf: () => topics,
  }
  return createEmqxController({ ...settingsNow(), ...settings }, context as ControllerContext)
}

function settingsNow(): EmqxControllerSettings {
  return { kind: 'emqx', source: 'plant', alsoWatchedBy: [], url: emqx.url, apiKeyFile }
}

const handClock: Clock = {
  now: () => now,
  monotonic: () => now,
  speed: 1,
  after(_delayMs, run) {
    planned.push(run)
    return () => void planned.splice(planned.indexOf(run) >>> 0, 1)
  },
}

interface Named {
  usernames?: string[]
  clientIds?: string[]
}

function prepare({ usernames = [], clientIds = [] }: Named) {
  return controller.prepare({
    deviceId: deviceId.parse('pump-7'),
    usernames,
    clientIds,
    addresses: [],
  })
}

/** As the station keeps it: through JSON. */
async function recordOf(named: Named): Promise<BrokerRecord> {
  return JSON.parse(JSON.stringify((await prepare(named)).record)) as BrokerRecord
}

function foreignBan(changes: Partial<KeptBan> = {}): KeptBan {
  const times = { at: seconds - 100, until: seconds + 3600 }
  return { as: 'username', who: 'pump-7', by: 'anna', reason: 'maintenance', ...times, ...changes }
}

const names = [
  'pump-7',
  'site/a b/pump-7',
  'Pumpe Süd №7 🛢',
  'a?b#c&d=e%2F',
  '..%2f..',
  '"><img src=x>',
]

describe.each(names)('a device with the user name %j', (username) => {
  test('is banned, then cut off; and released to just what was before', async () => {
    emqx.bans.push(foreignBan({ who: 'other' }), foreignBan({ as: 'peerhost', who: '10.0.0.1' }))
    emqx.clients.push(
      { clientid: `${username}/1`, username, connected: true },
      { clientid: `${username}/2`, username, connected: false },
      { clientid: 'bystander', username: 'other', connected: true },
    )
    const before = structuredClone(emqx.bans)
    const record = await recordOf({ usernames: [username], clientIds: [`${username}/1`] })
    expect(emqx.bans).toEqual(before)

    emqx.calls.length = 0
    await controller.isolate(record)
    const changing = emqx.calls.filter((call) => !call.startsWith('GET'))
    expect(changing).toEqual([
      'POST /api/v5/banned',
      `DELETE /api/v5/clients/${encodeURIComponent(`${username}/1`)}`,
    ])
    expect(emqx.bans.find(({ who }) => who === username)).toMatchObject({
      as: 'username',
      by: 'Picket',
      until: Date.parse('2999-12-31T23:59:59Z') / 1000,
    })
    expect(emqx.clients.map(({ clientid }) => clientid)).toEqual([`${username}/2`, 'bystander'])
    expect(await controller.inspect(record)).toMatchObject({
      isInForce: true,
      isAsBefore: false,
      differences: [],
    })

    await controller.release(record, 'restore')
    expect(emqx.bans).toEqual(before)
    expect(await controller.inspect(record)).toMatchObject({
      isInForce: false,
      isAsBefore: true,
      differences: [],
    })
  })
})

describe('an isolation at EMQX', () => {
  test.each(crashes)(
    'may be asked for again after a crash %s a call, and finishes',
    async (when) => {
      const other = foreignBan()
      emqx.bans.push(other, foreignBan({ who: 'unrelated' }))
      const before = structuredClone(emqx.bans)
      const record = await recordOf({ usernames: ['pump-7', 'pump-7b'] })
      emqx.clients.push({ clientid: 'c', username: 'pump-7', connected: true })
      await untilNothingFails(when, () => controller.isolate(record))
      expect(await controller.inspect(record)).toMatchObject({ isInForce: true })
      await untilNothingFails(when, () => controller.release(record, 'restore'))
      expect(sorted(emqx.bans)).toEqual(sorted(before))
      expect(await controller.inspect(record)).toMatchObject({ isAsBefore: true })
    },
  )

  test('uses client ids where the device has no user name', async () => {
    emqx.clients.push({ clientid: 'anonymous-1', username: '', connected: true })
    const record = await recordOf({ clientIds: ['anonymous-1'] })
    await controller.isolate(record)
    expect(emqx.bans.map(({ as, who }) => [as, who])).toEqual([['clientid', 'anonymous-1']])
    expect(emqx.clients).toEqual([])
  })

  test('is not in force while a client of it is connected', async () => {
    const record = await recordOf({ usernames: ['pump-7'] })
    await controller.isolate(record)
    emqx.clients.push({ clientid: 'sneaked-in', username: 'pump-7', connected: true })
    const { isInForce, sentence } = await controller.inspect(record)
    expect(isInForce).toBe(false)
    expect(sentence).toBe('EMQX says: 1 of 1 bans are there, and 1 of its clients are connected.')
  })

  test('looks through all pages of bans and clients', async () => {
    for (let count = 0; count < 7; count += 1) emqx.bans.push(foreignBan({ who: `other-${count}` }))
    emqx.bans.push(foreignBan())
    for (let count = 0; count < 5; count += 1) {
      emqx.clients.push({ clientid: `c${count}`, username: 'pump-7', connected: true })
    }
    const { plan, record } = await prepare({ usernames: ['pump-7'] })
    expect(plan.recorded[0]).toContain('by "anna"')
    await controller.isolate(record)
    expect(emqx.clients).toEqual([])
  })
})

describe('a ban that was there before', () => {
  test('and ends by itself is replaced for the time, and put back exactly', async () => {
    emqx.bans.push(foreignBan())
    const before = structuredClone(emqx.bans)
    const record = await recordOf({ usernames: ['pump-7'] })
    await controller.isolate(record)
    expect(emqx.bans.map(({ by }) => by)).toEqual(['Picket'])
    await controller.release(record, 'lift')
    expect(emqx.bans).toEqual(before)
  })

  test('and has run out meanwhile is not put back', async () => {
    const record = await recordOfBan(foreignBan({ until: seconds + 10 }))
    await controller.isolate(record)
    const later = createLater(20_000)
    await later.release(record, 'restore')
    expect(emqx.bans).toEqual([])
    expect(await later.inspect(record)).toMatchObject({ isAsBefore: true })
  })

  test('and never ends is left alone', async () => {
    const record = await recordOfBan(foreignBan({ until: Infinity }))
    const before = structuredClone(emqx.bans)
    emqx.calls.length = 0
    await controller.isolate(record)
    expect(await controller.inspect(record)).toMatchObject({ isInForce: true, isAsBefore: true })
    await controller.release(record, 'restore')
    expect(emqx.bans).toEqual(before)
    expect(emqx.calls.filter((call) => !call.startsWith('GET'))).toEqual([])
  })
})

describe('what others change meanwhile', () => {
  test('is named; a lift leaves it and a restore does not', async () => {
    const record = await recordOf({ usernames: ['pump-7'] })
    await controller.isolate(record)
    const theirs = foreignBan({ reason: 'never again' })
    emqx.bans.splice(0, 1, theirs)
    const { isInForce, isAsBefore, differences } = await controller.inspect(record)
    expect([isInForce, isAsBefore]).toEqual([false, false])
    expect(differences).toEqual([
      'the user name "pump-7" has another ban now, by "anna" until 2026-11-22T15:00:00+02:00, reason "never again".',
    ])
    await controller.release(record, 'lift')
    expect(emqx.bans).toEqual([theirs])
    await controller.release(record, 'restore')
    expect(emqx.bans).toEqual([])
  })

  test('is seen where only the time of a ban was changed', async () => {
    const record = await recordOfBan(foreignBan())
    expect(await controller.inspect(record)).toMatchObject({ isAsBefore: true })
    emqx.bans.splice(0, 1, foreignBan({ until: seconds + 7200 }))
    expect(await controller.inspect(record)).toMatchObject({ isAsBefore: false })
  })

  test('is named where only one of two bans is gone', async () => {
    const record = await recordOf({ usernames: ['pump-7', 'pump-7b'] })
    await controller.isolate(record)
    emqx.bans.pop()
    const { isInForce, differences } = await controller.inspect(record)
    expect(isInForce).toBe(false)
    expect(differences).toEqual(['The ban of the user name "pump-7b" was taken away.'])
  })
})

describe('the dry run at EMQX', () => {
  test('shows the very requests that are made', async () => {
    emqx.bans.push(foreignBan())
    emqx.clients.push({ clientid: 'c/1', username: 'pump-7', connected: true })
    const { plan, record } = await prepare({ usernames: ['pump-7'] })
    emqx.calls.length = 0
    await controller.isolate(record)
    const done = emqx.calls.filter((call) => !call.startsWith('GET'))
    const shown = plan.calls.map(({ exact }) => exact.split(' ').slice(0, 2).join(' '))
    expect(done.map((call) => call.replace('/api/v5', ''))).toEqual([
      ...shown.slice(0, 2),
      'DELETE /clients/c%2F1',
    ])
    expect(plan.calls.at(-1)?.exact).toBe(
      'GET /clients?username=pump-7, then DELETE /clients/{clientid} for each that is connected',
    )
    expect(plan.undo.map(({ exact }) => exact)).toEqual([
      'DELETE /banned/username/pump-7',
      expect.stringMatching(/^POST \/banned \{.*"by":"anna"/),
    ])
  })

  test.each([
    ['Picket itself', { usernames: ['picket'] }, '"picket" is a login of Picket itself.'],
    ['a client of Picket', { clientIds: ['picket-watch'] }, '"picket-watch" is a login of Picket'],
    ['a name that is a step in a path', { usernames: ['..'] }, 'another place'],
    ['a name with half a character', { usernames: ['\ud800'] }, 'another place'],
    ['nobody', {}, 'neither a user name nor a client id'],
  ])('forbids to ban %s', async (_what, named, sentence) => {
    const { plan } = await prepare(named)
    expect(plan.forbidden).toEqual([expect.stringContaining(sentence)])
  })

  test('names who listens to what the device was seen to publish, and says where nothing was', async () => {
    expect((await prepare({ usernames: ['pump-7'] })).plan.losers).toBeNull()
    topics = ['site/pump 7/t', 'site/pump 7/u']
    emqx.subscriptions.push(
      { clientid: 'historian', topic: 'site/#' },
      { clientid: 'panel', topic: '$share/wall/site/+/u' },
      { clientid: 'elsewhere', topic: 'other/#' },
      { clientid: 'picket-watch', topic: '#' },
    )
    expect((await prepare({ usernames: ['pump-7'] })).plan.losers).toEqual([
      { client: 'historian', filter: 'site/#' },
      { client: 'panel', filter: '$share/wall/site/+/u' },
    ])
  })

  test('forbids what an isolation of another station holds', async () => {
    await controller.isolate(await recordOf({ usernames: ['pump-7'] }))
    const { plan } = await prepare({ usernames: ['pump-7'] })
    expect(plan.forbidden[0]).toContain('is banned already')
  })
})

describe('EMQX that does not do what it is asked', () => {
  test.each([
    [401, 'BROKER_REFUSED', 'does not know the API key'],
    [403, 'BROKER_REFUSED', 'may not do this'],
    [404, 'BROKER_REFUSED', 'There is no EMQX 5 REST API'],
    [409, 'BROKER_REFUSED', 'changed the same ban'],
    [302, 'BROKER_REFUSED', 'HTTP 302 to GET'],
    [429, 'BROKER_UNREACHABLE', 'cannot answer now (HTTP 429'],
    [500, 'BROKER_UNREACHABLE', 'cannot answer now (HTTP 500: "OH NO")'],
    [503, 'BROKER_UNREACHABLE', 'cannot answer now (HTTP 503'],
  ])('says %i in a sentence', async (status, code, sentence) => {
    emqx.intrude = (_call, answer) => {
      answer.writeHead(status, { location: 'http://127.0.0.1:1/' })
      answer.end(JSON.stringify({ code: 'OH', message: 'NO' }))
      return true
    }
    await expect(prepare({ usernames: ['pump-7'] })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(sentence) as string,
    })
  })

  test('but hangs up', async () => {
    emqx.intrude = (_call, answer) => {
      answer.destroy()
      return true
    }
    const asked = prepare({ usernames: ['pump-7'] })
    await expect(asked).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })

  test('but never answers', async () => {
    emqx.intrude = () => {
      for (const run of planned.splice(0)) run()
      return true
    }
    const asked = prepare({ usernames: ['pump-7'] })
    await expect(asked).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })

  test('and is no EMQX at all', async () => {
    emqx.intrude = (_call, answer) => {
      answer.end('<html>Welcome</html>')
      return true
    }
    const asked = prepare({ usernames: ['pump-7'] })
    await expect(asked).rejects.toMatchObject({
      message: expect.stringContaining('not one of EMQX 5') as string,
    })
  })

  test('or whose key cannot be read', async () => {
    const context = { hostClock: handClock, now: () => now } as ControllerContext
    const settings = { ...settingsNow(), apiKeyFile: '/nowhere/key' }
    const asked = createEmqxController(settings, context).inspect({ version: 1, blocks: [] })
    await expect(asked).rejects.toMatchObject({
      code: 'BROKER_REFUSED',
      message: expect.stringContaining('/nowhere/key cannot be read (ENOENT)') as string,
    })
  })
})

describe('EMQX behind TLS', () => {
  test('is known by its authority alone', async () => {
    const site = makeAuthority(folder, 'site')
    const { cert, key } = site.sign('emqx', '127.0.0.1')
    const server = createServer(
      { cert: readFileSync(cert), key: readFileSync(key) },
      (_asked, answer) => answer.end(JSON.stringify({ data: [], meta: { hasnext: false } })),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/api/v5`
    controller = create({ url, ca: site.certificate })
    expect((await prepare({ usernames: ['pump-7'] })).plan.forbidden).toEqual([])
    controller = create({ url })
    await expect(prepare({ usernames: ['pump-7'] })).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      message: expect.stringContaining('authority') as string,
    })
    server.close()
  })
})

function recordOfBan(ban: KeptBan): Promise<BrokerRecord> {
  emqx.bans.push(ban)
  return recordOf({ usernames: ['pump-7'] })
}

function createLater(byMs: number): QuarantineController {
  const context: Partial<ControllerContext> = { now: () => now + byMs, hostClock: handClock }
  return createEmqxController(settingsNow(), context as ControllerContext)
}

function sorted(bans: readonly KeptBan[]): KeptBan[] {
  return bans.toSorted((one, other) => one.who.localeCompare(other.who))
}

/** Acts until nothing fails any more; each time Picket is cut off around the next call that changes anything. */
async function untilNothingFails(
  when: (typeof crashes)[number],
  act: () => Promise<void>,
): Promise<void> {
  let isGoing = true
  for (let times = 0; isGoing; times += 1) {
    let changes = 0
    emqx.intrude = (call, answer) => {
      if (!call.startsWith('GET')) changes += 1
      if (changes === 0 || (when === 'before' && times > 0 && changes === 1)) return false
      // Done, and the answer is lost.
      if (when === 'after') answer.end = () => answer.destroy()
      else answer.destroy()
      return when === 'before'
    }
    const failed = await act().then(
      () => null,
      (error: unknown) => error,
    )
    if (failed !== null) expect(failed).toMatchObject({ code: 'BROKER_UNREACHABLE' })
    isGoing = failed !== null
    expect(times).toBeLessThan(20)
  }
  emqx.intrude = null
}
