import { existsSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Duplex } from 'node:stream'
import fastifyStatic from '@fastify/static'
import { RPCHandler } from '@orpc/server/ws'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { WebSocketServer } from 'ws'
import { StationError } from '../contract/errors.ts'
import { largestMessageBytes } from '../station/host/message-limit.ts'
import type { HostListener } from '../station/ports.ts'
import type { Station } from '../station/station.ts'
import { isForUs, securityHeaders, type PageAddress } from './guard.ts'
import type { Sessions } from './session.ts'

const pageFolder = fileURLToPath(new URL('../../out/renderer', import.meta.url))

const largestRequestBytes = 16_384

/** The page and the WebSocket it speaks to the station through. */
export class PageServer {
  readonly #station: Station
  readonly #sessions: Sessions
  readonly #address: PageAddress
  readonly #http: FastifyInstance
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessageBytes })

  constructor(station: Station, sessions: Sessions, address: PageAddress) {
    this.#station = station
    this.#sessions = sessions
    this.#address = address
    this.#http = fastify({ bodyLimit: largestRequestBytes, forceCloseConnections: true })
  }

  /** Resolves with the address of the page. Throws PORT_TAKEN. */
  async start(): Promise<string> {
    const rpc = new RPCHandler(this.#station.router)
    this.#sockets.on('connection', (socket) => void rpc.upgrade(socket))
    this.#http.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#addRules()
    await this.#addRoutes()
    const { host, port } = this.#address
    try {
      await this.#http.listen({ host, port })
    } catch (error) {
      throw new StationError('PORT_TAKEN', `The page cannot use ${host}:${port}: ${String(error)}`)
    }
    const bound = this.#http.server.address()
    if (bound && typeof bound === 'object') this.#address.port = bound.port
    return `http://${host}:${this.#address.port}`
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#sockets.close()
    await this.#http.close()
  }

  /** Where it listens, and how many pages and commands are connected; nothing before it is started. */
  listeners(): HostListener[] {
    const { host, port } = this.#address
    if (!this.#http.server.listening) return []
    return [{ name: 'This page', address: `${host}:${port}`, peers: this.#sockets.clients.size }]
  }

  /** A link to the page that signs in once. */
  signInLink(): string {
    const { host, port } = this.#address
    return `http://${host}:${port}/enter?token=${this.#sessions.issueToken()}`
  }

  #addRules(): void {
    this.#http.addHook('onRequest', async (request, reply) => {
      void reply.headers(securityHeaders(this.#address))
      if (!isForUs(request.headers, this.#address)) {
        return reply.code(403).type('text/plain').send('This address is not for other sites.\n')
      }
    })
  }

  async #addRoutes(): Promise<void> {
    this.#http.get<{ Querystring: { token?: string } }>('/enter', (request, reply) =>
      this.#enter(String(request.query.token ?? ''), reply),
    )
    this.#http.get('/session', (request, reply) =>
      reply.code(this.#mayUse(request.headers.cookie) ? 204 : 401).send(),
    )
    this.#http.post('/link', (request, reply) => {
      const isCli = this.#sessions.isCliKey(bearerOf(request.headers))
      return isCli ? reply.type('text/plain').send(this.signInLink()) : reply.code(401).send()
    })
    if (!existsSync(pageFolder)) {
      this.#http.get('/', (_request, reply) =>
        reply.code(503).type('text/plain').send('The page is not built. Run `npm run build`.\n'),
      )
      return
    }
    await this.#http.register(fastifyStatic, {
      root: pageFolder,
      cacheControl: false,
      dotfiles: 'deny',
    })
  }

  /** A link is good once: it is in the history of the browser and maybe in a log. */
  #enter(token: string, reply: FastifyReply): FastifyReply {
    const session = this.#sessions.redeem(token)
    if (!session) {
      const sentence = 'This link was used already or is too old. `picket open` prints a new one.\n'
      return reply.code(401).type('text/plain').send(sentence)
    }
    const cookie = `${this.#cookieName()}=${session}; HttpOnly; SameSite=Strict; Path=/`
    return reply.header('set-cookie', cookie).redirect('/')
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const { headers, url } = request
    const isAllowed = this.#mayUse(headers.cookie) || this.#sessions.isCliKey(bearerOf(headers))
    const refusal = !isForUs(headers, this.#address)
      ? 403
      : url !== '/rpc'
        ? 404
        : isAllowed
          ? 0
          : 401
    if (refusal) {
      socket.end(`HTTP/1.1 ${refusal} Refused\r\nConnection: close\r\n\r\n`)
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate())
      this.#sockets.emit('connection', webSocket)
    })
  }

  #mayUse(cookies: string | undefined): boolean {
    const prefix = `${this.#cookieName()}=`
    const mine = cookies?.split('; ').find((cookie) => cookie.startsWith(prefix))
    return this.#sessions.isSession(mine?.slice(prefix.length))
  }

  /** Cookies know no ports, and several stations may run on one machine. */
  #cookieName(): string {
    return `picket-${this.#address.port}`
  }
}

function bearerOf({ authorization }: IncomingHttpHeaders): string | undefined {
  return authorization?.replace(/^Bearer /, '')
}
