import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { machineClock } from '../../src/station/host/machine-clock.ts'
import type { Clock } from '../../src/station/ports.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import {
  controllerOf,
  controllerWith,
  startSecuredSite,
  type SecuredSite,
} from '../support/mosquitto-dynamic-security.ts'
import { until } from '../support/poll.ts'
import { targetOf } from '../support/quarantine-site.ts'
import { expectSilence, expectTraffic, type SteadyDevice } from '../support/steady-device.ts'

describe('a Mosquitto with Dynamic Security, controlled', () => {
  let secured: SecuredSite

  beforeAll(async () => {
    secured = await startSecuredSite()
  })

  afterAll(async () => {
    await secured?.end()
  })

  /** How a device may come by its rights; each is a client of its own. */
  const devices = {
    direct: [{ command: 'addClientRole', rolename: 'device' }],
    grouped: [{ command: 'addGroupClient', groupname: 'devices', priority: 5 }],
    both: [
      { command: 'addGroupClient', groupname: 'devices' },
      { command: 'addClientRole', rolename: 'device', priority: 5_000 },
    ],
    unreachable: [
      { command: 'addClientRole', rolename: 'device', priority: 2_147_483_647 },
      { command: 'addClientRole', rolename: 'other', priority: 3 },
    ],
  }
  const names = Object.keys(devices) as (keyof typeof devices)[]

  beforeAll(async () => {
    await secured.administer({ command: 'createRole', rolename: 'other' })
    for (const name of names) await addClient(name, devices[name])
  })

  test.each(names)('a device with its rights %s', async (name) => {
    await goThrough(name, started(secured.start(name)))
  })

  test('a device with a certificate, which disabling would not stop', async () => {
    await addClient('certified', devices.grouped)
    await goThrough('certified', started(secured.startCertified('certified')))
  })

  test('two sessions on one user name go together', async () => {
    await addClient('twins', devices.direct)
    const twins = ['twin-a', 'twin-b'].map((clientId) =>
      started(secured.start('twins', { clientId })),
    )
    const { plan } = await secured.controller.prepare(targetOf('twins', ['twin-a', 'twin-b']))
    expect(plan.shares).toEqual([expect.stringContaining('"twin-a" and "twin-b"')])
    await goThrough('twins', ...twins)
  })

  test('a device of MQTT 3.1.1 that is only refused in silence', async () => {
    await addClient('old', devices.direct)
    const device = started(secured.start('old', { protocolVersion: 4 }))
    await expectTraffic(secured.observer, device)
    const { record } = await secured.controller.prepare(targetOf('old'))
    await secured.controller.isolate(record)
    await secured.observer.hasCaughtUp()
    const before = secured.observer.counts(device.topics)
    const connections = device.connections()
    device.client.stream.destroy()
    await until('it is back', () => device.connections() > connections)
    await device.client.publishAsync('site/old/t', 'acknowledged, and yet denied', { qos: 1 })
    await secured.observer.hasCaughtUp()
    expect(secured.observer.counts(device.topics)).toEqual(before)
    await secured.controller.release(record, 'restore')
    await expectTraffic(secured.observer, device)
  })

  test.each(['connected', 'away'] as const)(
    'a persistent session loses what waits for it, as the dry run says, and keeps its subscriptions (%s)',
    async (where) => {
      const name = `session-${where}`
      await addClient(name, devices.direct)
      const send = (text: string) =>
        secured.observer.client.publishAsync(`site/${name}/orders`, text, { qos: 1 })
      const session = { clean: false, protocolVersion: 4 } as const
      const first = await secured.connect(name, { ...session, reconnectPeriod: 0 })
      await first.subscribeAsync(`site/${name}/orders`, { qos: 1 })
      if (where === 'away') {
        await first.endAsync()
        await send('queued before')
      }
      const { plan, record } = await secured.controller.prepare(targetOf(name))
      expect(plan.losses[0]).toContain(`Messages that wait for a persistent session of "${name}"`)
      await secured.controller.isolate(record)
      await until('it is thrown out', () => !first.connected)
      await send('sent while it was away in quarantine')
      const received: string[] = []
      const again = await secured.connect(name, session)
      again.on('message', (_topic, payload) => received.push(payload.toString()))
      await send('sent while it was there in quarantine')
      await secured.observer.hasCaughtUp()
      await secured.controller.release(record, 'restore')
      await send('sent after release')
      await until('it hears again', () => received.length > 0)
      expect(received).toEqual(['sent after release'])
    },
  )

  test('a last will is not published by the act, as the dry run says', async () => {
    await addClient('mourned', devices.direct)
    const topic = 'site/mourned/will'
    const will = { topic, payload: Buffer.from('gone'), qos: 1, retain: false } as const
    const device = await secured.connect('mourned', { will, reconnectPeriod: 0 })
    const { record } = await secured.controller.prepare(targetOf('mourned'))
    await secured.controller.isolate(record)
    await until('it is thrown out', () => !device.connected)
    await secured.observer.hasCaughtUp()
    expect(secured.observer.counts([topic])).toEqual([0])
    await secured.controller.release(record, 'restore')
    const again = await secured.connect('mourned', { will, reconnectPeriod: 0 })
    again.stream.destroy()
    await until('the will is published', () => secured.observer.counts([topic])[0] === 1)
  })

  test.each(['stop', 'kill'] as const)('the broker restarts in quarantine (%s)', async (how) => {
    await addClient(`restarted-${how}`, devices.direct)
    const device = started(secured.start(`restarted-${how}`))
    await expectTraffic(secured.observer, device)
    const before = secured.file()
    const { record } = await secured.controller.prepare(targetOf(`restarted-${how}`))
    await secured.controller.isolate(record)
    await secured.site.restart(how)
    await secured.isBack()
    await expectSilence(secured.observer, device)
    expect(await secured.controller.inspect(record)).toMatchObject({ isInForce: true })
    await secured.controller.release(record, 'restore')
    await expectTraffic(secured.observer, device)
    expect(secured.file()).toBe(before)
  })

  test('the broker is down during the act and the release: both can be done again', async () => {
    await addClient('unlucky', devices.direct)
    const device = started(secured.start('unlucky'))
    await expectTraffic(secured.observer, device)
    const before = secured.file()
    const { controller, site } = secured
    const { record } = await controller.prepare(targetOf('unlucky'))
    await site.broker.stop()
    const unreachable = {
      code: 'BROKER_UNREACHABLE',
      message: expect.stringContaining('Nothing listens on'),
    }
    await expect(controller.isolate(record)).rejects.toMatchObject(unreachable)
    await expect(controller.inspect(record)).rejects.toMatchObject(unreachable)
    await expect(controller.prepare(targetOf('unlucky'))).rejects.toMatchObject(unreachable)
    await site.restart('stop')
    await secured.isBack()
    await controller.isolate(record)
    await expectSilence(secured.observer, device)
    await site.broker.kill()
    await expect(controller.release(record, 'restore')).rejects.toMatchObject(unreachable)
    await site.restart('stop')
    await secured.isBack()
    await controller.release(record, 'restore')
    await expectTraffic(secured.observer, device)
    expect(secured.file()).toBe(before)
  })

  test('Picket is killed after any of its commands: doing it again finishes it', async () => {
    const device = started(secured.start('unreachable'))
    const { controller, administer } = secured
    const before = secured.file()
    const { plan, record } = await controller.prepare(targetOf('unreachable'))
    const commands = plan.calls.map(({ exact }) => JSON.parse(exact))
    const undo = plan.undo.map(({ exact }) => JSON.parse(exact))
    expect(commands.length).toBeGreaterThan(3)
    await administer(...commands)
    const isolated = secured.file()
    await administer(...undo)
    expect(secured.file()).toBe(before)
    for (let done = 0; done <= commands.length; done += 1) {
      if (done > 0) await administer(...commands.slice(0, done))
      await controller.isolate(record)
      expect(secured.file()).toBe(isolated)
      await controller.isolate(record)
      expect(secured.file()).toBe(isolated)
      await controller.release(record, 'restore')
      expect(secured.file()).toBe(before)
    }
    for (let done = 1; done <= undo.length; done += 1) {
      await controller.isolate(record)
      await administer(...undo.slice(0, done))
      await controller.release(record, done % 2 ? 'restore' : 'lift')
      expect(secured.file()).toBe(before)
    }
    await expectTraffic(secured.observer, device)
  })

  test('two devices in quarantine: what they share goes with the last', async () => {
    const { controller } = secured
    const before = secured.file()
    const first = await controller.prepare(targetOf('direct'))
    await controller.isolate(first.record)
    const second = await controller.prepare(targetOf('grouped'))
    await controller.isolate(second.record)
    await controller.release(first.record, 'restore')
    expect(await controller.inspect(first.record)).toMatchObject({ isAsBefore: true })
    expect(await controller.inspect(second.record)).toMatchObject({
      isInForce: true,
      differences: [],
    })
    const device = started(secured.start('grouped'))
    await expectSilence(secured.observer, device)
    await controller.release(second.record, 'restore')
    expect(secured.file()).toBe(before)
  })

  describe('somebody else changes the broker meanwhile', () => {
    const changes = [
      { command: 'addClientRole', username: 'changed', rolename: 'other', priority: 4 },
      { command: 'removeClientRole', username: 'changed', rolename: 'device' },
      { command: 'addGroupClient', username: 'changed', groupname: 'devices', priority: 2 },
      { command: 'disableClient', username: 'changed' },
      { command: 'setClientId', username: 'changed', clientid: 'only-this' },
      { command: 'modifyClient', username: 'changed', textdescription: 'under repair' },
    ]

    beforeAll(async () => {
      await addClient('changed', devices.direct)
      await secured.administer({
        command: 'modifyClient',
        username: 'changed',
        textdescription: 'a pump',
      })
    })

    test('it is named, and restoring brings back what was', async () => {
      const { controller } = secured
      const before = secured.file()
      const { record } = await controller.prepare(targetOf('changed'))
      await controller.isolate(record)
      await secured.administer(...changes)
      const { differences, isInForce, isAsBefore } = await controller.inspect(record)
      expect({ isInForce, isAsBefore }).toEqual({ isInForce: true, isAsBefore: false })
      expect(differences).toEqual([
        '"changed" lost the role "device" (priority -1).',
        '"changed" was given the role "other" (priority 4).',
        '"changed" was given the group "devices" (priority 2).',
        '"changed" has another description.',
        '"changed" is bound to another client id, or to none.',
        '"changed" was disabled.',
      ])
      await controller.release(record, 'restore')
      expect(secured.file()).toBe(before)
    })

    test('lifting takes the block away and leaves the changes', async () => {
      const { controller } = secured
      const before = secured.file()
      const { record } = await controller.prepare(targetOf('changed'))
      await secured.administer(...changes)
      const changed = secured.file()
      await controller.isolate(record)
      await controller.release(record, 'lift')
      expect(secured.file()).toBe(changed)
      expect((await controller.inspect(record)).differences).toHaveLength(6)
      await controller.release(record, 'restore')
      expect(secured.file()).toBe(before)
    })

    test('a role that is put before the block, and a block that is taken away, are seen', async () => {
      const { controller, administer } = secured
      const { record } = await controller.prepare(targetOf('changed'))
      await controller.isolate(record)
      const before = {
        command: 'addClientRole',
        username: 'changed',
        rolename: 'other',
        priority: 2_000,
      }
      await administer(before)
      expect(await controller.inspect(record)).toMatchObject({
        isInForce: false,
        differences: ['"changed" was given the role "other" (priority 2000).'],
        sentence: expect.stringContaining('does not stand before everything else'),
      })
      await administer({ ...before, command: 'removeClientRole' })
      await administer({ ...before, command: 'removeClientRole', rolename: 'picket-quarantine' })
      expect(await controller.inspect(record)).toMatchObject({ isInForce: false, differences: [] })
      await controller.release(record, 'restore')
    })

    test('topics under $ that a role speaks of since are not covered, and that is said', async () => {
      const { controller, administer } = secured
      const { record } = await controller.prepare(targetOf('changed'))
      await controller.isolate(record)
      const acl = { rolename: 'other', acltype: 'publishClientSend', topic: '$new/#', allow: true }
      await administer({ command: 'addRoleACL', ...acl })
      expect(await controller.inspect(record)).toMatchObject({
        isInForce: false,
        differences: ['A role speaks of topics that the role "picket-quarantine" does not deny.'],
      })
      await administer({ command: 'removeRoleACL', ...acl })
      await controller.release(record, 'restore')
    })

    test('what was deleted cannot be restored, but the block can be lifted', async () => {
      const { controller, administer } = secured
      await administer({ command: 'createRole', rolename: 'brief' })
      await addClient('leaving', [{ command: 'addClientRole', rolename: 'brief' }])
      const { record } = await controller.prepare(targetOf('leaving'))
      await controller.isolate(record)
      await administer({ command: 'deleteRole', rolename: 'brief' })
      await expect(controller.release(record, 'restore')).rejects.toMatchObject({
        code: 'BROKER_REFUSED',
        message: expect.stringContaining('the role "brief" was deleted'),
      })
      expect(await controller.inspect(record)).toMatchObject({ isInForce: true })
      await controller.release(record, 'lift')
      await controller.isolate(record)
      await administer({ command: 'deleteClient', username: 'leaving' })
      const gone = await controller.inspect(record)
      expect(gone.differences).toEqual(['"leaving" was deleted at the broker.'])
      await expect(controller.isolate(record)).rejects.toMatchObject({ code: 'BROKER_REFUSED' })
      await controller.release(record, 'lift')
      expect(secured.file()).not.toContain('picket-quarantine')
    })

    test('a role and a group of the same names, made by somebody else, are left alone', async () => {
      const { controller, administer } = secured
      const name = 'picket-quarantine'
      await administer(
        { command: 'createRole', rolename: name, textname: 'not the same' },
        { command: 'createGroup', groupname: `${name}-2` },
      )
      const before = secured.file()
      const { plan, record } = await controller.prepare(targetOf('changed'))
      expect(plan.calls[0]?.exact).toContain(`"rolename":"${name}-3"`)
      await controller.isolate(record)
      expect(await controller.inspect(record)).toMatchObject({ isInForce: true, differences: [] })
      await controller.release(record, 'restore')
      expect(secured.file()).toBe(before)
      await administer(
        { command: 'deleteRole', rolename: name },
        { command: 'deleteGroup', groupname: `${name}-2` },
      )
    })
  })

  describe('what is forbidden', () => {
    test.each([
      ['admin', 'may administer the broker'],
      ['picket', 'is a login of Picket itself'],
      ['watcher', 'is a login of Picket itself'],
      ['steward', 'may administer the broker'],
      ['nobody', 'knows no client "nobody"'],
      [null, 'neither a user name nor a certificate'],
    ])('%s', async (username, reason) => {
      await secured
        .administer(
          { command: 'createClient', username: 'watcher', password: 'watcher' },
          { command: 'createGroup', groupname: 'stewards', roles: [{ rolename: 'admin' }] },
          { command: 'createClient', username: 'steward', groups: [{ groupname: 'stewards' }] },
        )
        .catch(() => 'made for an earlier case')
      const controller = controllerOf(secured.site, { ownLogins: () => ['watcher'] })
      const target = { ...targetOf(username ?? 'device'), usernames: username ? [username] : [] }
      const { plan } = await controller.prepare(target)
      expect(plan.forbidden.join(' ')).toContain(reason)
    })

    test('a device that was isolated by a station that nobody knows any more', async () => {
      const { controller } = secured
      const { record } = await controller.prepare(targetOf('direct'))
      await controller.isolate(record)
      const { plan } = await controller.prepare(targetOf('direct'))
      expect(plan.forbidden.join(' ')).toContain(
        'from an isolation that this station does not know',
      )
      await controller.release(record, 'restore')
    })
  })

  describe('what the broker says when Picket may not, or cannot', () => {
    test('a login that is wrong', async () => {
      const controller = controllerOf(secured.site, { login: 'stranger' })
      await expect(controller.prepare(targetOf('direct'))).rejects.toMatchObject({
        code: 'BROKER_REFUSED',
        message: expect.stringContaining('refused the login'),
      })
    })

    test('a login that may not administer', async () => {
      await addClient('humble', devices.direct)
      const controller = controllerOf(secured.site, { login: 'humble' })
      await expect(controller.prepare(targetOf('direct'))).rejects.toMatchObject({
        code: 'BROKER_REFUSED',
        message: expect.stringContaining('does not let humble administer its Dynamic Security'),
      })
    })

    test('a certificate instead of a login', async () => {
      await secured.administer(
        { command: 'createClient', username: 'operator' },
        { command: 'addClientRole', username: 'operator', rolename: 'admin' },
      )
      const files = secured.certified('operator')
      const controller = controllerWith(files)
      expect((await controller.prepare(targetOf('direct'))).plan.forbidden).toEqual([])
      const stranger = controllerWith({ ...files, ca: undefined })
      await expect(stranger.prepare(targetOf('direct'))).rejects.toMatchObject({
        code: 'BROKER_UNREACHABLE',
        message: expect.stringContaining('signed by an authority that Picket does not know'),
      })
      const missing = controllerWith({ ...files, key: '/nowhere/key.pem' })
      await expect(missing.prepare(targetOf('direct'))).rejects.toMatchObject({
        code: 'BROKER_UNREACHABLE',
        message: expect.stringContaining('/nowhere/key.pem'),
      })
    })

    test('a broker that never answers is given up when Picket is stopped', async () => {
      const accepted: Socket[] = []
      const silent = createServer((socket) => void accepted.push(socket)).listen(0, '127.0.0.1')
      onTestFinished(() => void silent.close())
      onTestFinished(() => accepted.forEach((socket) => socket.destroy()))
      await once(silent, 'listening')
      const { port } = silent.address() as AddressInfo
      const controller = controllerOf({ folder: secured.site.folder, port })
      const asked = expect(controller.prepare(targetOf('direct'))).rejects.toMatchObject({
        code: 'BROKER_UNREACHABLE',
      })
      await until('it is connected', () => accepted.length > 0)
      const stoppedAt = performance.now()
      await controller.stop()
      expect(performance.now() - stoppedAt).toBeLessThan(2_000)
      await asked
    })

    test('a Mosquitto without the plugin', async () => {
      const broker = await startMosquitto()
      onTestFinished(() => broker.stop())
      const after: Clock['after'] = (delayMs, run) => machineClock.after(delayMs / 20, run)
      const hostClock = { ...machineClock, after }
      const site = { folder: secured.site.folder, port: broker.port }
      const controller = controllerOf(site, { hostClock })
      await expect(controller.prepare(targetOf('direct'))).rejects.toMatchObject({
        code: 'BROKER_UNREACHABLE',
        message: expect.stringContaining('Is the plugin loaded there?'),
      })
    })
  })

  test('every connection of the controller is one of Picket itself, by the same client id', () => {
    expect([...secured.ownClients]).toEqual([expect.stringMatching(/^picket-control-[0-9a-f]{8}$/)])
  })

  async function addClient(username: string, rights: object[]): Promise<void> {
    await secured.administer(
      { command: 'createClient', username, password: username },
      ...rights.map((right) => ({ ...right, username })),
    )
  }

  function started(device: SteadyDevice): SteadyDevice {
    onTestFinished(() => device.end())
    return device
  }

  async function goThrough(name: string, ...devices: SteadyDevice[]): Promise<void> {
    const { controller, observer } = secured
    for (const device of devices) await expectTraffic(observer, device)
    const before = secured.file()
    const { plan, record } = await controller.prepare(targetOf(name))
    expect(plan.forbidden).toEqual([])
    expect(secured.file()).toBe(before)
    await controller.isolate(record)
    expect(await controller.inspect(record)).toMatchObject({
      isInForce: true,
      isAsBefore: false,
      differences: [],
    })
    for (const device of devices) {
      await expectSilence(observer, device)
      for (const filter of ['#', 'site/#', '$aws/#', '$plant/#', '$SYS/#', '$share/all/site/#']) {
        await expect(device.client.subscribeAsync(filter)).rejects.toThrow('Not authorized')
      }
    }
    await controller.release(record, 'restore')
    for (const device of devices) await expectTraffic(observer, device)
    expect(await controller.inspect(record)).toMatchObject({
      isInForce: false,
      isAsBefore: true,
      differences: [],
    })
    expect(secured.file()).toBe(before)
  }
})
