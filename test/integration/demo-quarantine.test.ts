import { createRouterClient } from '@orpc/server'
import { connectAsync } from 'mqtt'
import { expect, onTestFinished, test } from 'vitest'
import { quarantineAlarmed } from '../../src/cli/demo-quarantine.ts'
import type { StationClient } from '../../src/contract/contract.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { until } from '../support/poll.ts'
import { scriptedAlarm } from '../support/scripted-fleet.ts'
import { createTestHost } from '../support/test-host.ts'

test('A device that goes away for good is told as isolated and released, but never as back', async () => {
  const { client, clock, brokerUrl } = await openSite()
  const alarm = scriptedAlarm(1, { deviceId: deviceId.parse('pump-7') })
  // It never comes back once it is thrown out.
  const pump = await connectAsync(brokerUrl, {
    clientId: alarm.deviceId,
    username: alarm.deviceId,
    reconnectPeriod: 0,
  })
  onTestFinished(() => pump.endAsync(true))
  await pump.publishAsync('site/pump-7/temperature', '21.5', { qos: 1 })
  await until('the device is known', async () => (await client.devices.list({})).total > 0)

  const patience = new AbortController()
  const result = quarantineAlarmed({ client, clock, alarm, heldUntil: 0, signal: patience.signal })
  await until('it was released and is not back', async () => {
    const [isolation] = (await client.quarantine.list({})).isolations
    return isolation?.state === 'released' && isolation.proof.state === 'not-back'
  })
  patience.abort()

  expect(await result).toEqual({
    device: 'pump-7',
    isolated: true,
    messagesWhileIsolated: 0,
    refusedAttempts: 0,
    isolatedAfterMs: expect.any(Number),
    released: true,
    backAfterMs: null,
  })
})

async function openSite() {
  const sources = [{ kind: 'embedded-broker' as const, port: 0 }]
  const { host, clock } = createTestHost({ sources }, { speed: 60 })
  await host.start()
  onTestFinished(() => host.stop())
  const client: StationClient = createRouterClient(host.station.router)
  return { client, clock, brokerUrl: host.station.status().sources[0]?.address ?? '' }
}
