import { describe, expect, test } from 'vitest'
import { protect, protectionOf } from '../../../../src/station/mitigation/protections.ts'
import { createHandClock } from '../../../support/hand-clock.ts'
import { dayStartsAt } from '../../../support/hand-station.ts'
import { openQuarantineStation } from '../../../support/quarantine-station.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const minuteMs = 60_000

async function open(settings: object = {}) {
  const clock = createHandClock(dayStartsAt)
  const data = temporaryFolder()
  const site = await openQuarantineStation({ data, clock, settings })
  return { ...site, clock, approvers: site.desk.approvers }
}

describe('A second person', () => {
  test('agrees with a PIN, under another name than the first', async () => {
    const { approvers } = await open()
    await approvers.setPin({ person: 'Bob', pin: '2468' })
    expect(approvers.list()).toEqual(['Bob'])
    expect(await approvers.approve({ by: 'Bob', pin: '2468' }, 'Ada')).toBe('Bob')
    const wrong = { code: 'APPROVAL_WRONG' }
    await expect(approvers.approve({ by: 'Bob', pin: '1111' }, 'Ada')).rejects.toMatchObject(wrong)
    await expect(approvers.approve({ by: 'Bob', pin: '2468' }, ' bob')).rejects.toMatchObject(wrong)
    await expect(approvers.approve({ by: 'Eve', pin: '2468' }, 'Ada')).rejects.toMatchObject(wrong)
    await expect(approvers.approve(undefined, 'Ada')).rejects.toMatchObject({
      code: 'APPROVAL_NEEDED',
    })
  })

  test('has five wrong tries in a quarter of an hour, also at once, and then the right one is no use', async () => {
    const { approvers, clock } = await open()
    await approvers.setPin({ person: 'Bob', pin: '2468' })
    const tries = Array.from({ length: 8 }, () =>
      approvers.approve({ by: 'Bob', pin: '0000' }, 'Ada').catch((error: Error) => error.message),
    )
    const answers = await Promise.all(tries)
    expect(answers.filter((answer) => answer.includes('Too many'))).toHaveLength(3)
    const right = () => approvers.approve({ by: 'Bob', pin: '2468' }, 'Ada')
    await expect(right()).rejects.toThrow(/Too many/)
    await clock.advance(16 * minuteMs)
    expect(await right()).toBe('Bob')
  })

  test('changes or removes a PIN only with the one before', async () => {
    const { approvers } = await open()
    await approvers.setPin({ person: 'Bob', pin: '2468' })
    const wrong = { code: 'APPROVAL_WRONG' }
    await expect(approvers.setPin({ person: 'Bob', pin: '9999' })).rejects.toMatchObject(wrong)
    await approvers.setPin({ person: 'Bob', pin: '9999', formerPin: '2468' })
    expect(await approvers.approve({ by: 'Bob', pin: '9999' }, 'Ada')).toBe('Bob')
    await approvers.setPin({ person: 'Bob', pin: null, formerPin: '9999' })
    expect(approvers.list()).toEqual([])
  })

  test('leaves no PIN in the database or the secrets, only what cannot be turned back', async () => {
    const { core, approvers } = await open()
    await approvers.setPin({ person: 'Bob', pin: 'correct horse' })
    const place = `approver/${Buffer.from('Bob').toString('base64url')}`
    const kept = await core.ports.secrets.get(place)
    expect(kept).toMatch(/^[\w-]{22}\.[\w-]{43}$/)
    const tables = core.store.read.database.prepare('SELECT * FROM approvers').all()
    expect(tables).toEqual([{ person: 'Bob' }])
  })
})

describe('A safety-critical device', () => {
  test('is isolated only where a second person agrees', async () => {
    const site = await open({ quarantine: { safetyCritical: ['pump-1'] } })
    const pump = site.addDevice('pump-1')
    await site.approvers.setPin({ person: 'Bob', pin: '2468' })
    const plan = await site.desk.plan(pump)
    expect(plan.needsApproval).toBe(true)
    const order = {
      ...{ deviceId: pump, digest: plan.digest, confirmation: pump },
      ...{ reason: 'it floods', by: 'Ada', releaseAfterMinutes: null, alarmIds: [] },
    }
    await expect(site.desk.isolate(order)).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' })
    const alone = { ...order, approval: { by: 'Ada', pin: '2468' } }
    await expect(site.desk.isolate(alone)).rejects.toMatchObject({ code: 'APPROVAL_WRONG' })
    const unasked = { ...order, approvedBy: null }
    await expect(site.desk.carryOut(unasked)).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' })
    expect(site.brokers.get('plant')?.blocked.size).toBe(0)
    const both = await site.desk.isolate({ ...order, approval: { by: 'Bob', pin: '2468' } })
    expect(both).toMatchObject({ state: 'isolated', approvedBy: 'Bob' })
  })
})

describe('A protection', () => {
  test('is set by a person, but never below what the settings say', async () => {
    const site = await open({
      quarantine: { doNotIsolate: ['boiler-1'], safetyCritical: ['pump-1'] },
    })
    const { core } = site
    const free = site.addDevice('fan-1')
    protect(core, { deviceId: free, protection: 'do-not-isolate', by: 'Ada' })
    expect((await site.desk.plan(free)).forbidden).toHaveLength(1)
    protect(core, { deviceId: free, protection: 'none', by: 'Ada' })
    expect((await site.desk.plan(free)).forbidden).toEqual([])
    const boiler = site.addDevice('boiler-1')
    protect(core, { deviceId: boiler, protection: 'none', by: 'Ada' })
    expect(protectionOf(core, boiler)).toBe('do-not-isolate')
    const pump = site.addDevice('pump-1')
    protect(core, { deviceId: pump, protection: 'none', by: 'Ada' })
    expect(protectionOf(core, pump)).toBe('safety-critical')
    protect(core, { deviceId: pump, protection: 'do-not-isolate', by: 'Ada' })
    expect(protectionOf(core, pump)).toBe('do-not-isolate')
  })
})
