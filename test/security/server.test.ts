import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { readConnection, type Connection } from '../../src/server/holder-file.ts'
import { createSessions } from '../../src/server/session.ts'
import { createTestHost, type TestHost } from '../support/test-host.ts'

let started: TestHost
let connection: Connection
let port: number

beforeAll(async () => {
  started = createTestHost()
  await started.host.start()
  connection = await readConnection(started.data)
  port = Number(new URL(connection.url).port)
})

afterAll(() => started.host.stop())

describe('the link that signs in', () => {
  test('works once, and gives a cookie that no script and no other site can use', async () => {
    const link = new URL(started.host.signInLink())
    const first = await ask(link.pathname + link.search)
    const second = await ask(link.pathname + link.search)
    expect(first.status).toBe(302)
    expect(first.headers['location']).toBe('/')
    expect(String(first.headers['set-cookie'])).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
    expect(second.status).toBe(401)
    expect(second.text).toContain('picket open')
  })

  test('is refused when it is made up or ten minutes old', async () => {
    let now = 0
    const sessions = createSessions(() => now)
    const token = sessions.issueToken()
    now += 600_001
    expect(sessions.redeem(token)).toBeNull()
    expect(sessions.redeem('made-up')).toBeNull()
    expect((await ask('/enter?token=made-up')).status).toBe(401)
    expect((await ask('/enter')).status).toBe(401)
  })

  test('opens a session that ends after twelve hours without use', () => {
    let now = 0
    const sessions = createSessions(() => now)
    const session = sessions.redeem(sessions.issueToken()) ?? ''
    now += 11 * 3_600_000
    expect(sessions.isSession(session)).toBe(true)
    now += 11 * 3_600_000
    expect(sessions.isSession(session)).toBe(true)
    now += 13 * 3_600_000
    expect(sessions.isSession(session)).toBe(false)
  })

  test('is given out over HTTP to the holder of the key alone', async () => {
    const withKey = await ask('/link', { method: 'POST', headers: key(connection.cliKey) })
    expect(withKey.text).toContain('/enter?token=')
    expect((await ask('/link', { method: 'POST' })).status).toBe(401)
    expect((await ask('/link', { method: 'POST', headers: key('wrong') })).status).toBe(401)
  })
})

describe('the page', () => {
  test('comes with headers that allow its own files and nothing else', async () => {
    const { headers } = await ask('/')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('no-referrer')
  })

  test('says whether its visitor is signed in', async () => {
    expect((await ask('/session')).status).toBe(401)
    expect((await ask('/session', { headers: { cookie: await signIn() } })).status).toBe(204)
  })

  test.each([
    '/../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '/.env',
    '/assets/',
  ])('gives nothing outside its folder: %s', async (path) => {
    const { status, text } = await ask(path)
    expect([403, 404]).toContain(status)
    expect(text).not.toContain('dependencies')
  })

  test('is refused to a request that names another host, as after DNS rebinding', async () => {
    expect((await ask('/', { headers: { host: 'evil.example' } })).status).toBe(403)
    expect((await ask('/', { headers: { host: `127.0.0.1:${port + 1}` } })).status).toBe(403)
    expect((await ask('/', { headers: { host: `localhost:${port}` } })).status).toBe(200)
  })

  test("is refused to another site's script", async () => {
    const headers = { origin: 'http://evil.example', cookie: await signIn() }
    expect((await ask('/session', { headers })).status).toBe(403)
  })
})

describe('the WebSocket', () => {
  test.each([
    ['without a session', {}, 401],
    ['with a made-up session', { cookie: 'picket=made-up' }, 401],
    ['with a wrong key', { authorization: 'Bearer wrong' }, 401],
    ['from another origin', { origin: 'http://evil.example' }, 403],
    ['under another host name', { host: 'evil.example' }, 403],
  ])('is refused %s', async (_how, headers, status) => {
    const signedIn = status === 403 ? { cookie: await signIn() } : {}
    expect(await upgradeStatus('/rpc', { ...signedIn, ...headers })).toBe(status)
  })

  test('is refused on any other path', async () => {
    expect(await upgradeStatus('/other', { cookie: await signIn() })).toBe(404)
  })

  test('opens for a session and for the key', async () => {
    const origin = `http://127.0.0.1:${port}`
    expect(await upgradeStatus('/rpc', { cookie: await signIn(), origin })).toBe(101)
    expect(await upgradeStatus('/rpc', key(connection.cliKey))).toBe(101)
  })

  test('is closed on a message that is too large or no message of ours, and the station goes on', async () => {
    for (const message of [Buffer.alloc(2_000_000, 'x'), '{"not": "ours"', Buffer.from([0, 255])]) {
      const socket = await opened()
      socket.send(message)
      if (message.length > 1_000_000) await new Promise((resolve) => socket.once('close', resolve))
      socket.terminate()
    }
    expect(started.host.station.status().store.state).toBe('ok')
    expect((await ask('/')).status).toBe(200)
  })
})

interface Asked {
  method?: string
  headers?: Record<string, string>
}

/** node:http rather than fetch, which forbids to set the Host header and tidies paths. */
function ask(path: string, { method = 'GET', headers = {} }: Asked = {}) {
  interface Answer {
    status: number | undefined
    text: string
    headers: Record<string, unknown>
  }
  return new Promise<Answer>((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let text = ''
      answer.on('data', (part) => (text += part))
      answer.on('end', () => resolve({ status: answer.statusCode, text, headers: answer.headers }))
    })
    sent.once('error', reject)
    sent.end()
  })
}

async function signIn(): Promise<string> {
  const link = new URL(started.host.signInLink())
  const { headers } = await ask(link.pathname + link.search)
  return String(headers['set-cookie']).split(';')[0] ?? ''
}

function key(secret: string) {
  return { authorization: `Bearer ${secret}` }
}

function upgradeStatus(path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
    socket.once('open', () => {
      resolve(101)
      socket.terminate()
    })
    socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode))
    socket.once('error', () => resolve(undefined))
  })
}

function opened(): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, { headers: key(connection.cliKey) })
    socket.once('open', () => resolve(socket))
    socket.on('error', reject)
  })
}
