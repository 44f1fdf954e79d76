import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { isSubscribed } from '../../src/station/ingest/device-topic.ts'

/** A ban as EMQX keeps it; times in whole seconds. */
export interface KeptBan {
  as: string
  who: string
  by: string
  reason: string
  at: number
  until: number
}

/**
 * EMQX 5's REST API as it is documented, as far as Picket uses it. Whatever is not as documented is put on `faults`,
 * and answered as EMQX would.
 */
export interface EmqxApiStandIn {
  url: string
  bans: KeptBan[]
  clients: { clientid: string; username: string; connected: boolean }[]
  subscriptions: { clientid: string; topic: string }[]
  /** `POST /banned`, in order. */
  calls: string[]
  /** What was not as documented. */
  faults: string[]
  /** Answers instead of EMQX where it returns true; may destroy the socket, or never answer. */
  intrude: ((call: string, answer: ServerResponse) => boolean) | null
  stop(): Promise<void>
}

export const apiKey = 'picket-key:a secret with a colon: and ü'

const banBody = z.strictObject({
  as: z.enum(['clientid', 'username', 'peerhost', 'clientid_re', 'username_re', 'peerhost_net']),
  who: z.string().min(1),
  by: z.string().optional(),
  reason: z.string().optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
})

/** Rows in an answer at most, whatever is asked for: so that paging shows. */
const mostRows = 2

/** A clock of its own zone, as EMQX writes times. */
function timeOf(seconds: number): string {
  const shifted = new Date((seconds + 2 * 3600) * 1000).toISOString()
  return shifted.replace(/\.\d+Z$/, '+02:00')
}

