import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Diagnostics } from '../../src/contract/model/diagnostics.ts'
import { startMosquitto, type Mosquitto } from '../support/mosquitto.ts'
import { openPage } from '../support/page-client.ts'
import { until } from '../support/poll.ts'
import { connectReporter } from '../support/reporter.ts'
import { cli, startPicket, writeSite } from '../support/serve-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createTestHost } from '../support/test-host.ts'

const run = promisify(execFile)

let plant: Mosquitto

beforeAll(async () => {
  plant = await startMosquitto()
})

afterAll(() => plant.stop())

describe('diagnostics of a station that runs by itself', () => {
  test('list every connection there is, which on Linux the operating system confirms', async () => {
    const { data, diagnose } = await serve()
    const embedded = (await diagnose()).listeners.find(({ name }) => name.startsWith('Embedded'))
    const pump = await connectReporter(`mqtt://${embedded?.address}`, 'pump-1')
    await pump.report(1)

    const found = await diagnose()
    expect(found.host).toBe('headless')
    expect(found.links).toMatchObject([
      { name: 'Source plant', address: plant.url, isConnected: true, sentListening: null },
    ])
    const [link] = found.links
    expect(link?.remote).toBe(`127.0.0.1:${plant.port}`)
    expect(link?.sent).toContainEqual({ type: 'connect', count: 1 })
    expect(link?.received).toContainEqual({ type: 'connack', count: 1 })
    expect(link?.bytesSent).toBeGreaterThan(20)
    expect(found.listeners.map(({ name }) => name)).toEqual([
      'This page',
      'Embedded broker embedded',
    ])
    // The one that asks.
    expect(found.listeners[0]?.peers).toBe(1)
    // While the station looks for something to learn there is a second engine.
    const programs = new Set(found.processes.map(({ name }) => name))
    expect([...programs].sort()).toEqual(['Detection engine', 'Embedded broker'])
    expectConfirmed(found)
    const words = (await run(process.execPath, [cli, 'diagnostics', '--data', data])).stdout
    expect(words).toContain(`Source plant  ${plant.url}  connected`)
    expect(words).not.toContain('NOT LISTED')
  })
})

describe.runIf(process.platform === 'linux')('a connection that Picket did not list', () => {
  test('is told, with where it leads', async () => {
    const elsewhere = createServer().listen(0, '127.0.0.1')
    await once(elsewhere, 'listening')
    const { port } = elsewhere.address() as AddressInfo
    // The host runs in this process, whose connections are the station's as far as the system knows.
    const { host } = createTestHost()
    onTestFinished(() => host.stop())
    await host.start()
    const page = await openPage(host.signInLink())
    const before = await page.diagnostics.get()
    expect(strangers(before).map(({ remote }) => remote)).not.toContain(`127.0.0.1:${port}`)

    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => {
      socket.destroy()
      elsewhere.close()
    })
    await once(socket, 'connect')
    const { system } = await page.diagnostics.get()
    const socketOf = system.sockets.find(({ remote }) => remote === `127.0.0.1:${port}`)
    expect(socketOf).toMatchObject({ protocol: 'tcp', pid: process.pid, belongsTo: null })
    expect(system.sentence).toContain('Picket does not list')
  })
})

function strangers({ system }: Diagnostics) {
  return system.sockets.filter(({ belongsTo }) => belongsTo === null)
}

function expectConfirmed(found: Diagnostics): void {
  const { system } = found
  if (process.platform !== 'linux') return expect(system.state).toBe('unavailable')
  expect(system.state).toBe('complete')
  expect(strangers(found)).toEqual([])
  expect(system.sockets.map(({ belongsTo }) => belongsTo).sort()).toEqual([
    'Embedded broker embedded',
    'Embedded broker embedded, listening',
    'Source plant',
    'This page',
    'This page, listening',
  ])
  // The embedded broker's are those of its own process.
  const broker = found.processes.find(({ name }) => name === 'Embedded broker')
  const pids = system.sockets.filter(({ belongsTo }) => belongsTo?.startsWith('Embedded'))
  expect(pids.map(({ pid }) => pid)).toEqual([broker?.pid, broker?.pid])
}

/** A station in a process of its own, with an embedded broker and a connection to the plant's. */
async function serve() {
  const data = temporaryFolder()
  const config = writeSite(temporaryFolder(), {
    data,
    page: { port: 0 },
    sources: [
      { kind: 'embedded-broker', port: 0 },
      { kind: 'mqtt', id: 'plant', url: plant.url },
    ],
  })
  startPicket('serve', '--config', config)
  const diagnose = () => ask<Diagnostics>(data, 'diagnostics')
  await until('the plant is watched and the engine runs', async () => {
    const found = await diagnose().catch(() => null)
    return found?.links[0]?.isConnected === true && found.processes.length === 2
  })
  return { data, diagnose }
}

async function ask<Answer>(data: string, ...args: string[]): Promise<Answer> {
  const { stdout } = await run(process.execPath, [cli, ...args, '--json', '--data', data])
  return JSON.parse(stdout) as Answer
}
