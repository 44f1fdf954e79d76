import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startMosquitto } from '../support/mosquitto.ts'
import { until } from '../support/poll.ts'
import { findProgram } from '../support/programs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createTestHost, type TestHost } from '../support/test-host.ts'

describe('a broker that asks for a login', () => {
  test('is tried again after it has refused, and watched once it lets Picket in', async () => {
    const folder = temporaryFolder()
    const passwords = join(folder, 'passwords')
    writePasswords(passwords, 'somebody-else', 'x')
    const settings = ['allow_anonymous false', `password_file ${passwords}`]
    let broker = await startMosquitto(undefined, settings)
    const passwordFile = join(folder, 'picket-password')
    writeFileSync(passwordFile, 'secret\n')
    const login = { username: 'picket', passwordFile }
    const started = createTestHost({
      sources: [{ kind: 'mqtt', id: 'plant', url: broker.url, ...login }],
    })
    await started.host.start()
    await until('it was refused', () => /not authorized/i.test(sourceOf(started)?.sentence ?? ''))
    expect(sourceOf(started)?.state).toBe('disconnected')

    await broker.stop()
    writePasswords(passwords, 'picket', 'secret')
    broker = await startMosquitto(broker.port, settings)
    await until('it watches', () => sourceOf(started)?.state === 'connected')
    expect(sourceOf(started)?.sentence).toBe('Connected and watching.')
    await started.host.stop()
    await broker.stop()
  })
})

describe('a broker with TLS', () => {
  test('is watched when its certificate is of the authority that was named, or when it is said that any will do', async () => {
    const folder = temporaryFolder()
    makeCertificates(folder)
    const broker = await startMosquitto(undefined, [
      `cafile ${join(folder, 'ca.pem')}`,
      `certfile ${join(folder, 'broker.pem')}`,
      `keyfile ${join(folder, 'broker.key')}`,
    ])
    const url = broker.url.replace('mqtt:', 'mqtts:')
    const trusting = createTestHost({
      sources: [{ kind: 'mqtt', id: 'plant', url, ca: join(folder, 'ca.pem') }],
    })
    const doubting = createTestHost({ sources: [{ kind: 'mqtt', id: 'plant', url }] })
    const careless = createTestHost({
      sources: [{ kind: 'mqtt', id: 'plant', url, trustAnyCertificate: true }],
    })
    await trusting.host.start()
    await doubting.host.start()
    await careless.host.start()
    await until('one watches', () => sourceOf(trusting)?.state === 'connected')
    await until('the other says why not', () =>
      sourceOf(doubting)?.sentence.includes('certificate'),
    )
    expect(sourceOf(doubting)?.state).toBe('disconnected')
    await until('the careless one watches', () => sourceOf(careless)?.state === 'connected')
    expect(sourceOf(careless)?.sentence).toContain('certificate is not checked')
    expect(sourceOf(trusting)?.sentence).not.toContain('not checked')
    for (const { host } of [trusting, doubting, careless]) await host.stop()
    await broker.stop()
  })

  test('whose certificate file is missing is told, and does not keep other sources from watching', async () => {
    const broker = await startMosquitto()
    const started = createTestHost({
      sources: [
        { kind: 'mqtt', id: 'broken', url: 'mqtts://127.0.0.1:1', ca: '/nowhere/ca.pem' },
        { kind: 'mqtt', id: 'plant', url: broker.url },
      ],
    })
    await started.host.start()
    await until('the other watches', () => sourceOf(started, 1)?.state === 'connected')
    expect(sourceOf(started)).toMatchObject({ id: 'broken', state: 'disconnected' })
    expect(sourceOf(started)?.sentence).toContain('/nowhere/ca.pem')
    await started.host.stop()
    await broker.stop()
  })
})

describe('an embedded broker whose port is taken', () => {
  test('is told, and the station still stops in an orderly way', async () => {
    const broker = await startMosquitto()
    const started = createTestHost({ sources: [{ kind: 'embedded-broker', port: broker.port }] })
    await started.host.start()
    expect(sourceOf(started)?.state).toBe('disconnected')
    expect(sourceOf(started)?.sentence).toContain('Choose another port.')
    await started.host.stop()
    await broker.stop()
  })
})

function sourceOf({ host }: TestHost, index = 0) {
  return host.station.status().sources[index] ?? null
}

/** Mosquitto reads the file as a user of its own. */
function writePasswords(file: string, user: string, password: string): void {
  execFileSync(String(findProgram('mosquitto_passwd')), ['-c', '-b', file, user, password])
  chmodSync(file, 0o644)
  chmodSync(join(file, '..'), 0o755)
}

/** An authority, and a certificate of it for the loopback address. */
function makeCertificates(folder: string): void {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=test authority',
  )
  openssl(
    'req',
    ...newKey.slice(0, 3),
    '-keyout',
    'broker.key',
    '-out',
    'broker.csr',
    '-subj',
    '/CN=broker',
  )
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1')
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
  openssl(
    'x509',
    '-req',
    '-in',
    'broker.csr',
    ...authority,
    '-extfile',
    'names',
    '-out',
    'broker.pem',
  )
  for (const file of ['ca.pem', 'broker.pem', 'broker.key']) chmodSync(join(folder, file), 0o644)
  chmodSync(folder, 0o755)
}
