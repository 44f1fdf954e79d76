import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { implement, ORPCError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { contract } from '../../src/contract/contract.ts'
import { errorSentences, type ErrorCode } from '../../src/contract/errors.ts'
import type { Alarm, Verification } from '../../src/contract/model/alarm.ts'
import type { StationEvent } from '../../src/contract/model/event.ts'
import type { HostFeaturesOffered } from '../../src/contract/model/host.ts'
import type { PreferencesChange, SettingsReport } from '../../src/contract/model/settings.ts'
import type { SourceEntry } from '../../src/contract/model/source.ts'
import type { SourceStatus } from '../../src/contract/model/status.ts'
import { awsMetrics } from '../../src/contract/model/aws-metrics.ts'
import { eventsOf, scriptedSeries } from './scripted-fleet.ts'
import { headlessHost, usualDiagnostics, usualSettings } from './scripted-settings.ts'
import { journalRoutes, mitigationRoutes, quarantineRoutes } from './scripted-mitigation.ts'
import { noQuarantine, type QuarantineScene } from './scripted-quarantine.ts'
import type { Scene } from './scripted-scenes.ts'

const pageFolder = new URL('../../out/renderer', import.meta.url).pathname

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

type UnnumberedEvent = StationEvent extends infer E
  ? E extends StationEvent
    ? Omit<E, 'seq'>
    : never
  : never

/** A station that plays a scene through the real contract, and serves the built page as a host would. */
export interface ScriptedStation {
  address: string
  scene: Scene
  /** Names of the calls answered so far, in their order. */
  answered: readonly string[]
  /** What was asked of sources, in its order. */
  received: readonly unknown[]
  /** Pushes a fact to every page; `skip` leaves numbers out before it. */
  push: (event: UnnumberedEvent, skip?: number) => void
  /** Cuts every link and refuses new ones until `restore`. */
  cut: () => void
  restore: () => void
  stop: () => Promise<void>
}

/** Starts a scripted station on a free port of this machine. The page must have been built. */
export async function startScriptedStation(scene: Scene): Promise<ScriptedStation> {
  const feed = createFeed()
  const state: State = { scene, isCut: false, answered: [], received: [], marked: new Map() }
  const handler = new RPCHandler(routerOf(state, feed))
  const server = createServer((request, response) => void serve(request, response, state))
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (state.isCut || state.scene.isSignedOut) return socket.destroy()
    sockets.handleUpgrade(request, socket, head, (ws) => void handler.upgrade(ws))
  })
  const address = await listen(server)
  const closeAll = () => sockets.clients.forEach((ws: WebSocket) => ws.terminate())
  return {
    address,
    get scene() {
      return state.scene
    },
    set scene(next) {
      state.scene = next
    },
    answered: state.answered,
    received: state.received,
    push: feed.push,
    cut() {
      state.isCut = true
      closeAll()
    },
    restore: () => void (state.isCut = false),
    async stop() {
      closeAll()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface State {
  scene: Scene
  isCut: boolean
  answered: string[]
  received: unknown[]
  /** Marks made since the start, by alarm id. */
  marked: Map<string, Verification>
}

interface Feed {
  push: ScriptedStation['push']
  watch: (signal: AbortSignal | undefined) => AsyncGenerator<StationEvent>
}

function createFeed(): Feed {
  let seq = 0
  const watchers = new Set<(event: StationEvent) => void>()
  return {
    push(event, skip = 0) {
      seq += 1 + skip
      for (const tell of watchers) tell({ ...event, seq } as StationEvent)
    },
    async *watch(signal) {
      const queue: StationEvent[] = []
      let wake = () => {}
      const tell = (event: StationEvent) => (queue.push(event), wake())
      watchers.add(tell)
      signal?.addEventListener('abort', () => wake())
      try {
        while (!signal?.aborted) {
          const next = queue.shift()
          if (next) yield next
          else await new Promise<void>((resolve) => (wake = resolve))
        }
      } finally {
        watchers.delete(tell)
      }
    },
  }
}

function routerOf(state: State, feed: Feed) {
  const station = implement(contract).use(({ next, path }) => {
    state.answered.push(path.join('.'))
    return next()
  })
  const read = <T>(answer: (scene: Scene) => T) => readScene(state.scene, answer)
  const playing = {
    read,
    received: state.received,
    quarantine: () => state.scene.quarantine ?? noQuarantine(),
    change: (quarantine: QuarantineScene) => void (state.scene = { ...state.scene, quarantine }),
  }
  return station.router({
    system: {
      status: station.system.status.handler(() => state.scene.status),
      rejections: station.system.rejections.handler(({ input }) =>
        read(({ rejections }) =>
          rejections.filter((one) => !input.deviceId || one.deviceId === input.deviceId),
        ),
      ),
    },
    devices: {
      list: station.devices.list.handler(({ input }) =>
        read((scene) => {
          const devices = scene.devices.filter(({ id }) => id.includes(input.search))
          return {
            total: devices.length,
            devices: devices.slice(input.offset, input.offset + input.limit),
          }
        }),
      ),
      get: station.devices.get.handler(({ input }) =>
        read(
          (scene) =>
            scene.devices.find(({ id }) => id === input.deviceId) ?? fail('DEVICE_UNKNOWN'),
        ),
      ),
    },
    metrics: { list: station.metrics.list.handler(() => [...awsMetrics]) },
    series: {
      get: station.series.get.handler(({ input }) =>
        read((scene) => {
          const device =
            scene.devices.find(({ id }) => id === input.deviceId) ?? fail('DEVICE_UNKNOWN')
          const hasBand = scene.status.training.trainedAt !== null
          return scriptedSeries({
            ...input,
            device,
            hasBand,
            alarms: [...scene.active, ...scene.ended],
          })
        }),
      ),
    },
    alarms: {
      active: station.alarms.active.handler(({ input }) =>
        read(({ active }) =>
          pageOf(
            active.filter((one) => !input.deviceId || one.deviceId === input.deviceId),
            input,
          ),
        ),
      ),
      history: station.alarms.history.handler(({ input }) =>
        read(({ active, ended }) => {
          const own = [...active, ...ended].filter(
            (one) => !input.deviceId || one.deviceId === input.deviceId,
          )
          return pageOf(
            own.filter(({ startedAt }) => startedAt >= input.from && startedAt < input.to),
            input,
          )
        }),
      ),
      get: station.alarms.get.handler(({ input }) =>
        read(({ active, ended }) => {
          const alarm =
            [...active, ...ended].find(({ id }) => id === input.id) ?? fail('ALARM_UNKNOWN')
          return { alarm, events: eventsOf(alarm), verification: verificationOf(state, alarm) }
        }),
      ),
      verify: station.alarms.verify.handler(({ input: { id, state: mark, note } }) =>
        read(({ status }) => {
          // Every mark is later than the one before, as on a real clock.
          const at = status.now + state.marked.size + state.answered.length
          const verification = { state: mark, note, at }
          state.marked.set(id, verification)
          return verification
        }),
      ),
    },
    profiles: { list: station.profiles.list.handler(() => read(({ profiles }) => profiles)) },
    sources: {
      list: station.sources.list.handler(() =>
        read(({ status, sources }) => ({
          sources: sources ?? status.sources.map(fromFile),
          secrecy: 'Secrets are kept in a file that only the station’s user may read.',
        })),
      ),
      test: station.sources.test.handler(({ input }) => {
        state.received.push(input)
        return read(({ probe }) => probe ?? fail('SECRET_NEEDED'))
      }),
      save: station.sources.save.handler(({ input }) => {
        state.received.push(input)
        return read(({ sources }) => sources?.[0] ?? fail('SOURCE_EXISTS'))
      }),
      remove: station.sources.remove.handler(({ input }) => {
        state.received.push(input)
        const left = state.scene.sources?.filter(({ status }) => status.id !== input.id)
        state.scene = { ...state.scene, ...(left && { sources: left }) }
        return input
      }),
    },
    settings: {
      get: station.settings.get.handler(() => read(settingsOf)),
      change: station.settings.change.handler(({ input }) => {
        state.received.push(input)
        const settings = withChange(settingsOf(state.scene), input)
        state.scene = { ...state.scene, settings }
        return read(() => settings)
      }),
    },
    host: {
      features: station.host.features.handler(() => read(hostOf)),
      setStartAtLogin: station.host.setStartAtLogin.handler(({ input: startAtLogin }) => {
        state.received.push(startAtLogin)
        state.scene = { ...state.scene, host: { ...hostOf(state.scene), startAtLogin } }
        return read(hostOf)
      }),
      testNotification: station.host.testNotification.handler(() =>
        read(() => ({ sentence: 'One should stand at the edge of the screen now.' })),
      ),
      startDemo: station.host.startDemo.handler(() =>
        read(() => ({ link: 'http://127.0.0.1:1/enter?token=demo' })),
      ),
    },
    diagnostics: {
      get: station.diagnostics.get.handler(() =>
        read(({ diagnostics }) => diagnostics ?? usualDiagnostics()),
      ),
    },
    journal: journalRoutes(playing),
    quarantine: quarantineRoutes(playing),
    mitigation: mitigationRoutes(playing),
    store: {
      check: station.store.check.handler(() => read(() => ({ isSound: true, findings: [] }))),
      backup: station.store.backup.handler(({ input }) =>
        read(() => ({ path: input.path, bytes: 1 })),
      ),
    },
    events: { watch: station.events.watch.handler(({ signal }) => feed.watch(signal)) },
  })
}

function verificationOf({ scene, marked }: State, { id }: Alarm): Verification {
  const none = { state: 'UNKNOWN' as const, note: '', at: null }
  return marked.get(id) ?? scene.verifications?.get(id) ?? none
}

function hostOf({ host }: Scene): HostFeaturesOffered {
  return host ?? headlessHost
}

function settingsOf({ settings }: Scene): SettingsReport {
  return settings ?? usualSettings()
}

function withChange(before: SettingsReport, change: PreferencesChange): SettingsReport {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  return { ...before, preferences: { ...before.preferences, ...Object.fromEntries(given) } }
}

/** A source as the configuration file has it: the page cannot change it. */
function fromFile(status: SourceStatus): SourceEntry {
  return { status, origin: 'file', draft: null, secretsSet: noSecrets, uncheckedSince: null }
}

const noSecrets = { password: false, key: false, cert: false, ca: false }

async function readScene<T>(scene: Scene, answer: (scene: Scene) => T): Promise<T> {
  if (scene.delayMs) await new Promise((resolve) => setTimeout(resolve, scene.delayMs).unref())
  if (scene.failure) fail(scene.failure)
  return answer(scene)
}

function fail(code: ErrorCode): never {
  throw new ORPCError(code, { message: errorSentences[code] })
}

function pageOf<T>(alarms: T[], { offset, limit }: { offset: number; limit: number }) {
  return { total: alarms.length, alarms: alarms.slice(offset, offset + limit) }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  state: State,
): Promise<void> {
  const path = normalize(new URL(request.url ?? '/', 'http://station').pathname)
  if (path === '/session') return void response.writeHead(state.scene.isSignedOut ? 401 : 204).end()
  try {
    const file = path === '/' ? '/index.html' : path
    const body = await readFile(join(pageFolder, file))
    response.writeHead(200, {
      'content-type': contentTypes[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy(request.headers.host ?? ''),
    })
    response.end(body)
  } catch {
    response
      .writeHead(404)
      .end(
        path === '/'
          ? 'The page is not built: run `vite build --config vite.renderer.config.ts`.'
          : '',
      )
  }
}

/** The policy that every host sends with the page. */
function contentSecurityPolicy(host: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ')
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}
