import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { connectAsync } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import { asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { violationId, type Alarm } from '../../src/contract/model/alarm.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import { isolationId } from '../../src/contract/model/isolation-id.ts'
import { notificationTarget } from '../../src/contract/model/mitigation.ts'
import { createOwnLinks } from '../../src/station/ingest/own-links.ts'
import { notificationOf, type Notification } from '../../src/station/notify/notification.ts'
import { sendNotification } from '../../src/station/notify/send.ts'
import { syslogMessage } from '../../src/station/notify/syslog-line.ts'
import type { Clock } from '../../src/station/ports.ts'
import { writeLogins } from '../support/device-logins.ts'
import { startWatchedBroker } from '../support/embedded-broker-watch.ts'
import { until } from '../support/poll.ts'

const hostileName = 'pump"] evil="1\n<34>1 - - - - - - forged \u202e \\'

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

function alarm(name = 'pump-7'): Alarm {
  return {
    id: violationId.parse('a'.repeat(32)),
    // As if no schema had looked at it: these sentences must hold whatever comes.
    deviceId: name as Alarm['deviceId'],
    securityProfileName: 'usual',
    behaviorName: `Many messages ${name}`,
    metricId: asMetricId('aws:num-messages-sent'),
    kind: 'static',
    confidence: null,
    severity: 'high',
    state: 'in-alarm',
    isSuppressed: false,
    startedAt: 1,
    lastViolationAt: 2,
    endedAt: null,
    value: 412,
    expected: { low: null, high: 60 } as Alarm['expected'],
    odds: null,
    explanation: null,
    violations: 1,
  }
}

function messageOf(name = 'pump-7', changes: Partial<Notification> = {}): Notification {
  const message = notificationOf({
    id: 'f'.repeat(32),
    site: 'plant "1"',
    sentAt: '2026-11-22T12:00:00.000Z',
    deviceId: name,
    by: 'Anna',
    reason: 'an exercise',
    alarms: [alarm(name)],
    isolation: null,
  })
  return { ...message, ...changes }
}

/** Pauses are over at once; patience lasts until `loseGoPatience` is called. */
function createHastyClock() {
  const pauses: number[] = []
  const patient: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    speed: 2,
    after(delayMs, run) {
      if (delayMs === 20_000) {
        patient.push(run)
        return () => void patient.splice(patient.indexOf(run) >>> 0, 1)
      }
      pauses.push(delayMs)
      setImmediate(run)
      return () => undefined
    },
  }
  return { clock, pauses, patient, losePatience: () => patient.splice(0).forEach((run) => run()) }
}

function send(
  target: Parameters<typeof notificationTarget.parse>[0],
  options: {
    secret?: string
    message?: Notification
    hasty?: ReturnType<typeof createHastyClock>
  } = {},
) {
  const { secret = null, message = messageOf(), hasty = createHastyClock() } = options
  const connections = { clock: hasty.clock, links: createOwnLinks(), ownClients: new Set<string>() }
  const sent = sendNotification(notificationTarget.parse(target), secret, { message, connections })
  return { sent, connections, hasty }
}

