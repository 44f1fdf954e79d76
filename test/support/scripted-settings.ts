import type { Diagnostics, SystemSocket } from '../../src/contract/model/diagnostics.ts'
import type { HostFeaturesOffered } from '../../src/contract/model/host.ts'
import { usualPreferences, type SettingsReport } from '../../src/contract/model/settings.ts'
import { hourMs, sceneStartAt } from './scripted-fleet.ts'

/** Settings as they are before anybody touches them. */
export function usualSettings(): SettingsReport {
  return {
    preferences: usualPreferences,
    listenOnlySince: null,
    data: { folder: '/var/lib/picket', retentionDays: 90, leastDays: 15 },
    timeZone: 'Europe/Berlin',
  }
}

/** Everything set to something else. */
export function changedSettings(): SettingsReport {
  return {
    ...usualSettings(),
    preferences: {
      quietHours: { from: '21:30', to: '05:45', days: ['sat', 'sun'] },
      pausedUntil: sceneStartAt + hourMs,
      notifySeverities: ['critical', 'high'],
      storeLimitBytes: 2_500_000_000,
      listenOnly: true,
    },
    listenOnlySince: sceneStartAt - hourMs,
  }
}

/** A host that has a person at it. */
export const desktopHost: HostFeaturesOffered = {
  kind: 'desktop',
  startAtLogin: { isOn: false },
  notifications: { sentence: 'Shown by the desktop, and counted on the tray icon.' },
  canStartDemo: true,
}

export const headlessHost: HostFeaturesOffered = {
  kind: 'headless',
  startAtLogin: null,
  notifications: null,
  canStartDemo: false,
}

/** A connection that is up and one that is not, and an operating system that knows no others. */
export function usualDiagnostics(): Diagnostics {
  return {
    at: sceneStartAt,
    host: 'headless',
    versions: [
      { name: 'Picket', version: '0.1.0' },
      { name: 'Node.js', version: '24.11.0' },
    ],
    platform: 'linux x64',
    clock: { speed: 1, timeZone: 'Europe/Berlin', jumps: 1 },
    secrecy: 'Secrets are kept in a file that only the station’s user may read.',
    listenOnlySince: null,
    links: [connectedLink, lostLink],
    listeners: [
      { name: 'This page', address: '127.0.0.1:8470', peers: 2 },
      { name: 'Embedded broker line-1', address: '127.0.0.1:1883', peers: null },
    ],
    processes: [
      { name: 'Detection engine', pid: 4712, since: sceneStartAt - 20 * hourMs },
      { name: 'Embedded broker', pid: 4713, since: sceneStartAt - 2 * hourMs },
    ],
    system: {
      state: 'complete',
      sentence:
        'The operating system knows 3 sockets of Picket and the processes it started. Each is one that Picket lists.',
      sockets: knownSockets,
    },
  }
}

/** Listen-only for an hour, and a socket that nobody can explain. */
export function alarmingDiagnostics(): Diagnostics {
  const usual = usualDiagnostics()
  const sentListening = [
    { type: 'pingreq', count: 60 },
    { type: 'puback', count: 4 },
  ]
  const strange: SystemSocket = {
    protocol: 'tcp',
    local: '10.20.0.9:41774',
    remote: '203.0.113.7:443',
    pid: 4711,
    belongsTo: null,
  }
  return {
    ...usual,
    listenOnlySince: sceneStartAt - hourMs,
    links: [{ ...connectedLink, sentListening }],
    system: {
      state: 'complete',
      sentence:
        'Of the 4 sockets that the operating system knows of Picket and the processes it started, Picket does not list 1. Find out what they are before you trust this machine.',
      sockets: [...knownSockets, strange],
    },
  }
}

/** What a system other than Linux lets Picket know, and words of a site that are hostile. */
export function uncheckedDiagnostics(): Diagnostics {
  const usual = usualDiagnostics()
  return {
    ...usual,
    platform: 'darwin arm64',
    links: [{ ...lostLink, name: 'Source <b>x</b>\u202e', address: 'mqtt://a\u202eb:1883' }],
    system: {
      state: 'unavailable',
      sentence: 'This operating system does not let Picket read its own list of connections.',
      sockets: [],
    },
  }
}

const connectedLink = {
  name: 'Source site-broker',
  address: 'mqtts://broker.site.example:8883',
  isConnected: true,
  local: '10.20.0.9:51022',
  remote: '10.20.0.4:8883',
  bytesSent: 48_211,
  bytesReceived: 912_400_118,
  sent: [
    { type: 'connect', count: 2 },
    { type: 'subscribe', count: 4 },
    { type: 'publish', count: 611 },
    { type: 'pingreq', count: 1200 },
  ],
  received: [
    { type: 'connack', count: 2 },
    { type: 'suback', count: 4 },
    { type: 'publish', count: 1_284_400 },
    { type: 'pingresp', count: 1200 },
  ],
  sentListening: null,
}

const lostLink = {
  name: 'Source line-2',
  address: 'mqtt://10.20.0.5:1883',
  isConnected: false,
  local: null,
  remote: null,
  bytesSent: 0,
  bytesReceived: 0,
  sent: [],
  received: [],
  sentListening: null,
}

const knownSockets: SystemSocket[] = [
  {
    protocol: 'tcp',
    local: '127.0.0.1:8470',
    remote: null,
    pid: 4711,
    belongsTo: 'This page, listening',
  },
  {
    protocol: 'tcp',
    local: '127.0.0.1:8470',
    remote: '127.0.0.1:40122',
    pid: 4711,
    belongsTo: 'This page',
  },
  {
    protocol: 'tcp',
    local: '10.20.0.9:51022',
    remote: '10.20.0.4:8883',
    pid: 4711,
    belongsTo: 'Source site-broker',
  },
]
