import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { StationError } from '../../../contract/errors.ts'
import type { DataLoser } from '../../../contract/model/quarantine.ts'
import { askOverHttp, type HttpAnswer, type HttpQuestion } from '../../http-request.ts'
import type { Clock } from '../../ports.ts'
import { failureSentence } from '../../probe/link-failure.ts'
import type { ControllerSettings } from '../../settings.ts'
import { ban, encoded, type Ban } from './bans.ts'

export type EmqxControllerSettings = Extract<ControllerSettings, { kind: 'emqx' }>

/** What is asked of EMQX: `path` is below the API's root and already encoded. */
export interface EmqxCall {
  method: HttpQuestion['method']
  path: string
  body?: object
}

/** EMQX 5's REST API, as far as Picket uses it. Each call throws BROKER_UNREACHABLE or BROKER_REFUSED. */
export interface EmqxApi {
  bans(): Promise<Ban[]>
  /** Client ids that are connected; `by`: with this user name, or this client id. */
  connected(by: 'username' | 'clientid', name: string): Promise<string[]>
  /** Who is subscribed to what so that it gets what is published on this topic. */
  subscribers(topic: string): Promise<DataLoser[]>
  /** False where EMQX knows nothing of what was to be deleted. */
  send(call: EmqxCall): Promise<boolean>
}

const rowsPerPage = 1000
const mostPages = 100
const mostBytes = 16_777_216

const page = z.object({
  data: z.unknown().array(),
  meta: z.object({ hasnext: z.boolean().optional() }),
})

const subscription = z.object({ clientid: z.string(), topic: z.string() })

const client = z.object({ clientid: z.string(), connected: z.boolean().default(true) })

type Ask = (call: EmqxCall) => Promise<HttpAnswer>

export function createEmqxApi(settings: EmqxControllerSettings, clock: Clock): EmqxApi {
  const url = new URL(settings.url)
  const ask: Ask = (call) => askEmqx({ settings, url, clock }, call)
  return {
    bans: () => list(ask, '/banned?', ban),
    async connected(by, name) {
      const clients = await list(ask, `/clients?${by}=${encoded(name)}&`, client)
      return clients.filter(({ connected }) => connected).map(({ clientid }) => clientid)
    },
    async subscribers(topic) {
      const path = `/subscriptions?match_topic=${encoded(topic)}&`
      const found = await list(ask, path, subscription)
      return found.map(({ clientid, topic: filter }) => ({ client: clientid, filter }))
    },
    send: async (call) => !isNotFound(await ask(call)),
  }
}

interface Api {
  settings: EmqxControllerSettings
  url: URL
  clock: Clock
}

/** The file with the key is read anew each time: a key may be renewed while Picket runs. */
async function askEmqx({ settings, url, clock }: Api, call: EmqxCall): Promise<HttpAnswer> {
  const { method, path, body } = call
  const root = url.pathname === '/' ? '/api/v5' : url.pathname.replace(/\/$/, '')
  const key = (await textOf(settings.apiKeyFile)).trim()
  const question = {
    method,
    url,
    path: `${root}${path}`,
    headers: {
      accept: 'application/json',
      authorization: `Basic ${Buffer.from(key).toString('base64')}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(settings.ca ? { ca: await textOf(settings.ca) } : {}),
    mostBytes,
  }
  const answer = await askOverHttp(question, clock).catch((error: unknown) => {
    throw new StationError('BROKER_UNREACHABLE', failureSentence(error, url.host))
  })
  const isDone = (answer.status >= 200 && answer.status < 300) || isNotFound(answer)
  if (!isDone || answer.isCut) throw refusal(url.host, method, answer)
  return answer
}

/** All pages. `path` ends where the next parameter goes. */
async function list<Row>(ask: Ask, path: string, row: z.ZodType<Row>): Promise<Row[]> {
  const rows: Row[] = []
  for (let number = 1; number <= mostPages; number += 1) {
    const { text } = await ask({
      method: 'GET',
      path: `${path}page=${number}&limit=${rowsPerPage}`,
    })
    const { data, meta } = read(page, jsonOf(text))
    rows.push(...data.map((each) => read(row, each)))
    if (!(meta.hasnext ?? data.length === rowsPerPage)) return rows
  }
  const most = mostPages * rowsPerPage
  const sentence = `EMQX lists more than ${most} entries at ${path}, too many to look through.`
  throw new StationError('BROKER_REFUSED', sentence)
}

/** As EMQX says that the client or the ban is not there. Without its code it is the whole API that is not there. */
function isNotFound({ status, text }: HttpAnswer): boolean {
  return status === 404 && /"code"\s*:\s*"(CLIENTID_)?NOT_FOUND"/.test(text)
}

function read<Value>(schema: z.ZodType<Value>, input: unknown): Value {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const sentence =
    'The answer is not one of EMQX 5. Is the address that the settings name that of its REST API?'
  throw new StationError('BROKER_REFUSED', sentence)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const sentence = `The file ${path} cannot be read (${code}), so Picket cannot reach EMQX. Nothing was changed.`
    throw new StationError('BROKER_REFUSED', sentence)
  }
}

/** Longest quote of what EMQX says. */
const mostQuoted = 300

function refusal(where: string, method: string, { status, text, isCut }: HttpAnswer): StationError {
  if (isCut) {
    return new StationError(
      'BROKER_REFUSED',
      `The answer of EMQX at ${where} is too long to be read.`,
    )
  }
  if (status >= 500 || status === 429) {
    const sentence = `EMQX at ${where} cannot answer now (HTTP ${status}${quoteOf(text)}). It is tried again by itself.`
    return new StationError('BROKER_UNREACHABLE', sentence)
  }
  const known = refusals[status]
  const said = `HTTP ${status} to ${method}${quoteOf(text)}`
  const meaning = known ?? 'See what it said.'
  return new StationError('BROKER_REFUSED', `EMQX at ${where} refused: ${said}. ${meaning}`)
}

const refusals: Record<number, string | undefined> = {
  401: 'It does not know the API key, or the key has expired. Make one in its dashboard under System, API Key, and write key:secret into the file that the settings name.',
  403: 'The API key is known, but may not do this. Give it the role Administrator, or the scope that covers clients and bans.',
  404: 'There is no EMQX 5 REST API. Its address is usually http://HOST:18083/api/v5.',
  409: 'Somebody else has just changed the same ban. Look again.',
}

function quoteOf(text: string): string {
  const { code = '', message = '' } = saidIn(text)
  const said = [code, message].filter((word) => word !== '').join(' ')
  return said === '' ? '' : `: ${JSON.stringify(said.slice(0, mostQuoted))}`
}

const said = z.object({ code: z.string().optional(), message: z.string().optional() })

function saidIn(text: string): z.infer<typeof said> {
  return said.safeParse(jsonOf(text)).data ?? {}
}
