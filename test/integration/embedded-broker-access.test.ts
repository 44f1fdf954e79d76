import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connect, connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import { makeAuthority } from '../support/certificates.ts'
import { createCountingFleet, openRaw } from '../support/counting-client.ts'
import { writeLogins } from '../support/device-logins.ts'
import { startWatchedBroker, type WatchedBroker } from '../support/embedded-broker-watch.ts'
import { until } from '../support/poll.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function start(settings: Parameters<typeof startWatchedBroker>[0]): Promise<WatchedBroker> {
  const running = await startWatchedBroker(settings)
  ends.push(() => running.watched.source.stop())
  return running
}

/** A client that may be refused; its errors are no errors of the test. */
function tryToConnect({ watched }: WatchedBroker, options: IClientOptions): MqttClient {
  const client = connect(watched.source.facts().address, { reconnectPeriod: 0, ...options })
  client.on('error', () => undefined)
  ends.push(() => client.endAsync(true))
  return client
}

describe('the embedded broker with TLS', () => {
  test('knows devices by their certificates, and refuses any other', async () => {
    const folder = temporaryFolder()
    const site = makeAuthority(folder, 'site')
    const foreign = makeAuthority(folder, 'foreign')
    const running = await start({
      tls: { ...site.sign('broker', '127.0.0.1'), clientCa: site.certificate },
    })
    const { watched } = running
    const ca = readFileSync(site.certificate)
    const withCertificate = ({ cert, key }: { cert: string; key: string }) => {
      return { ca, cert: readFileSync(cert), key: readFileSync(key) }
    }
    const clientId = 'some-client'
    const pump = tryToConnect(running, { ...withCertificate(site.sign('pump-1')), clientId })
    await until('it is connected', () => pump.connected)
    await pump.publishAsync('site/pump-1/t', 'abc', { qos: 1 })
    await until('it is counted', () => watched.counted('pump-1').sent === 1)

    const rogue = tryToConnect(running, { ...withCertificate(foreign.sign('pump-1')), clientId })
    await until('the rogue is refused', () => watched.counted('pump-1').failures === 1)
    const nameless = tryToConnect(running, { ca, clientId: 'pump-1', username: 'pump-1' })
    await until('who has none is refused', () => watched.counted('pump-1').failures === 2)
    expect([rogue.connected, nameless.connected]).toEqual([false, false])
    expect(watched.counted('pump-1')).toMatchObject({ attempts: 3, sent: 1, bytes: 3 })
    expect(watched.devices()).toEqual(['pump-1'])
  })

  test('counts a rogue certificate for nobody where several devices share its address', async () => {
    const folder = temporaryFolder()
    const site = makeAuthority(folder, 'site')
    const rogue = makeAuthority(folder, 'foreign').sign('pump-1')
    const running = await start({
      tls: { ...site.sign('broker', '127.0.0.1'), clientCa: site.certificate },
    })
    const ca = readFileSync(site.certificate)
    for (const name of ['pump-1', 'pump-2']) {
      const { cert, key } = site.sign(name)
      const options = { ca, cert: readFileSync(cert), key: readFileSync(key), clientId: name }
      const client = tryToConnect(running, options)
      await until('it is connected', () => client.connected)
    }
    tryToConnect(running, { ca, cert: readFileSync(rogue.cert), key: readFileSync(rogue.key) })
    const { watched } = running
    await until('it is counted', () => watched.observations.unattributed === 1)
    expect(watched.counted('pump-1').failures).toBe(0)
  })

  test('counts what is no TLS at all', async () => {
    const folder = temporaryFolder()
    const site = makeAuthority(folder, 'site')
    const running = await start({ tls: site.sign('broker', '127.0.0.1') })
    const client = connect(`mqtt://127.0.0.1:${running.port()}`, { reconnectPeriod: 0 })
    client.on('error', () => undefined)
    await until('it is counted', () => running.watched.refused[0]?.reason === 'malformed')
    expect(running.watched.refused[0]?.detail).toMatch(/^TLS from 127\.0\.0\.1: /)
    await client.endAsync(true)
  })

  test('says which file it cannot read', async () => {
    const running = await start({ tls: { cert: '/nowhere/broker.pem', key: '/nowhere/key' } })
    const { sentence } = await until('it is told', () => {
      return running.watched.states.find(({ state }) => state === 'disconnected') ?? null
    })
    expect(sentence).toContain('/nowhere/broker.pem')
  })
})

describe('the embedded broker with logins', () => {
  test('takes up a device that is added while it runs', async () => {
    const logins = await writeLogins(['pump-1'])
    const running = await start({ logins })
    const fleet = createCountingFleet(running.port())
    await fleet.connect('pump-1')
    const password = await addDevice('pump-2', logins)
    expect(statSync(logins).mode & 0o777).toBe(0o600)
    const { address } = running.watched.source.facts()
    const login = { username: 'pump-2', clientId: 'any', password, reconnectPeriod: 0 }
    const client = await until('it is let in', () => connectAsync(address, login).catch(() => null))
    await client.endAsync()
    expect(await addDevice('pump-1', logins)).not.toBe(password)
    await fleet.end()
  })

  test('gives nobody the rights of a name that is only a client id', async () => {
    const running = await start({
      logins: await writeLogins(['pump-1', 'pump-2']),
      whenDenied: 'ignore',
    })
    const fleet = createCountingFleet(running.port())
    const thief = await fleet.connect('pump-1', { clientId: 'pump-2' })
    await thief.publishDenied('site/pump-2/t', 'in the name of another')
    await thief.publish('site/pump-1/t', 'its own')
    await until('it is counted', () => running.watched.counted('pump-1').sent === 1)
    expect(running.watched.counted('pump-1')).toEqual(thief.counts)
    expect(running.watched.devices()).toEqual(['pump-1'])
    await fleet.end()
  })
})

describe('the embedded broker with a list of who may come', () => {
  test('refuses devices and addresses that are not on it', async () => {
    const running = await start({
      allow: { devices: ['pump-*'], addresses: ['127.0.0.1', '127.0.1.0/24'] },
    })
    const fleet = createCountingFleet(running.port())
    const { watched } = running
    const pump = await fleet.connect('pump-1', { from: '127.0.1.77' })
    await pump.end()
    await fleet.beRefused('camera-1')
    await until('the device is refused', () => watched.observations.unattributed === 1)
    const stranger = await openRaw(running.port(), '127.0.2.1')
    await until('the address is refused', () => watched.observations.unattributed === 2)
    await until('it was hung up on', () => stranger.closed)
    expect(watched.devices()).toEqual(['pump-1'])
    await fleet.end()
  })
})

const run = promisify(execFile)

/** What a person would type; returns the password that was printed. */
async function addDevice(name: string, logins: string): Promise<string> {
  const program = join(import.meta.dirname, '../../src/cli/main.ts')
  const args = [program, 'broker', 'add-device', name, '--logins', logins]
  const { stdout } = await run(process.execPath, args)
  return /: (\S+)$/.exec(stdout.trim())?.[1] ?? ''
}
