import { describe, expect, test } from 'vitest'
import { mosquittoLogSettings, stationSettings } from '../../../src/station/settings.ts'

describe('the settings of a Mosquitto’s log', () => {
  const log = { kind: 'mosquitto-log', id: 'line' }

  test('have just one place that lines come from', () => {
    const inputs = [{ file: 'a.log' }, { journal: 'mosquitto@1' }, { standardInput: true }]
    for (const input of inputs) {
      expect(mosquittoLogSettings.safeParse({ ...log, ...input }).success).toBe(true)
    }
    for (const input of [{}, { ...inputs[0], ...inputs[1] }, { ...inputs[1], ...inputs[2] }]) {
      expect(mosquittoLogSettings.safeParse({ ...log, ...input }).success).toBe(false)
    }
  })

  test('name a unit, and nothing that journalctl could take for an option', () => {
    for (const journal of ['--vacuum-size=1', '-u', 'a b', '']) {
      expect(mosquittoLogSettings.safeParse({ ...log, journal }).success).toBe(false)
    }
  })

  test('share the one standard input with nobody', () => {
    const sources = [
      { ...log, standardInput: true },
      { ...log, id: 'other', standardInput: true },
    ]
    expect(stationSettings.safeParse({ sources: sources.slice(0, 1) }).success).toBe(true)
    expect(stationSettings.safeParse({ sources }).success).toBe(false)
  })
})
