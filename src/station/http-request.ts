import { request as requestPlain, type IncomingMessage } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Clock } from './ports.ts'

export interface HttpQuestion {
  method: 'GET' | 'POST' | 'DELETE'
  /** With `http:` or `https:`; gives the host, the port and the scheme. */
  url: URL
  /** Sent as it is, already encoded: a URL would take the segment `..` for a step back. Absent: that of `url`. */
  path?: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** PEM of the authority that signed the server's certificate. Absent: those that Node trusts. */
  ca?: string
  /** The answer is read so far and no further. */
  mostBytes: number
}

export interface HttpAnswer {
  status: number
  /** UTF-8. */
  text: string
  /** There was more than `mostBytes`. */
  isCut: boolean
}

/** Real milliseconds for a whole exchange. */
const patienceMs = 10_000

/** Asks once, and follows no redirect. Throws what Node throws, or an error of the code ETIMEDOUT. */
export async function askOverHttp(question: HttpQuestion, clock: Clock): Promise<HttpAnswer> {
  const giveUp = new AbortController()
  const cancel = clock.after(patienceMs * clock.speed, () => giveUp.abort())
  try {
    return await ask(question, giveUp.signal)
  } catch (error) {
    throw giveUp.signal.aborted ? noAnswerInTime() : error
  } finally {
    cancel()
  }
}

async function ask(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
  const { method, url, path, headers, body, ca, mostBytes } = question
  const request = url.protocol === 'https:' ? requestSecure : requestPlain
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const asked = request(url, {
    method,
    signal,
    agent: false,
    headers,
    ...(path === undefined ? {} : { path }),
    ...(ca === undefined ? {} : { ca }),
  })
  asked.on('response', resolve).on('error', reject)
  asked.end(body)
  const answer = await promise
  try {
    return { status: answer.statusCode ?? 0, ...(await textOf(answer, mostBytes)) }
  } finally {
    asked.destroy()
  }
}

async function textOf(answer: IncomingMessage, mostBytes: number) {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > mostBytes) break
  }
  const text = Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8')
  return { text, isCut: bytes > mostBytes }
}

function noAnswerInTime(): Error {
  return Object.assign(new Error(`no answer within ${patienceMs / 1000} s`), { code: 'ETIMEDOUT' })
}
