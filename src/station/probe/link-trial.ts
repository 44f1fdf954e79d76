import { lookup } from 'node:dns/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type MqttClient } from 'mqtt'
import { emqxRuleTopic } from '../ingest/emqx-rule.ts'
import { loginOptions, type LinkCredentials } from '../ingest/link-credentials.ts'
import type { OwnLinks } from '../ingest/own-links.ts'
import type { MqttLinkSettings } from '../settings.ts'
import { brokerFrom, isAwsHost, kindFilters } from './broker-kind.ts'
import { failureSentence } from './link-failure.ts'
import type { FilterAnswer, LinkTrial } from './trial.ts'

const connectMs = 8_000
const answerMs = 5_000
const listenMs = 3_000
const lookEveryMs = 50

export interface TrialPlan {
  settings: MqttLinkSettings
  credentials: LinkCredentials
  /** What the source subscribes to. */
  filters: readonly string[]
  clientId: string
  links: OwnLinks
  /** Connect a second time, for the broker to tell of. */
  provokes: boolean
}

/** Connects, subscribes and listens for a while. Never publishes; what it sends connects, subscribes and parts. */
export async function tryLink(plan: TrialPlan): Promise<LinkTrial> {
  const { hostname, host } = new URL(plan.settings.url)
  const trial = createTrial(isAwsHost(hostname))
  try {
    await lookUp(hostname.replace(/^\[|\]$/g, ''))
    const client = await open(plan, plan.clientId)
    try {
      await listen(client, plan, trial)
    } finally {
      await part(client)
    }
  } catch (error) {
    trial.failure = failureSentence(error, host)
  }
  return trial
}

async function lookUp(name: string): Promise<void> {
  const late = pause(answerMs).then(() => Promise.reject(codedError('EAI_AGAIN')))
  // Whichever loses must not end the station with an error that nobody waits for.
  late.catch(() => undefined)
  await Promise.race([lookup(name), late])
}

function createTrial(isAws: boolean): LinkTrial {
  return {
    failure: null,
    answers: [],
    broker: { kind: isAws ? 'aws' : 'unknown', version: null },
    isProvokedSeen: null,
    isRuleSeen: false,
    wasCutOff: false,
  }
}

/** Resolves once the broker has accepted the login. */
async function open(plan: TrialPlan, clientId: string): Promise<MqttClient> {
  const { settings, credentials, links } = plan
  const client = connect(settings.url, {
    reconnectPeriod: 0,
    connectTimeout: connectMs,
    resubscribe: false,
    clean: true,
    clientId,
    manualConnect: true,
    ...loginOptions(settings, credentials),
  })
  links.record(client, { name: `Test of ${settings.id}`, address: settings.url })
  try {
    await opened(client)
    return client
  } catch (error) {
    client.end(true)
    throw error
  }
}

function opened(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays: an error later on, such as a reset, must not end the station. The close tells of it.
    client.on('error', reject)
    client.once('connect', () => resolve())
    client.once('close', () => reject(codedError('EARLY_END')))
    const timer = setTimeout(() => reject(codedError('ETIMEDOUT')), connectMs)
    client.once('connect', () => clearTimeout(timer))
    client.once('close', () => clearTimeout(timer))
    client.connect()
  })
}

function codedError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

async function listen(client: MqttClient, plan: TrialPlan, trial: LinkTrial): Promise<void> {
  const secondId = `${plan.clientId}-2`
  const matches = new Map<string, (topic: string) => boolean>()
  client.on('message', (topic, payload) => {
    for (const answer of trial.answers) {
      if (matches.get(answer.filter)?.(topic)) answer.arrived += 1
    }
    const text = payload.subarray(0, 4096).toString('utf8')
    trial.broker = brokerFrom(trial.broker, topic, text)
    const isTold = /^\$(SYS|picket)\//.test(topic) && `${topic} ${text}`.includes(secondId)
    if (isTold && plan.provokes) trial.isProvokedSeen = true
    if (isTold && topic === emqxRuleTopic) trial.isRuleSeen = true
  })
  const kinds = trial.broker.kind === 'aws' ? [] : kindFilters
  const others = kinds.filter((filter) => !plan.filters.includes(filter))
  // What is wanted first: a broker may end the connection over what only tells its kind.
  for (const filters of [plan.filters, others]) {
    const asked = filters.map((filter) => {
      matches.set(filter, matcherOf(filter))
      const isWanted = filters === plan.filters
      return { filter, isWanted, isGranted: false, arrived: 0 }
    })
    trial.answers.push(...asked)
    await Promise.all(asked.map((answer) => ask(client, answer)))
  }
  if (plan.provokes) await provoke(plan, trial, secondId)
  const until = performance.now() + listenMs
  while (performance.now() < until && !isAnswered(plan, trial)) await pause(lookEveryMs)
  trial.wasCutOff = !client.connected
}

async function ask(client: MqttClient, answer: FilterAnswer): Promise<void> {
  if (!client.connected) return
  const granted = client.subscribeAsync(answer.filter, { qos: 0 }).then(
    () => true,
    () => false,
  )
  answer.isGranted = await Promise.race([granted, pause(answerMs, false)])
}

/** A connection that is made and ended for the broker to tell of it. */
async function provoke(plan: TrialPlan, trial: LinkTrial, clientId: string): Promise<void> {
  trial.isProvokedSeen ??= false
  try {
    await part(await open(plan, clientId))
  } catch {
    // A broker that takes a login once only: then nothing can be said of what it would have told.
    trial.isProvokedSeen = null
  }
}

/** Everything that could still come has come. */
function isAnswered(plan: TrialPlan, { answers, isProvokedSeen, isRuleSeen }: LinkTrial): boolean {
  const isQuiet = ({ isWanted, isGranted, arrived }: FilterAnswer) =>
    isWanted && isGranted && arrived === 0
  if (plan.provokes) return isProvokedSeen === true && (isRuleSeen || !isRuleAsked(plan))
  return !answers.some(isQuiet)
}

function isRuleAsked({ filters }: TrialPlan): boolean {
  return filters.some((filter) => filter.startsWith('$picket/'))
}

/** MQTT 3.1.1, 4.7. */
function matcherOf(filter: string): (topic: string) => boolean {
  const levels = filter.split('/')
  return (topic) => {
    const parts = topic.split('/')
    if (/^[+#]/.test(filter) && topic.startsWith('$')) return false
    const end = levels.at(-1) === '#' ? levels.length - 1 : levels.length
    const isLongEnough = levels.at(-1) === '#' ? parts.length >= end : parts.length === end
    return (
      isLongEnough && levels.slice(0, end).every((level, i) => level === '+' || level === parts[i])
    )
  }
}

async function part(client: MqttClient): Promise<void> {
  await Promise.race([client.endAsync(), pause(1_000)])
  client.end(true)
}
