import { awsMetrics } from '../../src/contract/model/aws-metrics.ts'
import type { ProbeReport, SourceEntry } from '../../src/contract/model/source.ts'
import type { Capability, SourceStatus } from '../../src/contract/model/status.ts'
import { hourMs, sceneStartAt } from './scripted-fleet.ts'

const noSecrets = { password: false, key: false, cert: false, ca: false }

/** Two sources added from the page, one of them with a certificate that is not checked. */
export function addedSources(): SourceEntry[] {
  return [
    {
      status: sourceOf('plant-log', {
        kind: 'mosquitto-log',
        address: '/var/log/mosquitto/mosquitto.log',
        sentence: 'Reading /var/log/mosquitto/mosquitto.log.',
        capabilities: logCapabilities(),
        notices: ['pump-7 was connected from two addresses at once, 3 times.'],
      }),
      origin: 'page',
      draft: {
        kind: 'mosquitto-log',
        id: 'plant-log',
        input: { kind: 'file', path: '/var/log/mosquitto/mosquitto.log' },
      },
      secretsSet: noSecrets,
      uncheckedSince: null,
    },
    {
      status: sourceOf('line-2', {
        kind: 'mqtt',
        address: 'mqtts://10.20.0.4:8883',
        state: 'disconnected',
        since: sceneStartAt - 11 * 60_000,
        sentence:
          'No connection to mqtts://10.20.0.4:8883 (connect ECONNREFUSED 10.20.0.4:8883). Nothing it carries is seen. Picket goes on trying.',
      }),
      origin: 'page',
      draft: {
        kind: 'mqtt',
        id: 'line-2',
        url: 'mqtts://10.20.0.4:8883',
        username: 'picket',
        trustAnyCertificate: { reason: 'New certificate is ordered, M. Huber.' },
        reports: true,
        deviceTopics: ['line-2/{device}/#'],
        sparkplug: false,
      },
      secretsSet: { ...noSecrets, password: true },
      uncheckedSince: sceneStartAt - 30 * hourMs,
    },
  ]
}

/** One whose every text was written by somebody who means harm. */
export function hostileSource(): SourceEntry {
  const [, entry] = addedSources()
  if (entry?.draft?.kind !== 'mqtt') throw new Error('the second source is of the kind mqtt')
  const text = '<img src=x onerror=alert(1)>\u202e'
  const status = {
    ...entry.status,
    address: `mqtts://${text}`,
    sentence: text.repeat(8),
    notices: [text],
  }
  const draft = { ...entry.draft, trustAnyCertificate: { reason: text } }
  return { ...entry, status, draft }
}

/** A test of a Mosquitto that publishes no log. */
export function troubledProbe(): ProbeReport {
  return {
    isReached: true,
    broker: { kind: 'mosquitto', version: '2.0.11' },
    findings: [
      { level: 'good', sentence: '10.20.0.4:1883 was reached, and took the login.' },
      {
        level: 'warning',
        sentence:
          'The connection is not encrypted: anybody on the way may read the password and every message. Use mqtts:// if the broker can.',
      },
      { level: 'good', sentence: 'The broker is Mosquitto 2.0.11.' },
      {
        level: 'problem',
        sentence:
          'The test made a connection, but Mosquitto published no line of its log about it.',
      },
    ],
    advice: [
      {
        title: 'Lines for mosquitto.conf',
        sentence: 'Add these and restart Mosquitto. Any log_dest replaces the usual one.',
        text: 'log_dest topic\nlog_type error\nlog_type warning\nlog_type notice\nconnection_messages true',
      },
    ],
    capabilities: logCapabilities(),
    tookMs: 3412,
  }
}

/** A test of a broker that says of itself what nobody should believe. */
export function hostileProbe(): ProbeReport {
  const text = '<svg onload=alert(1)>\u202e'
  return {
    ...troubledProbe(),
    broker: { kind: 'unknown', version: text },
    findings: [{ level: 'warning', sentence: `It calls itself “${text.repeat(9)}”.` }],
    advice: [{ title: text, sentence: text, text: `${text}\n${text.repeat(30)}` }],
  }
}

function sourceOf(id: string, more: Partial<SourceStatus>): SourceStatus {
  return {
    id,
    kind: 'mqtt',
    address: '',
    state: 'connected',
    since: sceneStartAt - 50 * hourMs,
    sentence: '',
    lastMessageAt: sceneStartAt - 3000,
    messages: 48_211,
    reportsAccepted: 0,
    rejected: 3,
    capabilities: [],
    notices: [],
    ...more,
  }
}

function logCapabilities(): Capability[] {
  return awsMetrics.map(({ id, origin }) => {
    if (origin === 'device') {
      return {
        metricId: id,
        level: 'not-measurable',
        reason: 'Device Defender reports are not taken from this source.',
      }
    }
    return id === 'aws:num-authorization-failures'
      ? { metricId: id, level: 'partial', reason: 'Mosquitto does not log who was refused.' }
      : { metricId: id, level: 'observed', reason: 'Read from the broker’s log.' }
  })
}
