import type { Alarm, Verification } from '../../src/contract/model/alarm.ts'
import { asMetricId, awsMetrics } from '../../src/contract/model/aws-metrics.ts'
import { type Device, deviceId } from '../../src/contract/model/device.ts'
import type { Diagnostics } from '../../src/contract/model/diagnostics.ts'
import type { HostFeaturesOffered } from '../../src/contract/model/host.ts'
import type { SettingsReport } from '../../src/contract/model/settings.ts'
import type { SecurityProfile, TrainingSummary } from '../../src/contract/model/profile.ts'
import type { ProbeReport, SourceEntry } from '../../src/contract/model/source.ts'
import type { Rejection, StoreStatus, SystemStatus } from '../../src/contract/model/status.ts'
import { errorSentences, type ErrorCode } from '../../src/contract/errors.ts'
import { hourMs, sceneStartAt, scriptedAlarm, scriptedDevice, slotAt } from './scripted-fleet.ts'
import {
  hostileProfile,
  learnedProfile,
  learningProfile,
  mediumProfile,
} from './scripted-profiles.ts'
import {
  busyQuarantine,
  criticalQuarantine,
  forbiddenQuarantine,
  hostileQuarantine,
  type QuarantineScene,
} from './scripted-quarantine.ts'
import { changedSettings, desktopHost, headlessHost } from './scripted-settings.ts'
import { addedSources, hostileProbe, hostileSource, troubledProbe } from './scripted-sources.ts'
import { hostileComponent, lastingReasons, reasonAlarms } from './scripted-reasons.ts'

/** Everything that a scripted station answers from. */
export interface Scene {
  status: SystemStatus
  devices: Device[]
  active: Alarm[]
  ended: Alarm[]
  rejections: Rejection[]
  /** Marks by alarm id; the rest are not marked. */
  verifications?: ReadonlyMap<string, Verification>
  profiles: { profile: SecurityProfile; training: TrainingSummary[] }[]
  /** As the page lists them; absent: all from the configuration file. */
  sources?: SourceEntry[]
  /** What a test of any source finds; absent: it cannot be made. */
  probe?: ProbeReport
  /** As they are usually where absent. */
  settings?: SettingsReport
  host?: HostFeaturesOffered
  diagnostics?: Diagnostics
  /** Nothing was ever isolated where absent. */
  quarantine?: QuarantineScene
  /** What every reading call fails with. */
  failure?: ErrorCode
  /** How long every reading call takes. */
  delayMs?: number
  isSignedOut?: boolean
}

const dayMs = 24 * hourMs

/** A working night: 24 devices, three alarms, a history. */
export function busyScene(): Scene {
  const devices = busyDevices()
  const active = busyAlarms()
  return {
    status: busyStatus(devices.length, active),
    devices,
    active,
    ended: endedAlarms(),
    rejections: busyRejections(),
    profiles: [learnedProfile(), mediumProfile()],
  }
}

/** One alarm of each kind of reason, and one that was marked. */
export function reasonsScene(): Scene {
  const busy = busyScene()
  const active = reasonAlarms()
  const [marked] = active
  if (!marked) throw new Error('there are alarms with reasons')
  const verification = {
    state: 'BENIGN_POSITIVE' as const,
    note: 'Pump test by the maintenance crew, agreed by phone.',
    at: sceneStartAt - 25 * 60_000,
  }
  return {
    ...busy,
    active,
    status: busyStatus(busy.devices.length, active),
    verifications: new Map([[marked.id, verification]]),
  }
}

/** Devices off the network, in every state that there is. */
export function quarantineScene(): Scene {
  const scene = busyScene()
  const quarantine = busyQuarantine()
  const devices = scene.devices.map((device) => {
    const own = quarantine.isolations.find(({ deviceId }) => deviceId === device.id)
    return own && own.endedAt === null ? { ...device, isolation: own.id } : device
  })
  return { ...scene, devices, quarantine }
}

/** A dry run that ends there. */
export function forbiddenQuarantineScene(): Scene {
  return { ...busyScene(), quarantine: forbiddenQuarantine() }
}

/** A dry run that two persons must agree to. */
export function criticalQuarantineScene(): Scene {
  return { ...busyScene(), quarantine: criticalQuarantine() }
}