export async function startEmqxApi(now: () => number = Date.now): Promise<EmqxApiStandIn> {
  const server = createServer((asked, answer) => void serve(asked, answer))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const standIn: EmqxApiStandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bans: [],
    clients: [],
    subscriptions: [],
    calls: [],
    faults: [],
    intrude: null,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  async function serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = '', url = '' } = asked
    const body = await textOf(asked)
    const call = `${method} ${url}`
    standIn.calls.push(call)
    if (standIn.intrude?.(call, answer)) return
    if (!isKnown(asked)) return send(answer, 401, { code: 'BAD_API_KEY_OR_SECRET', message: 'no' })
    const [path = '', query = ''] = url.split('?')
    if (!path.startsWith('/api/v5/')) return fault(answer, `${call}: outside of the API`)
    const parts = path.slice('/api/v5/'.length).split('/')
    const decoded = parts.map(decodeURIComponent)
    if (parts.some((part, index) => encodeURIComponent(decoded[index] ?? '') !== part)) {
      return fault(answer, `${call}: not percent-encoded`)
    }
    // Every server takes such a segment for a step back: this would delete all bans.
    if (decoded.some((part) => part === '..' || part === '.' || part === '')) {
      return fault(answer, `${call}: leaves its place`)
    }
    route({ answer, method, parts: decoded, query: new URLSearchParams(query), body, asked })
  }

  interface Call {
    answer: ServerResponse
    asked: IncomingMessage
    method: string
    parts: string[]
    query: URLSearchParams
    body: string
  }

  function route(call: Call): void {
    const { answer, method, parts, body } = call
    const [what, first, second] = parts
    if (method !== 'POST' && body !== '') return fault(answer, `${method} with a body`)
    if (method === 'GET' && what === 'banned' && parts.length === 1) return listBans(call)
    if (method === 'GET' && what === 'clients' && parts.length === 1) return listClients(call)
    if (method === 'GET' && what === 'subscriptions' && parts.length === 1) {
      return listSubscriptions(call)
    }
    if (method === 'POST' && what === 'banned' && parts.length === 1) return createBan(call)
    if (method === 'DELETE' && what === 'banned' && first && second && parts.length === 3) {
      return removeBan(answer, first, second)
    }
    if (method === 'DELETE' && what === 'clients' && first && parts.length === 2) {
      return kickClient(answer, first)
    }
    fault(answer, `${method} /${parts.join('/')}: no such call`)
  }

  function listBans({ answer, query }: Call): void {
    if (!hasOnly(query, ['page', 'limit'])) return fault(answer, `GET /banned?${query}`)
    const rows = standIn.bans.map((ban) => ({
      ...ban,
      at: timeOf(ban.at),
      until: ban.until === Infinity ? 'infinity' : timeOf(ban.until),
    }))
    page(answer, query, rows)
  }

  function listClients({ answer, query }: Call): void {
    if (!hasOnly(query, ['page', 'limit', 'username', 'clientid'])) {
      return fault(answer, `GET /clients?${query}`)
    }
    const [username, clientid] = [query.get('username'), query.get('clientid')]
    const rows = standIn.clients.filter(
      (one) =>
        (username === null || one.username === username) &&
        (clientid === null || one.clientid === clientid),
    )
    page(answer, query, rows)
  }

  function listSubscriptions({ answer, query }: Call): void {
    const topic = query.get('match_topic')
    if (!hasOnly(query, ['page', 'limit', 'match_topic']) || topic === null) {
      return fault(answer, `GET /subscriptions?${query}`)
    }
    const rows = standIn.subscriptions.filter((one) => isSubscribed(one.topic, topic))
    page(
      answer,
      query,
      rows.map((row) => ({ ...row, qos: 0, node: 'emqx@127.0.0.1' })),
    )
  }

  function page(answer: ServerResponse, query: URLSearchParams, rows: object[]): void {
    const [number, limit] = [Number(query.get('page')), Number(query.get('limit'))]
    if (!(number >= 1) || !(limit >= 1 && limit <= 10_000)) return fault(answer, `page ${query}`)
    const size = Math.min(limit, mostRows)
    const data = rows.slice((number - 1) * size, number * size)
    const meta = { page: number, limit, count: rows.length, hasnext: number * size < rows.length }
    send(answer, 200, { data, meta })
  }

  function createBan({ answer, body, asked }: Call): void {
    const parsed = banBody.safeParse(JSON.parse(body))
    if (asked.headers['content-type'] !== 'application/json' || !parsed.success) {
      return fault(answer, `POST /banned ${body}`)
    }
    const { as, who, by = 'mgmt_api', reason = '', at, until } = parsed.data
    const seconds = (text: string) => Math.floor(Date.parse(text) / 1000)
    const ban = {
      ...{ as, who, by, reason },
      at: at ? seconds(at) : Math.floor(now() / 1000),
      until: until ? seconds(until) : Infinity,
    }
    if (standIn.bans.some((other) => other.as === as && other.who === who)) {
      return send(answer, 400, { code: 'ALREADY_EXISTS', message: 'it is banned' })
    }
    if (ban.until * 1000 <= now())
      return send(answer, 400, { code: 'BAD_REQUEST', message: 'over' })
    standIn.bans.push(ban)
    send(answer, 200, { ...ban, at: timeOf(ban.at) })
  }

  function removeBan(answer: ServerResponse, as: string, who: string): void {
    const index = standIn.bans.findIndex((ban) => ban.as === as && ban.who === who)
    if (index < 0) return send(answer, 404, { code: 'NOT_FOUND', message: 'not found' })
    standIn.bans.splice(index, 1)
    send(answer, 204, null)
  }

  function kickClient(answer: ServerResponse, clientid: string): void {
    const index = standIn.clients.findIndex((one) => one.clientid === clientid)
    if (index < 0) return send(answer, 404, { code: 'CLIENTID_NOT_FOUND', message: 'not found' })
    standIn.clients.splice(index, 1)
    send(answer, 204, null)
  }

  function fault(answer: ServerResponse, sentence: string): void {
    standIn.faults.push(sentence)
    send(answer, 400, { code: 'BAD_REQUEST', message: sentence })
  }

  return standIn
}

function isKnown({ headers }: IncomingMessage): boolean {
  return headers.authorization === `Basic ${Buffer.from(apiKey).toString('base64')}`
}

function hasOnly(query: URLSearchParams, names: string[]): boolean {
  return [...query.keys()].every((name) => names.includes(name))
}

function send(answer: ServerResponse, status: number, body: object | null): void {
  answer.writeHead(status, { 'content-type': 'application/json' })
  answer.end(body === null ? undefined : JSON.stringify(body))
}

async function textOf(asked: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of asked as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
