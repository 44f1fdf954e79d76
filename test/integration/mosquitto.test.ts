import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StationClient } from '../../src/contract/contract.ts'
import type { Alarm } from '../../src/contract/model/alarm.ts'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { dayMs } from '../../src/contract/model/time.ts'
import { askStation } from '../../src/cli/ask.ts'
import type { HeadlessHost } from '../../src/server/headless-host.ts'
import { startBrowser } from '../support/browser.ts'
import { startMosquitto, type Mosquitto } from '../support/mosquitto.ts'
import { until } from '../support/poll.ts'
import { findProgram } from '../support/programs.ts'
import { createTestHost, type TestHost } from '../support/test-host.ts'

const speed = 100
const mostPorts = 5

describe('a real device reports through a real Mosquitto', () => {
  let alarms: Alarm[]
  let data: string
  const answers: { topic: string; payload: Buffer }[] = []
  let broker: Mosquitto
  let host: HeadlessHost
  let device: MqttClient

  beforeAll(async () => {
    broker = await startMosquitto()
    ;({ host, data, alarms } = createHost(broker.url))
    await host.start()
    device = await connectAsync(broker.url)
    device.on('message', (topic, payload) => answers.push({ topic, payload }))
    await device.subscribeAsync(
      ['json', 'cbor'].map((kind) => `$aws/things/+/defender/metrics/${kind}/+`),
    )
    await until(
      'the station watches',
      () => host.station.status().sources[0]?.state === 'connected',
    )
  })

  afterAll(async () => {
    await device?.endAsync(true)
    await host?.stop()
    await broker?.stop()
  })

  test('a JSON report of mosquitto_pub is answered, stored, alarmed on, and shown in the page', async () => {
    publishByProgram(broker, 'valve-1', report({ id: 1, ports: 9 }))
    const answer = await answerOn('$aws/things/valve-1/defender/metrics/json/accepted')
    expect(JSON.parse(answer.toString())).toMatchObject({
      thingName: 'valve-1',
      reportId: 1,
      status: 'ACCEPTED',
      timestamp: expect.any(Number),
    })
    expect(await storedValue('valve-1', 'aws:num-listening-tcp-ports')).toBe(9)
    expect(await storedValue('valve-1', 'aws:all-bytes-out')).toBe(29_358_693_495)
    expect(await storedValue('valve-1', 'cpu-usage')).toBe(58.6)
    const alarm = await until('the alarm', () => alarms.find(isAbout('valve-1')) ?? null)
    expect(alarm).toMatchObject({
      state: 'in-alarm',
      value: 9,
      expected: { low: null, high: mostPorts },
    })
    await expectInPage(host.signInLink(), 'valve-1')
  })

  test('a CBOR report is answered in CBOR and stored', async () => {
    const topic = '$aws/things/valve-2/defender/metrics/cbor'
    await device.publishAsync(topic, Buffer.from(encodeCbor(report({ id: 2n ** 62n, ports: 3 }))), {
      qos: 1,
    })
    const answer = decodeCbor(await answerOn(`${topic}/accepted`))
    expect(answer).toMatchObject({ thingName: 'valve-2', reportId: 2n ** 62n, status: 'ACCEPTED' })
    expect(await storedValue('valve-2', 'aws:num-listening-tcp-ports')).toBe(3)
  })

  test('a broken report is refused with a reason, counted, and told', async () => {
    const topic = '$aws/things/valve-3/defender/metrics/json'
    await device.publishAsync(topic, '{"header":', { qos: 1 })
    const answer = JSON.parse((await answerOn(`${topic}/rejected`)).toString())
    expect(answer).toMatchObject({
      status: 'REJECTED',
      statusDetails: { ErrorCode: 'InvalidPayload' },
    })
    const rejections = await until('the count', async () => {
      const found = await ask((station) =>
        station.system.rejections({ deviceId: deviceId.parse('valve-3') }),
      )
      return found.length > 0 && found
    })
    expect(rejections).toMatchObject([{ sourceId: 'plant', reason: 'malformed', count: 1 }])
  })

  test('a report that comes too soon or twice is refused', async () => {
    const topic = '$aws/things/valve-2/defender/metrics/cbor'
    answers.length = 0
    await device.publishAsync(topic, Buffer.from(encodeCbor(report({ id: 2n ** 62n, ports: 3 }))), {
      qos: 1,
    })
    const answer = decodeCbor(await answerOn(`${topic}/rejected`))
    expect(answer).toMatchObject({ statusDetails: { ErrorCode: 'DuplicateReportId' } })
  })

  test('a broker that goes away leaves a gap with its reason, and is watched again when it is back', async () => {
    await broker.stop()
    await until(
      'the loss is told',
      () => host.station.status().sources[0]?.state === 'disconnected',
    )
    broker = await startMosquitto(broker.port)
    await until(
      'the station is back',
      () => host.station.status().sources[0]?.state === 'connected',
    )
    await until('the device is back', () => device.connected)
    await device.subscribeAsync('$aws/things/+/defender/metrics/json/+')
    answers.length = 0
    publishByProgram(broker, 'valve-4', report({ id: 7, ports: 2 }))
    await answerOn('$aws/things/valve-4/defender/metrics/json/accepted')
    const { gaps } = await seriesOf('valve-1', 'aws:num-listening-tcp-ports')
    expect(gaps.some(({ reason }) => reason.includes('No connection to'))).toBe(true)
  })

  function ask<Answer>(question: (station: StationClient) => Promise<Answer>): Promise<Answer> {
    return askStation(data, question)
  }

  function answerOn(topic: string): Promise<Buffer> {
    return until(
      `an answer on ${topic}`,
      () => answers.find((each) => each.topic === topic)?.payload ?? null,
    )
  }

  function seriesOf(name: string, metric: string) {
    const ids = { deviceId: deviceId.parse(name), metricId: asMetricId(metric) }
    return ask(async (station) => {
      const { now } = await station.system.status()
      return station.series.get({ ...ids, from: now - dayMs, to: now + dayMs, buckets: 4032 })
    })
  }

  async function storedValue(name: string, metric: string): Promise<number | undefined> {
    return (await seriesOf(name, metric)).mean.at(-1)
  }
})