/** Words of brokers and devices that are hostile. */
export function hostileQuarantineScene(): Scene {
  return { ...busyScene(), quarantine: hostileQuarantine() }
}

/** Three sources, two of them added from the page, and a test that finds something missing. */
export function sourcesScene(): Scene {
  return sourcesOf(addedSources(), troubledProbe())
}

/** A source and a broker whose words are hostile. */
export function hostileSourcesScene(): Scene {
  return sourcesOf([hostileSource()], hostileProbe())
}

/** A station that watches nothing yet. */
export function noSourcesScene(): Scene {
  const scene = quietScene()
  return { ...scene, status: { ...scene.status, sources: [] }, sources: [] }
}

function sourcesOf(added: SourceEntry[], probe: ProbeReport): Scene {
  const scene = quietScene()
  const fromFile = scene.status.sources.map((status): SourceEntry => ({
    status,
    origin: 'file',
    draft: null,
    secretsSet: { password: true, key: false, cert: false, ca: true },
    uncheckedSince: null,
  }))
  const sources = [...added, ...fromFile]
  const status = { ...scene.status, sources: sources.map((one) => one.status) }
  return { ...scene, status, sources, probe }
}

/** A data folder that nobody has set up. */
export function firstRunScene(host: HostFeaturesOffered = headlessHost): Scene {
  const scene = emptyScene()
  return { ...scene, status: { ...scene.status, sources: [] }, sources: [], host }
}

/** Everything set, on a machine with a person at it. */
export function changedSettingsScene(): Scene {
  const settings = changedSettings()
  const { listenOnlySince } = settings
  const scene = withStatus(quietScene(), { listenOnlySince })
  return { ...quietScene(), status: scene, settings, host: desktopHost }
}

export function diagnosticsScene(diagnostics: Diagnostics): Scene {
  return { ...quietScene(), diagnostics }
}

/** A site that has no profile. */
export function noProfileScene(): Scene {
  return { ...quietScene(), profiles: [] }
}

/** The same night without an alarm. */
export function quietScene(): Scene {
  const scene = busyScene()
  const devices = scene.devices.map((device) => ({ ...device, activeAlarms: 0, isReporting: true }))
  const status = withStatus(scene, {
    alarms: { active: 0, suppressed: 0 },
    devices: { total: 24, reporting: 24 },
  })
  return { ...scene, devices, active: [], status }
}

/** Day six of fourteen: nothing is judged by a model yet. */
export function learningScene(): Scene {
  const quiet = quietScene()
  const training = {
    state: 'collecting' as const,
    sentence: 'Day 6 of 14: 43 % of the datapoints of the first training are there.',
    progress: 0.43,
    trainedAt: null,
    tookMs: null,
  }
  return {
    ...quiet,
    ended: [],
    status: withStatus(quiet, { training }),
    profiles: [learningProfile()],
  }
}

/** History being read in. */
export function importingScene(): Scene {
  const learning = learningScene()
  const progress = {
    label: 'Reading 14 days of history from export.csv',
    done: 1_240_000,
    total: 2_016_000,
    datapointsPerSecond: 41_300,
    remainingMs: 19_000,
  }
  return { ...learning, status: withStatus(learning, { import: progress }) }
}

/** A store that cannot be used: every reading call fails. */
export function storeScene(state: Exclude<StoreStatus['state'], 'ok'>): Scene {
  const code = storeErrors[state]
  const busy = busyScene()
  const store = { ...busy.status.store, state, sentence: errorSentences[code] }
  const isReadable = state === 'full' || state === 'read-only'
  return { ...busy, status: withStatus(busy, { store }), ...(!isReadable && { failure: code }) }
}

/** The broker is gone since eleven minutes. */
export function sourceLostScene(): Scene {
  const quiet = quietScene()
  const [source, ...others] = quiet.status.sources
  if (!source) throw new Error('the quiet scene has a source')
  const lost = {
    ...source,
    state: 'disconnected' as const,
    since: sceneStartAt - 11 * 60_000,
    sentence:
      'The broker refused the connection. Picket tries again every 30 s; check the address and the broker.',
  }
  const status = withStatus(quiet, {
    sources: [lost, ...others],
    lastDatapointAt: slotAt(sceneStartAt) - 25 * 60_000,
  })
  return { ...quiet, status }
}

