import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ProbeReport, SourceDraft } from '../../src/contract/model/source.ts'
import type { LinkCredentials } from '../../src/station/ingest/link-credentials.ts'
import { createOwnLinks } from '../../src/station/ingest/own-links.ts'
import { probeSource } from '../../src/station/probe/probe.ts'
import { settingsOfDraft } from '../../src/station/source-drafts.ts'
import { makeAuthority, type Authority } from '../support/certificates.ts'
import { startEmqxStandIn } from '../support/emqx-stand-in.ts'
import { freePort, startMosquitto, type Mosquitto } from '../support/mosquitto.ts'
import { startMosquittoSite, type MosquittoSite } from '../support/mosquitto-site.ts'
import { giveUpRoot } from '../support/give-up-root.ts'
import { until } from '../support/poll.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let folder: string
let site: MosquittoSite

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picket-probe-'))
  site = await startMosquittoSite(['picket', 'pump-1'])
})

afterAll(() => site.end())

function probe(draft: SourceDraft, credentials: LinkCredentials = {}): Promise<ProbeReport> {
  const settings = settingsOfDraft(draft)
  const links = createOwnLinks()
  return probeSource({ settings, credentials, clientId: 'picket-probe', links })
}

const topics = (url: string, more: object = {}) =>
  ({ kind: 'mosquitto-topics', id: 'plant', url, ...more }) satisfies SourceDraft

const sentences = ({ findings }: ProbeReport, level?: string) =>
  findings.filter((one) => !level || one.level === level).map(({ sentence }) => sentence)

const adviceText = ({ advice }: ProbeReport) => advice.map(({ text }) => text).join('\n')

async function broker(settings: string[], port?: number): Promise<Mosquitto> {
  const started = await startMosquitto(port, settings)
  onTestFinished(() => started.stop())
  return started
}

describe('a broker that cannot be reached', () => {
  test('on a closed port is said to be one', async () => {
    const report = await probe(topics(`mqtt://127.0.0.1:${await freePort()}`))
    expect(report.isReached).toBe(false)
    expect(report.capabilities).toEqual([])
    expect(sentences(report)[0]).toMatch(/^Nothing listens on 127\.0\.0\.1:\d+/)
  })

  test('for its name is not known', async () => {
    const report = await probe(topics('mqtt://no-such-host.invalid:1883'))
    expect(sentences(report)[0]).toContain('The name of no-such-host.invalid:1883')
  })

  test('for the password is wrong', async () => {
    const draft = topics(`mqtt://127.0.0.1:${site.port}`, { username: 'picket' })
    const report = await probe(draft, { password: 'wrong' })
    expect(sentences(report)).toEqual([expect.stringContaining('refused the login')])
    expect(JSON.stringify(report)).not.toContain('wrong"')
  })

  test('for something else listens there, which hangs up', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const bound = server.address()
    const port = bound && typeof bound === 'object' ? bound.port : 0
    const report = await probe(topics(`mqtt://127.0.0.1:${port}`))
    expect(report.isReached).toBe(false)
    expect(sentences(report)).toHaveLength(1)
  })
})