async function listening<Listener extends Server | ReturnType<typeof createHttpServer>>(
  server: Listener,
): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('a webhook', () => {
  interface Asked {
    line: string
    headers: IncomingMessage['headers']
    body: string
  }

  async function receiver(answer: (asked: Asked[], response: ServerResponse) => void) {
    const asked: Asked[] = []
    const server = createHttpServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, url, headers } = request
        asked.push({ line: `${method} ${url}`, headers, body: Buffer.concat(chunks).toString() })
        answer(asked, response)
      })
    })
    ends.push(() => server.closeAllConnections())
    const port = await listening(server)
    return { asked, target: { kind: 'webhook', url: `http://127.0.0.1:${port}/hook?a=b` } }
  }

  test('gets the notification as JSON once, with the secret', async () => {
    const { asked, target } = await receiver((_asked, response) => response.writeHead(204).end())
    const message = messageOf(hostileName, { id: `task/tell/${hostileName}` })
    await expect(send(target, { secret: 'token', message }).sent).resolves.toContain('has taken it')
    expect(asked).toHaveLength(1)
    const [{ line, headers, body } = { line: '', headers: {}, body: '' }] = asked
    expect(line).toBe('POST /hook?a=b')
    expect(headers).toMatchObject({
      authorization: 'Bearer token',
      'content-type': 'application/json',
      'idempotency-key': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    })
    expect(JSON.parse(body)).toEqual(message)
    expect(message.sentence).not.toMatch(/[\n\u202e]/)
  })

  test('is tried three times where it is busy, with longer pauses each', async () => {
    const { asked, target } = await receiver((all, response) =>
      response.writeHead(all.length < 3 ? 503 : 200).end(),
    )
    const { sent, hasty } = send(target)
    await sent
    expect(asked).toHaveLength(3)
    expect(asked[0]?.headers.authorization).toBeUndefined()
    expect(hasty.pauses).toEqual([2000, 8000])
  })

  test('that stays busy is given up with a sentence', async () => {
    const { asked, target } = await receiver((_asked, response) =>
      response.writeHead(500).end('out of order'),
    )
    await expect(send(target).sent).rejects.toMatchObject({
      code: 'NOTIFICATION_UNSENT',
      message: expect.stringContaining('HTTP 500 out of order') as string,
    })
    expect(asked).toHaveLength(3)
  })

  test.each([
    [302, 'follows no redirect'],
    [401, 'Is the secret'],
    [404, 'Is the path'],
    [422, 'See what it expects'],
  ])('that answers %i is not asked again, nor anybody else', async (status, advice) => {
    const { asked, target } = await receiver((_asked, response) =>
      response.writeHead(status, { location: '/elsewhere' }).end(),
    )
    await expect(send(target, { secret: 'token' }).sent).rejects.toMatchObject({
      code: 'NOTIFICATION_REFUSED',
      message: expect.stringContaining(advice) as string,
    })
    expect(asked.map(({ line }) => line)).toEqual(['POST /hook?a=b'])
  })

  test('that answers without end is not listened to for long', async () => {
    const { target } = await receiver((_asked, response) => {
      response.writeHead(400)
      const timer = setInterval(() => response.write('x'.repeat(600)), 1)
      response.on('close', () => clearInterval(timer))
    })
    await expect(send(target).sent).rejects.toMatchObject({ code: 'NOTIFICATION_REFUSED' })
  })

  test('that never answers is given up', async () => {
    const hasty = createHastyClock()
    const { target } = await receiver(() => hasty.losePatience())
    await expect(send(target, { hasty }).sent).rejects.toMatchObject({
      code: 'NOTIFICATION_UNSENT',
      message: expect.stringContaining('ETIMEDOUT') as string,
    })
    expect(hasty.patient).toEqual([])
  })
})

describe('a topic', () => {
  test('gets the notification as JSON, from a client that is known as one of Picket', async () => {
    const { watched, target } = await broker()
    const listener = await connectAsync(target.url, { username: 'ops', password: 'ops' })
    ends.push(() => listener.endAsync(true))
    const heard: string[] = []
    listener.on('message', (_topic, payload) => void heard.push(payload.toString()))
    await listener.subscribeAsync('picket/#', { qos: 1 })
    const message = messageOf(hostileName)
    const { sent, connections } = send(target, { secret: 'picket', message })
    expect(await sent).toContain('has taken it for the topic picket/alarms')
    await until('it was heard', () => heard.length === 1)
    expect(JSON.parse(heard[0] ?? '')).toEqual(message)
    expect([...connections.ownClients]).toEqual([expect.stringMatching(/^picket-notify-/)])
    await until('it has left', () => watched.counted('picket').disconnects === 1)
    expect(connections.links.open.size).toBe(0)
  })

  test('at a broker that refuses the login is not tried again', async () => {
    const { watched, target } = await broker()
    const { sent, hasty } = send(target, { secret: 'wrong' })
    await expect(sent).rejects.toMatchObject({ code: 'NOTIFICATION_REFUSED' })
    expect(hasty.pauses).toEqual([])
    expect(watched.counted('picket').sent).toBe(0)
  })

  test('at a broker that is not there is tried three times', async () => {
    const port = await freePort()
    const target = { kind: 'mqtt', url: `mqtt://127.0.0.1:${port}`, topic: 't' }
    const { sent, hasty } = send(target)
    await expect(sent).rejects.toMatchObject({
      code: 'NOTIFICATION_UNSENT',
      message: expect.stringContaining('ECONNREFUSED') as string,
    })
    expect(hasty.pauses).toHaveLength(2)
  })

  async function broker() {
    const { watched } = await startWatchedBroker({ logins: await writeLogins(['picket', 'ops']) })
    ends.push(() => watched.source.stop())
    const { address: url } = watched.source.facts()
    return { watched, target: { kind: 'mqtt', url, username: 'picket', topic: 'picket/alarms' } }
  }
})

