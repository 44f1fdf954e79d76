import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { QuarantineController } from '../../src/station/mitigation/controller.ts'
import { filesController, startFileSite, type FileSite } from '../support/mosquitto-files.ts'
import { until } from '../support/poll.ts'
import { findProgram } from '../support/programs.ts'
import { targetOf } from '../support/quarantine-site.ts'
import { expectSilence, expectTraffic, type SteadyDevice } from '../support/steady-device.ts'

const users = ['listed', 'pump 7 à', 'twins', 'sleeper', 'restarted', 'unlucky', 'edited', 'spare']

/** Some devices have lines of their own; all may use what the patterns allow. */
const acl = [
  '# The site of a test',
  '',
  'user listed',
  'topic readwrite site/listed/#',
  'topic  readwrite $aws/listed/#',
  '# a remark',
  'user pump 7 à',
  'topic read site/other',
  'user edited',
  'topic readwrite site/edited/#',
  'topic read site/orders',
  '',
  'pattern readwrite site/%c/#',
  'pattern readwrite $aws/%c/#',
  'pattern readwrite $plant/%c/#',
  'pattern read site/orders',
].join('\n')

describe('a Mosquitto with an access list, controlled through its files', () => {
  let started: FileSite
  let both: QuarantineController
  let aclOnly: QuarantineController

  beforeAll(async () => {
    started = await startFileSite(users, acl)
    const { aclFile, passwordFile, pidFile } = started
    both = filesController({ aclFile, passwordFile, pidFile })
    aclOnly = filesController({ aclFile, pidFile })
  })

  afterAll(async () => {
    await started?.end()
  })

  test.each(['listed', 'pump 7 à', 'spare'])('%s, by its access alone', async (name) => {
    const device = running(started.start(name))
    await goThrough(aclOnly, name, device)
    expect(device.connections()).toBe(1)
  })

  test.each(['listed', 'pump 7 à'])('%s, by its access and its login', async (name) => {
    const device = running(started.start(name))
    await goThrough(both, name, device)
    expect(device.connections()).toBe(2)
  })

  test('a device with a certificate, which has no login to take away', async () => {
    await goThrough(both, 'certified', running(started.startCertified('certified')))
  })

  test('two sessions on one user name go together', async () => {
    const twins = ['twin-a', 'twin-b'].map((clientId) =>
      running(started.start('twins', { clientId })),
    )
    const { plan } = await both.prepare(targetOf('twins', ['twin-a', 'twin-b']))
    expect(plan.shares).toEqual([expect.stringContaining('"twin-a" and "twin-b"')])
    await goThrough(both, 'twins', ...twins)
  })

  test('nothing reaches a persistent session in quarantine, and its subscriptions stay', async () => {
    const send = (text: string) =>
      started.observer.client.publishAsync('site/orders', text, { qos: 1 })
    const received: string[] = []
    const session = { clean: false, protocolVersion: 4 } as const
    const sleeper = await started.connect('sleeper', { ...session, reconnectOnConnackError: true })
    sleeper.on('message', (_topic, payload) => received.push(payload.toString()))
    await sleeper.subscribeAsync('site/orders', { qos: 1 })
    await sleeper.subscribeAsync('$share/all/site/orders', { qos: 1 })
    const { record } = await both.prepare(targetOf('sleeper'))
    await aclOnly.isolate(record)
    await hasRead()
    await send('sent while it was there')
    await both.isolate(record)
    await until('it is thrown out', () => !sleeper.connected)
    await started.observer.hasCaughtUp()
    expect(received).toEqual([])
    await both.release(record, 'restore')
    await until('it is back', () => sleeper.connected)
    await send('sent after release')
    await until('it hears again', () => received.includes('sent after release'))
    expect(received).not.toContain('sent while it was there')
  })

  test.each(['stop', 'kill'] as const)('the broker restarts in quarantine (%s)', async (how) => {
    const device = running(started.start('restarted'))
    await expectTraffic(started.observer, device)
    const before = started.files()
    const { record } = await both.prepare(targetOf('restarted'))
    await both.isolate(record)
    await started.site.restart(how)
    await started.isBack()
    await expectSilence(started.observer, device)
    await both.release(record, 'restore')
    await expectTraffic(started.observer, device)
    expect(started.files()).toEqual(before)
  })

  test('the broker is down during the act and the release: both can be done again', async () => {
    const device = running(started.start('unlucky'))
    await expectTraffic(started.observer, device)
    const before = started.files()
    const { record } = await both.prepare(targetOf('unlucky'))
    await started.site.broker.stop()
    const unreachable = {
      code: 'BROKER_UNREACHABLE',
      message: expect.stringContaining('it reads them when it starts'),
    }
    await expect(both.isolate(record)).rejects.toMatchObject(unreachable)
    await started.site.restart('stop')
    await started.isBack()
    await expectSilence(started.observer, device)
    await both.isolate(record)
    await started.site.broker.kill()
    await expect(both.release(record, 'restore')).rejects.toMatchObject(unreachable)
    await started.site.restart('stop')
    await both.release(record, 'restore')
    await started.isBack()
    await expectTraffic(started.observer, device)
    expect(started.files()).toEqual(before)
  })

  test('Picket is killed between two files: doing it again finishes it', async () => {
    const before = started.files()
    const { record } = await both.prepare(targetOf('spare'))
    await aclOnly.isolate(record)
    expect(await both.inspect(record)).toMatchObject({
      isInForce: false,
      isAsBefore: false,
      differences: [],
    })
    await both.isolate(record)
    const isolated = started.files()
    await both.isolate(record)
    expect(started.files()).toEqual(isolated)
    await aclOnly.release(record, 'restore')
    expect(await both.inspect(record)).toMatchObject({
      isInForce: false,
      isAsBefore: false,
      differences: [],
    })
    await both.release(record, 'restore')
    await both.release(record, 'restore')
    expect(started.files()).toEqual(before)
  })

  test('two devices in quarantine, released in either order', async () => {
    const before = started.files()
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const records = []
      for (const name of ['spare', 'listed']) {
        const { record } = await both.prepare(targetOf(name))
        await both.isolate(record)
        records.push(record)
      }
      for (const index of order) await both.release(records[index] ?? { version: 1 }, 'restore')
      expect(started.files()).toEqual(before)
    }
  })

  describe('somebody else edits the files meanwhile', () => {
    const newUser = 'user newcomer\ntopic read site/#\n'

    test('what is about others stays, in either manner', async () => {
      for (const manner of ['restore', 'lift'] as const) {
        const before = started.files()
        const { record } = await both.prepare(targetOf('listed'))
        await both.isolate(record)
        const { acl: blocked } = started.files()
        writeFileSync(started.aclFile, `# on top\n${blocked}\n${newUser}`, 'latin1')
        appendFileSync(started.passwordFile, 'newcomer:hash\n')
        expect(await both.inspect(record)).toMatchObject({ isInForce: true, differences: [] })
        await both.release(record, manner)
        expect(started.files()).toEqual({
          acl: `# on top\n${before.acl}\n${newUser}`,
          passwords: `${before.passwords}newcomer:hash\n`,
        })
        writeFileSync(started.aclFile, before.acl, 'latin1')
        writeFileSync(started.passwordFile, before.passwords, 'latin1')
      }
    })

    test('what is about the device is named; restoring takes it back, lifting leaves it', async () => {
      const before = started.files()
      const { record } = await both.prepare(targetOf('edited'))
      await both.isolate(record)
      const { acl: blocked } = started.files()
      writeFileSync(started.aclFile, blocked.replace('site/edited/#', 'site/#'), 'latin1')
      const passwd = String(findProgram('mosquitto_passwd'))
      execFileSync(passwd, ['-b', started.passwordFile, 'edited', 'new password'])
      const edited = started.files()
      expect(await both.inspect(record)).toMatchObject({
        isInForce: false,
        isAsBefore: false,
        differences: [
          '"edited" has other lines of its own in the access list.',
          '"edited" was given a new login in the password file.',
        ],
      })
      await both.release(record, 'lift')
      const lifted = started.files()
      expect(lifted.acl).toBe(before.acl.replace('site/edited/#', 'site/#'))
      expect(lifted.passwords.match(/^.*edited:.*$/gm)).toEqual([
        edited.passwords.match(/^edited:.*$/m)?.[0],
      ])
      writeFileSync(started.aclFile, edited.acl, 'latin1')
      writeFileSync(started.passwordFile, edited.passwords, 'latin1')
      await both.release(record, 'restore')
      expect(started.files()).toEqual(before)
    })

    test('a block that was edited is no whole block; lines written into it stay that user’s', async () => {
      const before = started.files()
      const { record } = await aclOnly.prepare(targetOf('spare'))
      await aclOnly.isolate(record)
      const { acl: blocked } = started.files()
      const edited = blocked.replace('topic deny #\n', 'topic read site/mine\n')
      writeFileSync(started.aclFile, edited, 'latin1')
      expect(await aclOnly.inspect(record)).toMatchObject({
        isInForce: false,
        differences: [
          '"spare" has other lines of its own in the access list.',
          '"spare" has a block that was edited, or that does not cover all topics any more.',
        ],
      })
      await aclOnly.release(record, 'lift')
      expect(started.files().acl).toBe(`${before.acl}\nuser spare\ntopic read site/mine`)
      writeFileSync(started.aclFile, edited, 'latin1')
      await aclOnly.release(record, 'restore')
      expect(started.files().acl).toBe(`${before.acl}\nuser spare`)
      writeFileSync(started.aclFile, before.acl, 'latin1')
    })

    test('a login that was deleted cannot be restored, but the block can be lifted', async () => {
      const before = started.files()
      const { record } = await both.prepare(targetOf('edited'))
      await both.isolate(record)
      writeFileSync(started.passwordFile, before.passwords.replace(/^edited:.*\n/m, ''), 'latin1')
      expect((await both.inspect(record)).differences).toEqual([
        '"edited" lost its login in the password file.',
      ])
      const blocked = started.files()
      await expect(both.release(record, 'restore')).rejects.toMatchObject({
        code: 'BROKER_REFUSED',
      })
      expect(started.files()).toEqual(blocked)
      await both.release(record, 'lift')
      expect(started.files().acl).toBe(before.acl)
      writeFileSync(started.passwordFile, before.passwords, 'latin1')
    })
  })

  describe('the files themselves', () => {
    test('owner, rights and a link that leads to them stay', async () => {
      const { site, aclFile, pidFile } = started
      const folder = join(site.folder, 'elsewhere')
      mkdirSync(folder, { recursive: true })
      const real = join(folder, 'access')
      writeFileSync(real, readFileSync(aclFile))
      chmodSync(real, 0o604)
      if (process.getuid?.() === 0) chownSync(real, 12_345, 23_456)
      const { mode, uid, gid } = statSync(real)
      const link = join(folder, 'link')
      rmSync(link, { force: true })
      symlinkSync(real, link)
      const controller = filesController({ aclFile: link, pidFile })
      const { record } = await controller.prepare(targetOf('spare'))
      await controller.isolate(record)
      expect(readFileSync(real, 'utf8')).toContain('user spare')
      expect(lstatSync(link).isSymbolicLink()).toBe(true)
      expect(statSync(real)).toMatchObject({ mode, uid, gid })
      await controller.release(record, 'restore')
      expect(readFileSync(real)).toEqual(readFileSync(aclFile))
      expect(statSync(real)).toMatchObject({ mode, uid, gid })
    })

    test('a file that cannot be replaced is left as it is, and the reason is told', async () => {
      const before = started.files()
      const { record } = await both.prepare(targetOf('spare'))
      const inTheWay = join(started.site.folder, '.access.picket-unfinished')
      mkdirSync(join(inTheWay, 'full'), { recursive: true })
      onTestFinished(() => rmSync(inTheWay, { recursive: true, force: true }))
      await expect(both.isolate(record)).rejects.toMatchObject({
        code: 'BROKER_REFUSED',
        message: expect.stringMatching(
          /access could not be replaced: .*EISDIR.* It is as it was\.$/,
        ),
      })
      expect(started.files()).toEqual(before)
    })

    test('a file that is not there', async () => {
      const controller = filesController({
        aclFile: join(started.site.folder, 'none'),
        pidFile: started.pidFile,
      })
      await expect(controller.prepare(targetOf('spare'))).rejects.toMatchObject({
        code: 'BROKER_REFUSED',
        message: expect.stringContaining('it is not there. Correct its path'),
      })
    })
  })

  describe('how the broker is told', () => {
    test('a process that is not Mosquitto is not signalled', async () => {
      const pidFile = join(started.site.folder, 'another-pid')
      const controller = filesController({ aclFile: started.aclFile, pidFile })
      const { record } = await controller.prepare(targetOf('spare'))
      // A signal would end this very process.
      writeFileSync(pidFile, `${process.pid}\n`)
      await expect(controller.isolate(record)).rejects.toMatchObject({
        code: 'BROKER_REFUSED',
        message: expect.stringContaining('and not Mosquitto'),
      })
      writeFileSync(pidFile, '-1\n')
      await expect(controller.release(record, 'restore')).rejects.toMatchObject({
        code: 'BROKER_REFUSED',
        message: expect.stringContaining('does not hold the number of a process'),
      })
    })

    test.each([
      ['kill -s HUP', 'exec kill -HUP "$(cat "$PID_FILE")"', null],
      [
        'no such unit',
        'echo "Failed to kill unit: Unit not loaded." >&2; exit 1',
        'BROKER_UNREACHABLE',
      ],
      ['no right', 'echo "Failed to kill unit: Access denied" >&2; exit 1', 'BROKER_REFUSED'],
    ])('through systemd, played by a script: %s', async (_, script, code) => {
      const folder = join(started.site.folder, 'programs')
      mkdirSync(folder, { recursive: true })
      const words = '[ "$*" = "kill -s HUP mosquitto.service" ] || exit 9'
      writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\n${words}\n${script}\n`, { mode: 0o755 })
      const path = process.env['PATH']
      process.env['PATH'] = `${folder}:${path}`
      process.env['PID_FILE'] = started.pidFile
      onTestFinished(() => void (process.env['PATH'] = path))
      const controller = filesController({
        aclFile: started.aclFile,
        systemdUnit: 'mosquitto.service',
      })
      const { record } = await controller.prepare(targetOf('spare'))
      if (code === null)
        return await goThrough(controller, 'spare', running(started.start('spare')))
      await expect(controller.isolate(record)).rejects.toMatchObject({ code })
      await expect(controller.release(record, 'restore')).rejects.toMatchObject({ code })
    })
  })

  describe('what is forbidden', () => {
    test.each([
      [[], 'neither a user name nor a certificate'],
      [['picket'], 'is a login of Picket itself'],
      [['boss'], 'may administer the broker'],
      [[' listed'], 'cannot be written'],
      [['two\nlines'], 'cannot be written'],
    ])('%j', async (usernames, reason) => {
      const { aclFile, pidFile } = started
      const before = started.files()
      writeFileSync(aclFile, `${before.acl}\nuser boss\ntopic write $CONTROL/#\n`, 'latin1')
      onTestFinished(() => writeFileSync(aclFile, before.acl, 'latin1'))
      const controller = filesController({ aclFile, pidFile }, ['picket'])
      const { plan } = await controller.prepare({ ...targetOf('device'), usernames })
      expect(plan.forbidden.join(' ')).toContain(reason)
    })

    test('a device that was isolated by a station that nobody knows any more', async () => {
      const { record } = await aclOnly.prepare(targetOf('spare'))
      await aclOnly.isolate(record)
      const { plan } = await aclOnly.prepare(targetOf('spare'))
      expect(plan.forbidden.join(' ')).toContain('by an isolation that this station does not know')
      await aclOnly.release(record, 'restore')
    })
  })

  function running(device: SteadyDevice): SteadyDevice {
    onTestFinished(() => device.end())
    return device
  }

  /** Mosquitto reads its files once it is through with what came before the signal. */
  async function hasRead(): Promise<void> {
    await started.observer.hasCaughtUp()
    await started.observer.hasCaughtUp()
  }

  async function goThrough(
    controller: QuarantineController,
    name: string,
    ...devices: SteadyDevice[]
  ): Promise<void> {
    for (const device of devices) await expectTraffic(started.observer, device)
    const before = started.files()
    const { plan, record } = await controller.prepare(targetOf(name))
    expect(plan.forbidden).toEqual([])
    expect(JSON.stringify({ plan, record })).not.toContain('$7$')
    expect(started.files()).toEqual(before)
    await controller.isolate(record)
    expect(await controller.inspect(record)).toMatchObject({
      isInForce: true,
      isAsBefore: false,
      differences: [],
    })
    await hasRead()
    for (const device of devices) await expectSilence(started.observer, device)
    await controller.release(record, 'restore')
    for (const device of devices) await expectTraffic(started.observer, device)
    expect(await controller.inspect(record)).toMatchObject({
      isInForce: false,
      isAsBefore: true,
      differences: [],
    })
    expect(started.files()).toEqual(before)
  }
})