describe('a broker with TLS', () => {
  let authority: Authority
  let secure: Mosquitto
  let asking: Mosquitto

  beforeAll(async () => {
    authority = makeAuthority(folder, 'site-authority')
    const server = authority.sign('broker', '127.0.0.1')
    const tls = [
      `cafile ${authority.certificate}`,
      `certfile ${server.cert}`,
      `keyfile ${server.key}`,
    ]
    secure = await startTls(tls)
    asking = await startTls([...tls, 'require_certificate true'])
  })

  afterAll(async () => {
    await secure.stop()
    await asking.stop()
  })

  const startTls = (lines: string[]) => startMosquitto(undefined, [...lines, 'log_dest topic'])
  const secureUrl = ({ port }: Mosquitto, host = '127.0.0.1') => `mqtts://${host}:${port}`
  const pem = (file: string) => readFileSync(file, 'utf8')

  test('is refused while its authority is not known, and taken once it is', async () => {
    const stranger = await probe(topics(secureUrl(secure)))
    expect(sentences(stranger)).toEqual([
      expect.stringContaining('an authority that Picket does not'),
    ])
    const known = await probe(topics(secureUrl(secure)), { ca: pem(authority.certificate) })
    expect(known.isReached).toBe(true)
    expect(sentences(known, 'good')).toContainEqual(expect.stringContaining('is encrypted'))
  })

  test('is refused under a name that its certificate does not have', async () => {
    const report = await probe(topics(secureUrl(secure, 'localhost')), {
      ca: pem(authority.certificate),
    })
    expect(sentences(report)).toEqual([expect.stringContaining('is for another name')])
  })

  test('is taken with any certificate only where that was chosen, and then warned of', async () => {
    const trustAnyCertificate = { reason: 'Until the new certificate is there.' }
    const report = await probe(topics(secureUrl(secure), { trustAnyCertificate }))
    expect(report.isReached).toBe(true)
    expect(sentences(report, 'warning')).toContainEqual(expect.stringContaining('is not checked'))
  })

  test('that asks for a client certificate is said to ask for it', async () => {
    const ca = pem(authority.certificate)
    const without = await probe(topics(secureUrl(asking)), { ca })
    expect(sentences(without)).toEqual([expect.stringContaining('asks for a client certificate')])
    const own = authority.sign('picket')
    const credentials = { ca, cert: pem(own.cert), key: pem(own.key) }
    expect((await probe(topics(secureUrl(asking)), credentials)).isReached).toBe(true)
    const rogue = makeAuthority(folder, 'rogue').sign('picket')
    const refused = await probe(topics(secureUrl(asking)), {
      ca,
      cert: pem(rogue.cert),
      key: pem(rogue.key),
    })
    expect(sentences(refused)).toEqual([expect.stringContaining('does not accept the client cert')])
  })

  test('cannot be used with a key that is not the certificate’s', async () => {
    const [one, other] = [authority.sign('one'), authority.sign('other')]
    const report = await probe(topics(secureUrl(asking)), {
      ca: pem(authority.certificate),
      cert: pem(one.cert),
      key: pem(other.key),
    })
    expect(sentences(report)).toEqual([expect.stringContaining('do not belong together')])
  })

  test('spoken to without TLS, or without having it, is told apart', async () => {
    const plain = await probe(topics(`mqtt://127.0.0.1:${secure.port}`))
    expect(sentences(plain)).toEqual([expect.stringContaining('Does this port expect TLS')])
    const wrong = await probe(topics(`mqtts://127.0.0.1:${site.port}`))
    expect(sentences(wrong)).toEqual([expect.stringMatching(/does not speak TLS|closed the conn/)])
  })
})

describe('a Mosquitto over MQTT', () => {
  test('that publishes its log is in order, and shows what can be measured', async () => {
    const { url } = await broker(['log_dest topic', 'log_type all'])
    const report = await probe(topics(url))
    expect(sentences(report, 'problem')).toEqual([])
    expect(report.advice).toEqual([])
    expect(report.broker).toEqual({ kind: 'mosquitto', version: expect.stringMatching(/^2\./) })
    expect(sentences(report)).toContainEqual(expect.stringContaining('published the line'))
    expect(report.capabilities).toHaveLength(13)
    expect(report.capabilities.find(({ metricId }) => metricId === 'aws:num-disconnects')).toEqual(
      expect.objectContaining({ level: 'observed' }),
    )
  })

  test('that does not is given the lines of mosquitto.conf, which are right', async () => {
    const first = await broker([])
    const report = await probe(topics(first.url))
    expect(sentences(report, 'problem')).toEqual([expect.stringContaining('published no line')])
    const lines = report.advice.flatMap(({ text }) => text.split('\n'))
    expect(lines).toContain('log_dest topic')
    const second = await broker(lines)
    expect(sentences(await probe(topics(second.url)), 'problem')).toEqual([])
  })

  test('whose access list hides $SYS is given its lines, which are right', async () => {
    const access = join(folder, 'access')
    writeFileSync(access, 'topic readwrite site/#\n')
    const settings = ['log_dest topic', `acl_file ${access}`]
    const hidden = await broker(settings)
    const report = await probe(topics(hidden.url))
    expect(sentences(report, 'problem')).toEqual([expect.stringContaining('hides it from Picket')])
    writeFileSync(access, `${adviceText(report)}\n`)
    const open = await broker(settings)
    expect(sentences(await probe(topics(open.url)), 'problem')).toEqual([])
  })

  test('chosen as EMQX is called by its name', async () => {
    const { url } = await broker(['log_dest topic'])
    const report = await probe({ kind: 'emqx', id: 'plant', url, reports: true })
    expect(sentences(report, 'problem')[0]).toContain('The broker is Mosquitto 2.')
  })
})