describe('a syslog collector', () => {
  test('gets one datagram that any strict reader of RFC 5424 understands', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    ends.push(() => void socket.close())
    const got = once(socket, 'message') as Promise<[Buffer]>
    const { port } = socket.address()
    const message = messageOf(hostileName)
    const { sent } = send({ kind: 'syslog', host: '127.0.0.1', port }, { message })
    await expect(sent).resolves.toContain('nobody says whether it came')
    const [bytes] = await got
    const parsed = readSyslog(bytes)
    expect(parsed).toMatchObject({ facility: 4, severity: 3, timestamp: message.sentAt })
    expect(parsed).toMatchObject({ application: 'picket', kind: 'alarm' })
    const [element] = parsed.elements
    expect(parsed.elements).toHaveLength(1)
    expect(element?.parameters).toMatchObject({
      id: message.id,
      site: 'plant "1"',
      // Made visible, and nothing but that.
      device: 'pump"] evil="1\\u000a<34>1 - - - - - - forged \\u202e \\',
      alarms: 'a'.repeat(32),
    })
    expect(parsed.text).toBe(message.sentence)
  })

  test('gets messages over TCP with their length before them', async () => {
    const { port, received } = await collector()
    const target = { kind: 'syslog', host: '127.0.0.1', port, transport: 'tcp' }
    await send(target, { message: messageOf(hostileName) }).sent
    await send(target, { message: messageOf('Süd-Pumpe 🛢') }).sent
    const frames = readFrames(Buffer.concat(received))
    expect(frames).toHaveLength(2)
    const devices = frames.map((frame) => readSyslog(frame).elements[0]?.parameters['device'])
    expect(devices[1]).toBe('Süd-Pumpe 🛢')
  })

  test('that never closes its side has got it all the same', async () => {
    const hasty = createHastyClock()
    const { port, received } = await collector({ allowHalfOpen: true })
    const target = { kind: 'syslog', host: '127.0.0.1', port, transport: 'tcp' }
    const { sent } = send(target, { hasty })
    await until('it came', () => received.length > 0)
    hasty.losePatience()
    await sent
    expect(readFrames(Buffer.concat(received))).toHaveLength(1)
  })

  test('that is not there is tried three times over TCP', async () => {
    const port = await freePort()
    const target = { kind: 'syslog', host: '127.0.0.1', port, transport: 'tcp' }
    const { sent, hasty } = send(target)
    await expect(sent).rejects.toMatchObject({ code: 'NOTIFICATION_UNSENT' })
    expect(hasty.pauses).toHaveLength(2)
  })

  test.each([0, 1, 2, 3])(
    'gets no more bytes than it must take, in whole characters (%i)',
    (odd) => {
      const message = messageOf('🛢'.repeat(500), { reason: 'ü'.repeat(1000) })
      const start = 'a'.repeat(odd)
      const bytes = syslogMessage({ ...message, sentence: `${start}${'🛢'.repeat(2000)}` })
      expect(bytes.length).toBeLessThanOrEqual(2048)
      expect(bytes.length).toBeGreaterThan(2040)
      expect(readSyslog(bytes).text).toMatch(new RegExp(`^${start}(🛢)+$`, 'u'))
    },
  )

  test('is told of an isolation as of a notice', () => {
    const isolation = { id: isolationId.parse('b'.repeat(32)), startedAt: 1, releaseAt: null }
    const message = notificationOf({
      ...messageOf(),
      alarms: [],
      isolation: { ...isolation, state: 'isolated' },
    })
    const parsed = readSyslog(syslogMessage(message))
    expect(parsed).toMatchObject({ severity: 5, kind: 'isolation', text: 'pump-7: isolated.' })
    expect(parsed.elements[0]?.parameters).toMatchObject({ isolation: 'isolated' })
  })

  async function collector(options: { allowHalfOpen?: boolean } = {}) {
    const received: Buffer[] = []
    const open: Socket[] = []
    const server = createServer(options, (socket) => {
      open.push(socket)
      socket.on('data', (chunk) => received.push(chunk))
    })
    ends.push(() => open.forEach((socket) => socket.destroy()))
    return { port: await listening(server), received }
  }
})