/** Nothing judges. */
export function engineDownScene(): Scene {
  const busy = busyScene()
  const engine = {
    state: 'down' as const,
    since: sceneStartAt - 40_000,
    restarts: 3,
    sentence: errorSentences.ENGINE_DOWN,
  }
  return { ...busy, status: withStatus(busy, { engine }) }
}

/** Names made to deceive. */
export const hostileNames = [
  '<img src=x onerror=alert(1)>',
  'pump-\u202e70-niam',
  'pump\u200b-07',
  'javascript:alert(1)',
  `very-${'long-'.repeat(24)}`.slice(0, 128),
  '"><script>alert(1)</script>',
]

/** Every device has a hostile name. */
export function hostileScene(): Scene {
  const busy = busyScene()
  const active = hostileNames.map((name, index) =>
    scriptedAlarm(90 + index, {
      deviceId: deviceId.parse(name),
      explanation: { ...lastingReasons(), components: [hostileComponent()] },
    }),
  )
  const verification = { state: 'UNKNOWN' as const, note: '<b>bold</b>\u202e', at: sceneStartAt }
  const notices = ['Its clock is <b>wrong</b>\u202e by 4 minutes.']
  const devices = hostileNames.map((name) => scriptedDevice(name, { activeAlarms: 1, notices }))
  const rejections = busy.rejections.map((one) => ({
    ...one,
    lastDetail: '<svg onload=alert(1)>\u202e',
  }))
  return {
    ...busy,
    devices,
    active,
    ended: [],
    rejections,
    profiles: [hostileProfile()],
    verifications: new Map(active.map(({ id }) => [id, verification])),
    status: busyStatus(devices.length, active),
  }
}

/** Everything takes its time. */
export function slowScene(): Scene {
  return { ...busyScene(), delayMs: 60_000 }
}

/** A new station that nothing has reported to. */
export function emptyScene(): Scene {
  const learning = learningScene()
  const status = withStatus(learning, {
    devices: { total: 0, reporting: 0 },
    lastDatapointAt: null,
    training: { ...learning.status.training, progress: 0, sentence: 'No datapoint yet.' },
  })
  return { ...learning, status, devices: [], rejections: [] }
}

/** The station runs, but the browser has not signed in. */
export function signedOutScene(): Scene {
  return { ...busyScene(), isSignedOut: true }
}

const storeErrors = {
  newer: 'STORE_NEWER',
  corrupt: 'STORE_CORRUPT',
  'read-only': 'STORE_READ_ONLY',
  full: 'STORE_FULL',
  unavailable: 'STORE_UNAVAILABLE',
} as const satisfies Record<Exclude<StoreStatus['state'], 'ok'>, ErrorCode>

function withStatus(scene: Scene, own: Partial<SystemStatus>): SystemStatus {
  return { ...scene.status, ...own }
}

function busyDevices(): Device[] {
  const names = Array.from(
    { length: 24 },
    (_, index) => `pump-${String(index + 1).padStart(2, '0')}`,
  )
  return names.map((name, index) => {
    if (name === 'pump-05')
      return scriptedDevice(name, {
        isReporting: false,
        lastDatapointAt: sceneStartAt - 7 * hourMs,
      })
    if (name === 'pump-11')
      return scriptedDevice(name, {
        rejected: 214,
        notices: ['Its clock is 4 minutes behind. Reports are kept in the slot of their arrival.'],
      })
    return scriptedDevice(name, { activeAlarms: [6, 2, 17].includes(index) ? 1 : 0 })
  })
}

function busyAlarms(): Alarm[] {
  return [
    scriptedAlarm(1, { deviceId: deviceId.parse('pump-07'), severity: 'critical' }),
    scriptedAlarm(2, {
      deviceId: deviceId.parse('pump-03'),
      behaviorName: 'bytes-out',
      metricId: asMetricId('aws:all-bytes-out'),
      confidence: 'MEDIUM',
      severity: 'medium',
      startedAt: slotAt(sceneStartAt) - 4 * hourMs,
      value: 214_000,
      expected: { low: 17_000, high: 72_000 },
      odds: 410_000,
      explanation: lastingReasons(),
      violations: 48,
    }),
    scriptedAlarm(3, {
      deviceId: deviceId.parse('pump-18'),
      behaviorName: 'authorization-failures',
      metricId: asMetricId('aws:num-authorization-failures'),
      kind: 'static',
      confidence: null,
      severity: 'high',
      startedAt: slotAt(sceneStartAt) - 10 * 60_000,
      value: 23,
      expected: { low: null, high: 5 },
      odds: null,
      violations: 2,
    }),
  ]
}

