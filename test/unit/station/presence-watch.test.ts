import { describe, expect, test } from 'vitest'
import { deviceId } from '../../../src/contract/model/device.ts'
import {
  loadPresence,
  notePresence,
  type PresenceWatch,
} from '../../../src/station/presence-watch.ts'
import { writeState } from '../../../src/station/store/state.ts'
import { openStore } from '../../../src/station/store/open.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const pump = deviceId.parse('pump-1')
const valve = deviceId.parse('valve-2')
const connected = { address: '10.0.0.1', isConnected: true, since: 100, reason: null }
const gone = { address: null, isConnected: false, since: 200, reason: 'CONNECTION_LOST' } as const

function watch(most = 10): PresenceWatch {
  return { byDevice: new Map(), changed: new Set(), most }
}

describe('presence', () => {
  test('keeps the address of a device that has gone', () => {
    const presence = watch()
    notePresence(presence, pump, connected)
    notePresence(presence, pump, gone)
    expect(presence.byDevice.get(pump)).toEqual({ ...gone, address: '10.0.0.1' })
  })

  test('counts from the first of several connections', () => {
    const presence = watch()
    notePresence(presence, pump, connected)
    notePresence(presence, pump, { ...connected, since: 150 })
    expect(presence.byDevice.get(pump)?.since).toBe(100)
    const unknown = { address: null, isConnected: null, since: 0, reason: null }
    notePresence(presence, pump, unknown)
    expect(presence.byDevice.get(pump)).toMatchObject({ isConnected: null, since: 100 })
  })

  test('is kept of no more devices than there may be', () => {
    const presence = watch(1)
    notePresence(presence, pump, connected)
    notePresence(presence, valve, connected)
    expect([...presence.byDevice.keys()]).toEqual([pump])
  })

  test("of an earlier run is the broker's last word, but nobody is taken to be connected still", () => {
    const store = openStore({ folder: temporaryFolder(), holder: 'a test' })
    writeState(store.write, 'presence/pump-1', JSON.stringify(connected))
    writeState(store.write, 'presence/valve-2', JSON.stringify(gone))
    writeState(store.write, 'presence0', 'not one of them')
    const { byDevice } = loadPresence(store.read, 10)
    expect([...byDevice]).toEqual([
      [pump, { ...connected, isConnected: null }],
      [valve, gone],
    ])
    store.close()
  })
})
