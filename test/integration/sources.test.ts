import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import type { SourceDraft } from '../../src/contract/model/source.ts'
import { openStation, plantOn } from '../support/added-source.ts'
import { startMosquittoSite, type MosquittoSite } from '../support/mosquitto-site.ts'
import { until } from '../support/poll.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let site: MosquittoSite

beforeAll(async () => {
  site = await startMosquittoSite(['picket', 'pump-1'])
})

afterAll(() => site.end())

const goodLogin = { password: 'picket' }

async function stateOf(client: StationClient, id: string): Promise<string> {
  const { sources } = await client.sources.list()
  const entry = sources.find(({ status }) => status.id === id)
  return entry ? `${entry.status.state}: ${entry.status.sentence}` : 'gone'
}

describe('a source added from the page', () => {
  test('is watched at once, counts, and is watched again after a restart', async () => {
    const data = temporaryFolder()
    const { client, host } = await openStation(data)
    const entry = await client.sources.save({ draft: plantOn(site.port), secrets: goodLogin })
    expect(entry.origin).toBe('page')
    expect(entry.secretsSet).toEqual({ password: true, key: false, cert: false, ca: false })
    expect(entry.status.capabilities).toHaveLength(13)
    await until('it is connected', async () =>
      (await stateOf(client, 'plant')).startsWith('connected'),
    )
    const device = await connectAsync(`mqtt://127.0.0.1:${site.port}`, {
      username: 'pump-1',
      password: 'pump-1',
    })
    onTestFinished(() => device.endAsync())
    await device.publishAsync('site/pump-1/state', 'on', { qos: 1 })
    await until('the message is counted', async () => {
      return (await client.sources.list()).sources[0]?.status.messages === 1
    })
    await host.stop()
    const again = await openStation(data)
    await until('it is connected', async () =>
      (await stateOf(again.client, 'plant')).startsWith('connected'),
    )
    expect((await again.client.sources.list()).sources[0]?.draft).toEqual(plantOn(site.port))
  })

  test('is replaced only where that is meant, and its secrets stay where none is given', async () => {
    const { client } = await openStation(temporaryFolder())
    await client.sources.save({ draft: plantOn(site.port), secrets: goodLogin })
    await expect(client.sources.save({ draft: plantOn(site.port) })).rejects.toMatchObject({
      code: 'SOURCE_EXISTS',
    })
    const changed = plantOn(site.port, { deviceTopics: [] })
    const entry = await client.sources.save({ draft: changed, replaces: true })
    expect(entry.draft).toEqual(changed)
    expect(entry.secretsSet['password']).toBe(true)
    await until('it is connected', async () =>
      (await stateOf(client, 'plant')).startsWith('connected'),
    )
    const without = await client.sources.save({
      draft: changed,
      secrets: { password: null },
      replaces: true,
    })
    expect(without.secretsSet['password']).toBe(false)
    expect((await client.sources.list()).sources).toHaveLength(1)
  })

  test('is one of several, and gone with its secrets once it is removed', async () => {
    const data = temporaryFolder()
    const { client } = await openStation(data)
    await client.sources.save({ draft: plantOn(site.port), secrets: { password: 'anything' } })
    const log = {
      kind: 'mosquitto-log',
      id: 'plant-log',
      input: { kind: 'file', path: site.log },
    } satisfies SourceDraft
    await client.sources.save({ draft: log })
    await until('the log is read', async () =>
      (await stateOf(client, 'plant-log')).startsWith('connected'),
    )
    expect((await client.system.status()).sources.map(({ id }) => id)).toEqual([
      'plant',
      'plant-log',
    ])
    await client.sources.remove({ id: 'plant' })
    expect((await client.sources.list()).sources.map(({ status }) => status.id)).toEqual([
      'plant-log',
    ])
    expect(readFileSync(join(data, 'secrets.json'), 'utf8')).not.toContain('source/')
    await expect(client.sources.remove({ id: 'plant' })).rejects.toMatchObject({
      code: 'SOURCE_UNKNOWN',
    })
  })

  test('that takes any certificate keeps who decided so and since when', async () => {
    const { client } = await openStation(temporaryFolder())
    const trustAnyCertificate = { reason: 'New certificate is ordered, M. Huber.' }
    const draft = plantOn(site.port, { url: 'mqtts://127.0.0.1:1', trustAnyCertificate })
    const before = Date.now()
    const first = await client.sources.save({ draft, secrets: goodLogin })
    expect(first.draft).toEqual(draft)
    expect(first.uncheckedSince).toBeGreaterThanOrEqual(before)
    const second = await client.sources.save({ draft, replaces: true })
    expect(second.uncheckedSince).toBe(first.uncheckedSince)
  })

  test('cannot take the place of one in the configuration file', async () => {
    const { client } = await openStation(temporaryFolder(), [
      { kind: 'mqtt', id: 'plant', url: `mqtt://127.0.0.1:${site.port}` },
    ])
    const [entry] = (await client.sources.list()).sources
    expect(entry?.origin).toBe('file')
    expect(entry?.draft).toMatchObject({ kind: 'mqtt', id: 'plant', url: plantOn(site.port).url })
    for (const change of [
      () => client.sources.save({ draft: plantOn(site.port), replaces: true }),
      () => client.sources.remove({ id: 'plant' }),
    ]) {
      await expect(change()).rejects.toMatchObject({ code: 'SOURCE_FIXED' })
    }
  })

  test('is tested without the test being taken for a device, wherever else it is seen', async () => {
    const { client } = await openStation(temporaryFolder())
    const input = { kind: 'file', path: site.log } as const
    await client.sources.save({ draft: { kind: 'mosquitto-log', id: 'log', input } })
    await until('the log is read', async () =>
      (await stateOf(client, 'log')).startsWith('connected'),
    )
    const { url, username } = plantOn(site.port)
    const draft = { kind: 'mosquitto-topics', id: 'topics', url, username } as const
    for (const round of [1, 2]) {
      const report = await client.sources.test({ draft, secrets: goodLogin })
      expect(report.isReached, `round ${round}`).toBe(true)
    }
    const device = await connectAsync(`mqtt://127.0.0.1:${site.port}`, {
      username: 'pump-1',
      password: 'pump-1',
    })
    onTestFinished(() => device.endAsync())
    const names = async () => (await client.devices.list({})).devices.map(({ id }) => id)
    await until('the device is seen', async () =>
      (await names()).includes(deviceId.parse('pump-1')),
    )
    expect(await names()).toEqual(['pump-1'])
  })

  test('is tested with the password that is kept', async () => {
    const { client } = await openStation(temporaryFolder())
    await client.sources.save({ draft: plantOn(site.port), secrets: goodLogin })
    expect((await client.sources.test({ draft: plantOn(site.port) })).isReached).toBe(true)
    const wrong = await client.sources.test({
      draft: plantOn(site.port),
      secrets: { password: 'wrong' },
    })
    expect(wrong.isReached).toBe(false)
  })
})
