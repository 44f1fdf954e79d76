import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import type { PacketCount } from '../../src/contract/model/diagnostics.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { createOwnLinks } from '../../src/station/ingest/own-links.ts'
import { startMosquitto, type Mosquitto } from '../support/mosquitto.ts'
import { openPage } from '../support/page-client.ts'
import { until } from '../support/poll.ts'
import {
  connectReporter,
  reportAnswer,
  reportOf,
  reportTopicOf,
  type Reporter,
} from '../support/reporter.ts'
import { createTestHost } from '../support/test-host.ts'

const clientId = 'picket-under-test'

/** The protocol's names, as Mosquitto logs them, of all that a listener may have to send. */
const neededToListen = ['CONNECT', 'SUBSCRIBE', 'PUBACK', 'PINGREQ']

describe('a station that listens only', () => {
  test('sends a real Mosquitto no answer and nothing else but what it takes to listen', async () => {
    const { broker, packetsFromPicket } = await loggingMosquitto()
    const page = await stationOn(broker)
    const pump = await connectReporter(broker.url, 'pump-1')
    const heard = await hearAll(broker, pump.deviceId)

    // While it may answer it does: otherwise what follows would prove nothing.
    expect((await pump.report(1)).status).toBe('ACCEPTED')
    await until('the answer is heard', () => heard.length === 1)
    expect(packetsFromPicket()).toContain('PUBLISH')

    const { listenOnlySince } = await page.settings.change({ listenOnly: true })
    expect(listenOnlySince).toBeCloseTo(Date.now(), -4)
    const [answersBefore, packetsBefore] = [heard.length, packetsFromPicket().length]
    send(pump, 2)
    await until('the second report is taken', async () => (await reportsTaken(page)) === 2)
    pump.mqtt.publish(reportTopicOf('pump-1'), '{"header":')
    await until('the broken report is refused', async () => (await refusals(page)) === 1)
    expect(heard.slice(answersBefore)).toEqual([])

    await broker.kill()
    await until('the loss is noticed', () => isState(page, 'disconnected'))
    await startAgain(broker)
    await until('it is back', () => isState(page, 'connected'))
    const sent = packetsFromPicket().slice(packetsBefore)
    expect(sent).toContain('SUBSCRIBE')
    expect(sent.filter((type) => !neededToListen.includes(type))).toEqual([])
    // What Picket counts itself, and shows, is what the broker got.
    const [link] = (await page.diagnostics.get()).links
    expect(countOf(link?.sentListening, 'publish')).toBe(0)
    expect(countOf(link?.sentListening, 'subscribe')).toBe(count(sent, 'SUBSCRIBE'))
    expect(countOf(link?.sentListening, 'connect')).toBe(count(sent, 'CONNECT'))
    expect(countOf(link?.sent, 'publish')).toBe(1)

    await page.settings.change({ listenOnly: false })
    const late = await connectReporter(broker.url, 'pump-2')
    expect((await late.report(1)).status).toBe('ACCEPTED')
    expect(count(packetsFromPicket(), 'PUBLISH')).toBe(2)
  })

  test('has its own broker answer nobody either, which still brings messages from device to device', async () => {
    const { page, url } = await stationWithBroker()
    const pump = await connectReporter(url, 'pump-1')
    const valve = await connectReporter(url, 'valve-1')
    const heard: string[] = []
    pump.mqtt.on('message', (topic, payload) => heard.push(wordOf(topic, payload)))
    await pump.mqtt.subscribeAsync('between/devices')
    await page.settings.change({ listenOnly: true })

    send(pump, 1)
    await until('the report is taken', async () => (await reportsTaken(page)) === 1)
    await valve.mqtt.publishAsync('between/devices', 'hello', { qos: 1 })
    await until('the message of the other device', () => heard.length > 0)
    await page.settings.change({ listenOnly: false })
    expect(heard).toEqual(['hello'])
    send(pump, 2)
    await until('the answer to the second', () => heard.includes('accepted 2'))
    // To the first there was none, not even late.
    expect(heard).toEqual(['hello', 'accepted 2'])
  })

  test('stays so when it is started again', async () => {
    const { broker } = await loggingMosquitto()
    const first = createTestHost(settingsFor(broker))
    await first.host.start()
    await (await openPage(first.host.signInLink())).settings.change({ listenOnly: true })
    await first.host.stop()
    const page = await started(createTestHost({ ...settingsFor(broker), data: first.data }))
    expect((await page.settings.get()).preferences.listenOnly).toBe(true)
    await until('it watches', () => isState(page, 'connected'))
    const pump = await connectReporter(broker.url, 'pump-1')
    const heard = await hearAll(broker, pump.deviceId)
    send(pump, 1)
    await until('the report is taken', async () => (await reportsTaken(page)) === 1)
    await page.settings.change({ listenOnly: false })
    send(pump, 2)
    await until('the answer to the second', () => heard.includes('accepted 2'))
    // To the first there was none, not even late.
    expect(heard).toEqual(['accepted 2'])
  })

  test('lets no connection publish that it knows of, whatever it was made for', async () => {
    const { broker } = await loggingMosquitto()
    const ear = await connectAsync(broker.url)
    onTestFinished(() => void ear.end(true))
    const heard: string[] = []
    ear.on('message', (_topic, payload) => heard.push(payload.toString()))
    await ear.subscribeAsync('site/notes')
    const links = createOwnLinks()
    const client = await connectAsync(broker.url)
    onTestFinished(() => void client.end(true))
    links.record(client, { name: 'Notes', address: broker.url })

    links.listenOnly(Date.now())
    const held = client.publishAsync('site/notes', 'held back', { qos: 1 })
    await expect(held).rejects.toMatchObject({ code: 'LISTEN_ONLY' })
    client.publish('site/notes', 'held back too')
    links.listenOnly(null)
    await client.publishAsync('site/notes', 'sent', { qos: 1 })
    await until('what is sent', () => heard.length > 0)
    expect(heard).toEqual(['sent'])
    expect([...links.open].map(({ sent }) => sent.get('publish'))).toEqual([1])
  })

  test('refuses to test a broker, with a sentence that says why', async () => {
    const { broker, packetsFromPicket } = await loggingMosquitto()
    const page = await stationOn(broker)
    await page.settings.change({ listenOnly: true })
    const before = packetsFromPicket().length
    const draft = { kind: 'mqtt' as const, id: 'another', url: broker.url }
    const refused = page.sources.test({ draft })
    await expect(refused).rejects.toMatchObject({
      code: 'LISTEN_ONLY',
      message: expect.stringContaining('listen only'),
    })
    expect(packetsFromPicket().length).toBe(before)
  })
})