function createHost(url: string): TestHost {
  const behavior = {
    name: 'ports',
    metric: 'aws:num-listening-tcp-ports',
    criteria: { comparisonOperator: 'less-than-equals' as const, value: { count: mostPorts } },
  }
  const settings = {
    reports: { minimumPeriodSeconds: 1 },
    sources: [{ kind: 'mqtt' as const, id: 'plant', url }],
    profiles: [{ securityProfileName: 'plant', behaviors: [behavior] }],
  }
  return createTestHost(settings, { speed })
}

function report({ id, ports }: { id: number | bigint; ports: number }) {
  return {
    header: { report_id: id, version: '1.0' },
    metrics: {
      listening_tcp_ports: { ports: [{ port: 22, interface: 'eth0' }], total: ports },
      network_stats: { bytes_in: 7, bytes_out: 29_358_693_495, packets_in: 1, packets_out: 2 },
    },
    custom_metrics: { 'cpu-usage': [{ number: 58.6 }] },
  }
}

function publishByProgram({ port }: Mosquitto, thing: string, body: object): void {
  const topic = `$aws/things/${thing}/defender/metrics/json`
  const address = ['-h', '127.0.0.1', '-p', String(port)]
  execFileSync(String(findProgram('mosquitto_pub')), [
    ...address,
    '-t',
    topic,
    '-m',
    JSON.stringify(body),
  ])
}

function isAbout(name: string): (alarm: Alarm) => boolean {
  return (alarm) => alarm.deviceId === name
}

async function expectInPage(link: string, name: string): Promise<void> {
  const browser = await startBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(link)
    await page.getByText(name).first().waitFor({ timeout: 15_000 })
    mkdirSync('test-results/screens', { recursive: true })
    await page.screenshot({ path: 'test-results/screens/real-report-alarm.png' })
    expect(await page.getByText('Listening TCP ports').first().isVisible()).toBe(true)
  } finally {
    await browser.close()
  }
}
