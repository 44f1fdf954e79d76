import { connectAsync } from 'mqtt'
import { describe, expect, test } from 'vitest'
import { askStation } from '../../src/cli/ask.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { until } from '../support/poll.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createTestHost } from '../support/test-host.ts'

const sources = [{ kind: 'embedded-broker' as const, port: 0 }]

describe('what a broker says of a connection that is no metric', () => {
  test('is shown with the device, and known again after a restart', async () => {
    const data = temporaryFolder()
    const first = createTestHost({ sources, data })
    await first.host.start()
    const url = first.host.station.status().sources[0]?.address ?? ''
    const pump = await connectAsync(url, { clientId: 'one', username: 'pump-1' })
    const twin = await connectAsync(url, { clientId: 'two', username: 'pump-1' })
    await twin.publishAsync('site/pump-1/t', 'x', { qos: 1 })
    const known = await until('the device is known', () => deviceOf(data))
    expect(known.presence).toMatchObject({ isConnected: true, address: '127.0.0.1', reason: null })
    expect(known.notices[0]).toMatch(
      /^Connected more than once at the same time with the client ids "one", "two": once at embedded since the start, last at .* UTC\.$/,
    )
    const [notice] = first.host.station.status().sources[0]?.notices ?? []
    expect(notice).toMatch(/^1 device was connected more than once at the same time\./)
    await twin.endAsync()
    await pump.endAsync()
    await until('it is gone', async () => !(await deviceOf(data))?.presence?.isConnected)
    await first.host.stop()

    const second = createTestHost({ sources, data })
    await second.host.start()
    expect((await deviceOf(data))?.presence).toMatchObject({
      isConnected: false,
      address: '127.0.0.1',
      reason: 'CLIENT_INITIATED_DISCONNECT',
    })
    await second.host.stop()
  })

  test('is a notice where refused attempts name nobody', async () => {
    const started = createTestHost({ sources: [{ ...sources[0], allow: { devices: ['pump-*'] } }] })
    await started.host.start()
    const source = () => started.host.station.status().sources[0]
    const refused = connectAsync(source()?.address ?? '', {
      clientId: 'camera',
      reconnectPeriod: 0,
    })
    await expect(refused).rejects.toThrow(/not authorized/i)
    await until('it is told', () => source()?.notices.length === 1)
    expect(source()?.notices).toEqual([
      '1 refused connection attempt since the start named no known device.',
    ])
    await started.host.stop()
  })
})

function deviceOf(data: string) {
  const query = { deviceId: deviceId.parse('pump-1') }
  return askStation(data, (station) => station.devices.get(query)).catch(() => null)
}