interface LoggingMosquitto {
  broker: Mosquitto
  /** `PUBLISH`, ...: every packet that the broker got from the station, in order. */
  packetsFromPicket(): string[]
}

async function loggingMosquitto(): Promise<LoggingMosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-listen-only-'))
  const log = join(folder, 'mosquitto.log')
  const broker = await startMosquitto(undefined, logSettings(log))
  logs.set(broker.port, log)
  onTestFinished(async () => {
    await broker.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { broker, packetsFromPicket: () => packetsIn(readFileSync(log, 'utf8')) }
}

const logs = new Map<number, string>()

function logSettings(log: string): string[] {
  return ['log_type all', `log_dest file ${log}`]
}

async function startAgain({ port }: Mosquitto): Promise<void> {
  const again = await startMosquitto(port, logSettings(logs.get(port) ?? ''))
  onTestFinished(() => again.stop())
}

/** Mosquitto logs a CONNECT by what follows from it. */
function packetsIn(log: string): string[] {
  return log.split('\n').flatMap((line) => {
    if (line.includes(` as ${clientId} `)) return 'CONNECT'
    return new RegExp(`Received (\\w+) from ${clientId}\\b`).exec(line)?.[1] ?? []
  })
}

function settingsFor({ url }: Mosquitto) {
  return {
    reports: { minimumPeriodSeconds: 0 },
    sources: [{ kind: 'mqtt' as const, id: 'plant', url, clientId }],
  }
}

async function stationOn(broker: Mosquitto): Promise<StationClient> {
  const page = await started(createTestHost(settingsFor(broker)))
  await until('the station watches', () => isState(page, 'connected'))
  return page
}

async function stationWithBroker(): Promise<{ page: StationClient; url: string }> {
  const page = await started(
    createTestHost({
      reports: { minimumPeriodSeconds: 0 },
      sources: [{ kind: 'embedded-broker', port: 0 }],
    }),
  )
  return { page, url: (await page.system.status()).sources[0]?.address ?? '' }
}

async function started({ host }: ReturnType<typeof createTestHost>): Promise<StationClient> {
  onTestFinished(() => host.stop())
  await host.start()
  return openPage(host.signInLink())
}

/** `accepted 2` for the answer to report 2; of others the message itself. */
function wordOf(topic: string, payload: Buffer): string {
  const answer = /\/(accepted|rejected)$/.exec(topic)?.[1]
  if (!answer) return payload.toString()
  return `${answer} ${reportAnswer.parse(JSON.parse(payload.toString())).reportId}`
}

/** What anybody but the device itself publishes, heard by somebody else. */
async function hearAll({ url }: Mosquitto, device: string): Promise<string[]> {
  const heard: string[] = []
  const ear = await connectAsync(url)
  onTestFinished(() => void ear.end(true))
  ear.on('message', (topic, payload) => {
    if (topic !== reportTopicOf(device)) heard.push(wordOf(topic, payload))
  })
  // `#` does not match topics that begin with `$`.
  await ear.subscribeAsync(['#', '$aws/#'])
  return heard
}

function send({ mqtt, deviceId: name }: Reporter, reportId: number): void {
  mqtt.publish(reportTopicOf(name), reportOf(reportId, reportId))
}

async function reportsTaken(page: StationClient): Promise<number> {
  return (await page.system.status()).sources[0]?.reportsAccepted ?? 0
}

async function refusals(page: StationClient): Promise<number> {
  const all = await page.system.rejections({ deviceId: deviceId.parse('pump-1') })
  return all.reduce((sum, one) => sum + one.count, 0)
}

async function isState(page: StationClient, state: string): Promise<boolean> {
  return (await page.system.status()).sources[0]?.state === state
}

function count(packets: readonly string[], type: string): number {
  return packets.filter((one) => one === type).length
}

function countOf(counts: readonly PacketCount[] | null | undefined, type: string): number {
  return counts?.find((one) => one.type === type)?.count ?? 0
}