describe('any broker', () => {
  const draft = (url: string, deviceTopics: string[]) =>
    ({
      kind: 'mqtt',
      id: 'plant',
      url,
      reports: false,
      sparkplug: false,
      deviceTopics,
    }) satisfies SourceDraft

  test('shows which topics something arrived on', async () => {
    const { url } = await broker([])
    const device = await connectAsync(url)
    onTestFinished(() => device.endAsync())
    await device.publishAsync('site/pump-1/state', 'on', { retain: true })
    const report = await probe(draft(url, ['site/{device}/#']))
    expect(sentences(report)).toContainEqual('Picket may read site/+/#, and something arrived.')
  })

  test('where nothing arrives is not called in order, and nothing is published to find out', async () => {
    const seen: string[] = []
    const { url } = await broker([])
    const witness = await connectAsync(url)
    onTestFinished(() => witness.endAsync())
    witness.on('message', (topic) => void seen.push(topic))
    await witness.subscribeAsync(['#', '$aws/#'])
    const report = await probe({ ...draft(url, ['site/{device}/#']), reports: true })
    expect(sentences(report, 'warning')).toContainEqual(expect.stringContaining('may be quiet'))
    expect(adviceText(report)).toContain('topic read site/+/#')
    expect(seen).toEqual([])
  })
})

describe('an EMQX', () => {
  test('is told to have Picket’s rule or not, by a connection that the test makes', async () => {
    const emqx = await startEmqxStandIn()
    onTestFinished(() => emqx.stop())
    const draft = { kind: 'emqx', id: 'plant', url: emqx.url, username: 'picket' } as const
    const login = { password: 'picket' }
    const whole = await probe({ ...draft, reports: true }, login)
    expect(sentences(whole, 'good')).toContainEqual(
      expect.stringContaining('Picket’s rule in EMQX'),
    )
    expect(whole.capabilities.every(({ level }) => level === 'observed')).toBe(true)
    emqx.hasRule = false
    const bare = await probe({ ...draft, reports: true }, login)
    expect(sentences(bare, 'warning')).toContainEqual(expect.stringContaining('rule did not'))
    expect(adviceText(bare)).toContain('rule_engine.rules.picket')
  })
})

describe('a log', () => {
  const file = (path: string) =>
    probe({ kind: 'mosquitto-log', id: 'plant', input: { kind: 'file', path } })

  test('with debug lines shows all six metrics', async () => {
    const device = await connectAsync(`mqtt://127.0.0.1:${site.port}`, {
      username: 'pump-1',
      password: 'pump-1',
    })
    await device.subscribeAsync('site/#', { qos: 1 })
    await device.publishAsync('site/pump-1', 'x', { qos: 1 })
    await device.endAsync()
    await until('the log has it', () => readFileSync(site.log, 'utf8').includes('Received PUBLISH'))
    const report = await file(site.log)
    expect(sentences(report, 'problem')).toEqual([])
    expect(report.broker.kind).toBe('mosquitto')
    const measured = report.capabilities.filter(({ level }) => level !== 'not-measurable')
    expect(measured).toHaveLength(6)
  })

  test('without them is given the lines of mosquitto.conf', async () => {
    const log = join(folder, 'notices.log')
    const { url } = await broker([`log_dest file ${log}`, 'log_type notice'])
    await (await connectAsync(url)).endAsync()
    await until('the log has it', () => readFileSync(log, 'utf8').includes('connected'))
    const report = await file(log)
    expect(sentences(report, 'problem')).toEqual([expect.stringContaining('debug lines are off')])
    expect(adviceText(report)).toContain(`log_dest file ${log}\nlog_type all`)
  })

  test('that is no log, no file, or not there, is told apart', async () => {
    const other = join(folder, 'other.txt')
    writeFileSync(other, 'hello\n'.repeat(3))
    expect(sentences(await file(other), 'problem')[0]).toContain('Is it the right log')
    expect(sentences(await file(folder), 'problem')[0]).toContain('is not a plain file')
    expect(sentences(await file(join(folder, 'none')), 'problem')[0]).toContain('There is no file')
  })

  test('never tells what stands in a file', async () => {
    const secret = join(folder, 'secret.txt')
    writeFileSync(secret, 'correct horse battery staple\n')
    expect(JSON.stringify(await file(secret))).not.toContain('horse')
  })

  test('that may not be read is given the setfacl line', async () => {
    const own = temporaryFolder()
    const closed = join(own, 'closed.log')
    writeFileSync(closed, '')
    giveUpRoot([own, closed])
    chmodSync(closed, 0o000)
    const report = await file(closed)
    expect(adviceText(report)).toContain(`setfacl -m u:`)
  })
})
