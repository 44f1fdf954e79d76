import { describe, expect, test } from 'vitest'
import { emptyActionForm, parametersOf } from '../../../src/renderer/words/action-form.ts'

const form = (different: Partial<typeof emptyActionForm>) => ({ ...emptyActionForm, ...different })

describe('the form of a mitigation action', () => {
  test('stands for the parameters of the contract', () => {
    const made = (different: Partial<typeof emptyActionForm>) =>
      parametersOf(form(different)).parameters
    expect(made({ type: 'release' })).toEqual({ type: 'release' })
    expect(made({ type: 'quarantine' })).toEqual({ type: 'quarantine', releaseAfterMinutes: 1440 })
    expect(made({ type: 'quarantine', timer: 'hand' })).toEqual({
      type: 'quarantine',
      releaseAfterMinutes: null,
    })
    expect(made({ address: 'https://alarms.site/in' })).toEqual({
      type: 'notify',
      target: { kind: 'webhook', url: 'https://alarms.site/in' },
    })
    expect(made({ target: 'mqtt', address: 'mqtt://10.0.0.2:1883', topic: 'alarms' })).toEqual({
      type: 'notify',
      target: { kind: 'mqtt', url: 'mqtt://10.0.0.2:1883', topic: 'alarms' },
    })
    expect(made({ target: 'syslog', address: '10.0.0.9', transport: 'tcp' })).toEqual({
      type: 'notify',
      target: { kind: 'syslog', host: '10.0.0.9', port: 514, transport: 'tcp' },
    })
    expect(made({ target: 'syslog', address: 'collector:6514' })).toMatchObject({
      target: { host: 'collector', port: 6514 },
    })
  })

  test.each([
    { address: 'ftp://alarms.site' },
    { target: 'mqtt', address: 'mqtt://10.0.0.2:1883', topic: 'alarms/#' },
    { target: 'syslog', address: 'collector:70000' },
    { type: 'quarantine', timer: 'custom', customHours: 'soon' },
  ] as const)('%j is refused with what is wrong', (different) => {
    const { parameters, mistake } = parametersOf(form(different))
    expect(parameters).toBeNull()
    expect(mistake).not.toBe('')
  })
})