function endedAlarms(): Alarm[] {
  return Array.from({ length: 40 }, (_, index) => {
    const startedAt = slotAt(sceneStartAt - (index + 2) * 7 * hourMs)
    return scriptedAlarm(100 + index, {
      deviceId: deviceId.parse(`pump-${String(((index * 5) % 24) + 1).padStart(2, '0')}`),
      severity: (['low', 'medium', 'high', 'low'] as const)[index % 4] ?? 'low',
      state: index % 9 === 4 ? 'alarm-invalidated' : 'alarm-cleared',
      startedAt,
      lastViolationAt: startedAt + 15 * 60_000,
      endedAt: startedAt + 20 * 60_000,
      value: 88 + index,
      violations: 4,
    })
  })
}

function busyRejections(): Rejection[] {
  const common = {
    sourceId: 'site-broker',
    firstAt: sceneStartAt - 3 * dayMs,
    lastAt: sceneStartAt - 90_000,
  }
  return [
    {
      ...common,
      deviceId: deviceId.parse('pump-11'),
      reason: 'ahead-of-clock',
      count: 214,
      lastDetail: 'The report is dated 7 minutes ahead.',
    },
    {
      ...common,
      deviceId: null,
      reason: 'malformed',
      count: 3,
      lastDetail: 'Not JSON: unexpected end after 18 bytes.',
    },
  ]
}

function busyStatus(total: number, active: readonly Alarm[]): SystemStatus {
  return {
    version: '0.1.0',
    siteName: 'North pumping station',
    now: sceneStartAt,
    clockSpeed: 1,
    startedAt: sceneStartAt - 20 * dayMs,
    lastDatapointAt: slotAt(sceneStartAt) - 300_000,
    devices: { total, reporting: total - 1 },
    alarms: { active: active.length, suppressed: 0 },
    rejected: 217,
    store: {
      state: 'ok',
      sentence: 'Every datapoint is kept.',
      path: '/var/lib/picket/picket.db',
      bytes: 38_400_000,
      datapoints: 2_016_000,
      oldestAt: sceneStartAt - 20 * dayMs,
      retentionDays: 30,
    },
    engine: {
      state: 'up',
      since: sceneStartAt - 20 * dayMs,
      restarts: 0,
      sentence: 'Datapoints are judged as they come.',
    },
    training: {
      state: 'trained',
      sentence: 'All models are trained; the next refresh is tonight.',
      progress: 1,
      trainedAt: sceneStartAt - 5 * hourMs,
      tookMs: 41_000,
    },
    import: null,
    sources: busySources(),
    listenOnlySince: null,
    clockJumps: [{ at: sceneStartAt - 2 * dayMs, byMs: -93_000 }],
  }
}

function busySources(): SystemStatus['sources'] {
  return [
    {
      id: 'site-broker',
      kind: 'mqtt',
      address: 'mqtts://broker.site.example:8883',
      state: 'connected',
      since: sceneStartAt - 3 * dayMs,
      sentence: 'Reports come in.',
      lastMessageAt: sceneStartAt - 2000,
      messages: 1_284_400,
      reportsAccepted: 1_281_900,
      rejected: 217,
      capabilities: awsMetrics.map(({ id, origin }, index) => {
        if (origin === 'device')
          return { metricId: id, level: 'observed' as const, reason: 'reported by the devices' }
        if (index < 3)
          return {
            metricId: id,
            level: 'partial' as const,
            reason: 'only topics that Picket may subscribe to',
          }
        return {
          metricId: id,
          level: 'not-measurable' as const,
          reason: 'this broker does not tell about connections',
        }
      }),
      notices: ['12 refused connection attempts since the start named no known device.'],
    },
  ]
}
