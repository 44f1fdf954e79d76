import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { SystemStatus } from '../../../../src/contract/model/status.ts'
import { trayState } from '../../../../src/station/notify/tray-state.ts'
import { busyScene } from '../../../support/scripted-scenes.ts'

const source = busyScene().status.sources[0]
const connected = source ? [{ ...source, state: 'connected' as const }] : []

/** A station that is all well, but for the change. */
function statusWith(change: Partial<SystemStatus>): SystemStatus {
  const { status } = busyScene()
  return {
    ...status,
    sources: connected,
    alarms: { active: 0, suppressed: 0 },
    engine: { ...status.engine, state: 'up' },
    store: { ...status.store, state: 'ok' },
    training: { ...status.training, state: 'trained', trainedAt: 1 },
    ...change,
  }
}

const { engine, store, training } = statusWith({})
const engineDown = { engine: { ...engine, state: 'down' as const } }
const storeFull = { store: { ...store, state: 'full' as const } }
const lost = { sources: connected.map((one) => ({ ...one, state: 'disconnected' as const })) }
const unlearned = { training: { ...training, trainedAt: null } }
const alarms = (active: number) => ({ alarms: { active, suppressed: 0 } })

describe('the tray', () => {
  test.each([
    ['well', 'Picket: all well', {}],
    ['learning', 'Picket: still learning', unlearned],
    ['learning', 'Picket: nothing is watched yet', { sources: [], ...unlearned }],
    ['lost', 'Picket: 1 source not connected; still learning', { ...lost, ...unlearned }],
    [
      'down',
      'Picket: the detection engine is down; 1 source not connected',
      { ...engineDown, ...lost },
    ],
    ['down', 'Picket: the data cannot be used', storeFull],
    ['alarms-1', 'Picket: 1 alarm', alarms(1)],
    ['alarms-9', 'Picket: 9 alarms; the detection engine is down', { ...alarms(9), ...engineDown }],
    ['alarms-more', 'Picket: 10 alarms', alarms(10)],
  ])('shows %s and says: %s', (icon, sentence, change) => {
    expect(trayState(statusWith(change))).toEqual({ icon, sentence })
    for (const panel of ['dark', 'light']) {
      expect(existsSync(`resources/tray/${panel}/${icon}.png`)).toBe(true)
      expect(existsSync(`resources/tray/${panel}/${icon}@2x.png`)).toBe(true)
    }
  })
})