test('a device that is named without an alarm is told of in a sentence too', () => {
  const message = notificationOf({ ...messageOf(), alarms: [], isolation: null })
  expect(message).toMatchObject({
    kind: 'alarm',
    sentence: 'pump-7: somebody asked for a look at it.',
  })
  expect(deviceId.safeParse(message.deviceId).success).toBe(true)
})

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Octet counting: RFC 6587, 3.4.1. */
function readFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at)
    const digits = bytes.subarray(at, space).toString('latin1')
    if (!/^[1-9][0-9]*$/.test(digits)) throw new Error(`no length: ${digits}`)
    const end = space + 1 + Number(digits)
    if (end > bytes.length) throw new Error('a frame that is cut')
    frames.push(bytes.subarray(space + 1, end))
    at = end
  }
  return frames
}

/** RFC 5424, section 6, to the letter: whatever its grammar does not allow throws. */
function readSyslog(bytes: Buffer) {
  const line = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  if (/[\u0000-\u001f\u007f]/.test(line)) throw new Error('a control character')
  let at = 0
  function take(grammar: RegExp): string {
    const sticky = new RegExp(grammar.source, 'uy')
    sticky.lastIndex = at
    const found = sticky.exec(line)
    if (!found) throw new Error(`${grammar.source} is not at ${at}: ${line.slice(at, at + 40)}`)
    at += found[0].length
    return found[0]
  }
  const priority = Number(take(/<(?:0|[1-9]\d?|1[0-8]\d|19[01])>/).slice(1, -1))
  take(/1 /)
  const timestamp = take(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d) /).trim()
  const host = take(/[\x21-\x7e]{1,255} /).trim()
  const application = take(/[\x21-\x7e]{1,48} /).trim()
  const processId = take(/[\x21-\x7e]{1,128} /).trim()
  const kind = take(/[\x21-\x7e]{1,32} /).trim()
  const elements: { id: string; parameters: Record<string, string> }[] = []
  while (line[at] === '[') {
    take(/\[/)
    const id = take(/[^\x00-\x20"=\]\x7f-\uffff]{1,32}/)
    const parameters: Record<string, string> = {}
    while (line[at] === ' ') {
      take(/ /)
      const name = take(/[^\x00-\x20"=\]\x7f-\uffff]{1,32}/)
      take(/="/)
      parameters[name] = take(/(?:[^"\\\]]|\\["\\\]])*/).replace(/\\(["\\\]])/g, '$1')
      take(/"/)
    }
    take(/\]/)
    elements.push({ id, parameters })
  }
  if (elements.length === 0) take(/-/)
  take(/ \ufeff/)
  const facts = { facility: priority >> 3, severity: priority & 7, timestamp, host, application }
  return { ...facts, processId, kind, elements, text: line.slice(at) }
}
