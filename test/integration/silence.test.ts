import { connectAsync } from 'mqtt'
import { describe, expect, test } from 'vitest'
import { dayMs, slotMs } from '../../src/contract/model/time.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { dayStartsAt, startHandStation, type HandStation } from '../support/hand-station.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const limit = {
  name: 'udp',
  metric: 'aws:num-listening-udp-ports',
  criteria: { comparisonOperator: 'less-than', value: { count: 1 } },
}
const settings = { profiles: [{ securityProfileName: 'limits', behaviors: [limit] }] }

describe('an alarm on the only device of a site', () => {
  test('stays while the device is silent, and is withdrawn after two days of it', async () => {
    const clock = createHandClock(dayStartsAt)
    const running = await startHandStation({ data: temporaryFolder(), clock, settings })
    await violate(running)
    await clock.advance(3 * slotMs)
    expect(running.told.map(({ state }) => state)).toEqual(['in-alarm'])
    await pass(running, 1.9 * dayMs)
    expect(running.told).toHaveLength(1)
    await pass(running, 0.2 * dayMs)
    expect(running.told.map(({ state }) => state)).toEqual(['in-alarm', 'alarm-invalidated'])
    expect(await running.client.alarms.active({})).toMatchObject({ total: 0 })
  })
})

/** In a few long steps: nothing happens in between. */
async function pass({ clock }: HandStation, ms: number): Promise<void> {
  clock.leap(ms)
  await clock.advance(slotMs)
}

async function violate({ brokerUrl }: HandStation): Promise<void> {
  const client = await connectAsync(brokerUrl, { clientId: 'lone-1', username: 'lone-1' })
  const topic = '$aws/things/lone-1/defender/metrics/json'
  const answered = new Promise((resolve) => client.once('message', resolve))
  await client.subscribeAsync(`${topic}/accepted`)
  const body = { header: { report_id: 1 }, metrics: { listening_udp_ports: { total: 4 } } }
  await client.publishAsync(topic, JSON.stringify(body), { qos: 1 })
  await answered
  await client.endAsync()
}
