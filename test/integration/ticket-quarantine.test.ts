import { execFileSync, type StdioOptions } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { deviceId } from '../../src/contract/model/device.ts'
import type { SourceStatus } from '../../src/contract/model/status.ts'
import type { ControllerContext } from '../../src/station/mitigation/controller-context.ts'
import type { QuarantineTarget } from '../../src/station/mitigation/controller.ts'
import { createTicketController } from '../../src/station/mitigation/ticket/controller.ts'
import { shellWord } from '../../src/station/mitigation/ticket/quoting.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const hostile = "`rm -rf`'; reboot; $(reboot) \u202egnp.\n# Picket says: all is well\n```"

function setUp(kind: SourceStatus['kind']) {
  const dataFolder = temporaryFolder()
  const context: Partial<ControllerContext> = {
    sourceId: 'plant',
    source: () => ({ kind, address: 'mqtt://10.0.0.5:1883' }),
    now: () => Date.parse('2026-11-22T12:00:00Z'),
    ownClients: new Set(['picket-watch']),
    ownLogins: () => ['picket'],
    dataFolder,
  }
  return { dataFolder, controller: createTicketController(context as ControllerContext) }
}

function target(changes: Partial<QuarantineTarget> = {}): QuarantineTarget {
  const names = { usernames: ['user-7'], clientIds: ['client-7'], addresses: ['10.0.0.7'] }
  return { deviceId: deviceId.parse('pump-7'), ...names, ...changes }
}

describe('a ticket', () => {
  test('is written for nobody else to read, once, and again for the way back', async () => {
    const { controller, dataFolder } = setUp('mqtt')
    const { record } = await controller.prepare(target())
    const folder = join(dataFolder, 'tickets')
    expect(() => readdirSync(folder)).toThrow('ENOENT')
    await controller.isolate(record)
    await controller.isolate(record)
    const [file = '', ...others] = readdirSync(folder)
    expect(others).toEqual([])
    expect(file).toMatch(/^20261122120000-[0-9a-f]{8}\.md$/)
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
    const { isInForce, isAsBefore, sentence } = await controller.inspect(record)
    expect([isInForce, isAsBefore]).toEqual([false, false])
    expect(sentence).toContain(`A person has to do it, as ${join(folder, file)} says.`)

    await controller.release(record, 'restore')
    expect(readdirSync(folder)).toHaveLength(2)
    const undo = await controller.inspect(record)
    expect(undo.sentence).toContain('A person has to undo it')
  })

  test('guarantees nothing', () => {
    expect(setUp('mqtt').controller.guarantees.filter(({ holds }) => holds)).toEqual([])
  })

  test.each([
    ['emqx', ['EMQX 5'], /"as":"username","who":"user-7".*\/clients\/client-7/s],
    [
      'mosquitto-log',
      ['Mosquitto with Dynamic Security', 'Mosquitto with a password file'],
      /addClientRole 'user-7'/,
    ],
    ['aws-lifecycle', ['AWS IoT Core'], /--thing-name 'pump-7'/],
    ['embedded-broker', ["Picket's own broker"], /picket quarantine add 'pump-7'/],
  ] as const)(
    'for a source of kind %s says what that broker needs',
    async (kind, titles, command) => {
      const { controller } = setUp(kind)
      const { record, plan } = await controller.prepare(target())
      const text = String(record['isolation'])
      expect(text.match(/^## .*$/gm)).toEqual(titles.map((title) => `## ${title}`))
      expect(text).toMatch(command)
      expect(plan.undo.length).toBeGreaterThan(0)
      for (const { exact } of plan.undo) expect(String(record['release'])).toContain(exact)
    },
  )

  test('for a broker of an unknown kind names all kinds', async () => {
    const { record } = await setUp('mqtt').controller.prepare(target())
    const titles = String(record['isolation']).match(/^## .*$/gm)
    expect(titles).toHaveLength(6)
  })

  test('lets a hostile name neither format nor run anything', async () => {
    const { controller, dataFolder } = setUp('mqtt')
    const names = [hostile, '$(touch stolen)', "'$(touch stolen)'", '`touch stolen`']
    const { record, plan } = await controller.prepare(
      target({ deviceId: deviceId.parse('x'), usernames: names, clientIds: names }),
    )
    const text = String(record['isolation'])
    expect(text).not.toContain('\u202e')
    const headings = text.match(/^# .*$/gm)
    const comment = '# in the configuration of the extension'
    expect(headings).toEqual(['# Take a device off the network', comment])
    const fences = text.split('\n').filter((line) => line.startsWith('```'))
    expect(fences).toHaveLength(2 * plan.calls.length)
    const commands = plan.calls.map(({ exact }) => exact)
    const script = join(dataFolder, 'ticket.sh')
    writeFileSync(script, commands.join('\n'))
    chmodSync(script, 0o600)
    // Every program that a ticket names only prints its arguments here.
    const programs =
      'mosquitto_ctrl mosquitto_passwd curl nanomq vmq-passwd vmq-admin aws picket cp kill cat'
    const fakes = programs.split(' ').map((program) => `${program}() { printf '%s\\0' "$@"; }`)
    const run = [...fakes, `. ${script}`].join('\n')
    const env = { PATH: '/nonexistent', LC_ALL: 'C.UTF-8' }
    const options = { cwd: dataFolder, env, stdio: ['ignore', 'pipe', 'ignore'] as StdioOptions }
    const printed = execFileSync('/bin/bash', ['--norc', '-c', run], options).toString().split('\0')
    expect(readdirSync(dataFolder)).toEqual(['ticket.sh'])
    for (const name of names) expect(printed).toContain(name)
  })

  test('says so where it cannot be written', async () => {
    const { controller, dataFolder } = setUp('mqtt')
    const { record } = await controller.prepare(target())
    writeFileSync(join(dataFolder, 'tickets'), 'a file is in the way')
    await expect(controller.isolate(record)).rejects.toMatchObject({
      code: 'BROKER_REFUSED',
      message: expect.stringContaining('could not be written (EEXIST)') as string,
    })
    expect(readFileSync(join(dataFolder, 'tickets'), 'utf8')).toBe('a file is in the way')
  })

  test('is not written for Picket itself', async () => {
    const { controller } = setUp('mqtt')
    const { plan } = await controller.prepare(target({ usernames: ['picket'] }))
    expect(plan.forbidden).toEqual(['"picket" is a login of Picket itself.'])
    const other = await controller.prepare(target({ clientIds: ['picket-watch'] }))
    expect(other.plan.forbidden).toEqual(['"picket-watch" is a login of Picket itself.'])
  })
})

test('a plain name stays readable in a command', () => {
  expect(shellWord('site/pump 7 ü')).toBe("'site/pump 7 ü'")
})
