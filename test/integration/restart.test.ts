import { connectAsync } from 'mqtt'
import { describe, expect, test } from 'vitest'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { slotMs } from '../../src/contract/model/time.ts'
import { askStation } from '../../src/cli/ask.ts'
import { until } from '../support/poll.ts'
import { createTestHost, type TestHost } from '../support/test-host.ts'

/** A slot takes one real second. */
const speed = 300
const hourMs = 3_600_000
const meter = deviceId.parse('meter-7')
const sources = [{ kind: 'embedded-broker' as const, port: 0 }]

describe('a station that was stopped and started again', () => {
  test('knows when each device was last heard, and shows the time it did not watch as a gap', async () => {
    const first = createTestHost({ sources }, { speed })
    await first.host.start()
    await report(first)
    expect(await device(first)).toMatchObject({ isReporting: true })
    const heardAt = (await device(first)).lastDatapointAt
    await until('the slot is judged', () => now(first) > (heardAt ?? Infinity) + 6 * slotMs)
    const later = now(first) + hourMs
    await first.host.stop()

    const second = createTestHost({ sources, data: first.data }, { speed, startAt: later })
    await second.host.start()
    expect(await device(second)).toMatchObject({ isReporting: false, lastDatapointAt: heardAt })
    const { gaps } = await askStation(first.data, (station) =>
      station.series.get({
        deviceId: meter,
        metricId: asMetricId('aws:num-listening-udp-ports'),
        from: heardAt ?? 0,
        to: now(second) + slotMs,
        buckets: 100,
      }),
    )
    expect(gaps.map(({ reason }) => reason)).toContain('Picket was not running.')
    await second.host.stop()
  })
})

function now({ host }: TestHost): number {
  return host.station.status().now
}

function device({ host }: TestHost) {
  return askStation(host.station.status().store.path.replace(/\/picket\.db$/, ''), (station) =>
    station.devices.get({ deviceId: meter }),
  )
}

async function report({ host }: TestHost): Promise<void> {
  const url = host.station.status().sources[0]?.address ?? ''
  const client = await connectAsync(url, { clientId: meter, username: meter })
  const topic = `$aws/things/${meter}/defender/metrics/json`
  const body = { header: { report_id: 1 }, metrics: { listening_udp_ports: { total: 2 } } }
  const answered = new Promise((resolve) => client.once('message', resolve))
  await client.subscribeAsync(`${topic}/accepted`)
  await client.publishAsync(topic, JSON.stringify(body), { qos: 1 })
  await answered
  await client.endAsync()
}
