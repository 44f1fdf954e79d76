import type { Metric } from '../../contract/model/metric.ts'
import type { DataLoser } from '../../contract/model/quarantine.ts'
import type { Sample } from '../datapoint.ts'
import { capabilitiesOf, type Level } from './capabilities.ts'
import { audienceIn } from './mosquitto-audience.ts'
import { followLine, introduceSessions, settleFollower } from './mosquitto-follower.ts'
import { writtenAt, withoutSyslogPrefix } from './mosquitto-line.ts'
import {
  createFollower,
  type Evidence,
  type Follower,
  type FollowerPorts,
  unheard,
} from './mosquitto-log-state.ts'
import { logLevelOf } from './mosquitto-capabilities.ts'
import type { DeviceSeen, SourceContext } from './source.ts'

/** Clients that are remembered: more than a Mosquitto serves as a rule. */
const mostClients = 20_000

/** Beyond a client's keepalive and a half, for a busy broker and a slow way. */
const silenceSlackMs = 60_000

/** How the lines that come now are taken. */
type Mode =
  /** Only to know who is connected: they were written before Picket watched, or nobody knows when. */
  | 'learning'
  /** They were written while Picket was away, and say when. */
  | 'catching-up'
  | 'live'

/** A log of Mosquitto's, wherever its lines come from: what they say, and what is to be said of the log itself. */
export class LogWatch {
  readonly #context: SourceContext
  readonly #what: string
  readonly #follower: Follower
  readonly #live: FollowerPorts
  #mode: Mode = 'learning'
  /** Of the newest line, station time. */
  #lastLineAt: number | null = null
  /** Why no lines come, or null. */
  #trouble: string | null = 'Starting.'
  #isBrokerDown = false
  #isSilent = false
  #said = ''

  /** `what`: what is read, for sentences. */
  constructor(context: SourceContext, what: string) {
    this.#context = context
    this.#what = what
    this.#live = this.#ports()
    this.#follower = createFollower(this.#live, mostClients)
  }

  get lines(): number {
    return this.#follower.lines
  }

  get lastLineAt(): number | null {
    return this.#lastLineAt
  }

  get evidence(): Evidence {
    return { ...this.#follower.evidence }
  }

  /** Takes up what an earlier run had seen of this log. */
  restoreEvidence(evidence: Evidence): void {
    Object.assign(this.#follower.evidence, evidence)
  }

  /** From now on lines come that were written before. */
  begin(mode: Exclude<Mode, 'live'>): void {
    this.#mode = mode
    this.#follower.ports = mode === 'learning' ? this.#learning() : this.#live
    this.#evidenceChanged()
  }

  /** From now on lines come as they are written. */
  goLive(): void {
    const isNews = this.#mode === 'learning'
    this.#mode = 'live'
    this.#follower.ports = this.#live
    this.#evidenceChanged()
    if (isNews) introduceSessions(this.#follower, this.#context.clock.now())
    this.setTrouble(null)
  }

  take(line: string): void {
    const at = this.#timeOf(line)
    this.#lastLineAt = at
    this.#isSilent = false
    followLine(this.#follower, line, at)
  }

  tooLong(): void {
    const detail = 'a line that is longer than any of Mosquitto’s'
    this.#context.refused({ deviceId: null, reason: 'oversized', detail })
  }

  /** Lines that nobody will see: a gap, with its reason. */
  lost(sentence: string): void {
    this.#context.changed('disconnected', sentence)
    this.#said = sentence
    if (this.#mode === 'live') this.#say()
  }

  /** The reader could not keep up. */
  gaveUp(amount: string): void {
    const detail = `${amount} of the log that came faster than it could be read`
    this.#context.refused({ deviceId: null, reason: 'overload', detail })
    this.missedLines()
    this.lost(`Picket could not keep up with the log and left out ${amount}.`)
  }

  /** Why no lines can be read, or null when they can be. */
  setTrouble(trouble: string | null): void {
    this.#trouble = trouble
    this.#sayNow()
  }

  /** Lines were missed: who is connected is not known any more. */
  missedLines(): void {
    this.#follower.sessions.clear()
    this.#follower.isComplete = false
    this.#context.observations.sessionsLost()
  }

  drain(): Sample[] {
    const now = this.#context.clock.now()
    settleFollower(this.#follower)
    if (this.#mode === 'live') this.#listen(now)
    return this.#context.observations.drain(now)
  }

  levelOf(metric: Metric): Level {
    const { evidence, version } = this.#follower
    return logLevelOf(metric, { evidence, version })
  }

  /** Null where nothing of the device was seen, or the log does not show who subscribes. */
  audience(device: DeviceSeen): DataLoser[] | null {
    const { audience, evidence } = this.#follower
    const told = evidence.grants ? audienceIn(audience, device) : null
    return told?.filter(({ client }) => !this.#context.ownClients.has(client)) ?? null
  }

  capabilities() {
    return capabilitiesOf((metric) => this.levelOf(metric))
  }

  #ports(): FollowerPorts {
    const { observations, refused } = this.#context
    return {
      observations,
      refused: (reason, detail) => refused({ deviceId: null, reason, detail }),
      told: (news) => this.#told(news),
      evidenceChanged: () => this.#evidenceChanged(),
    }
  }

  /** Who is there is learned; nothing is counted. */
  #learning(): FollowerPorts {
    const ignored = () => undefined
    return {
      observations: unheard,
      refused: ignored,
      told: (news) => {
        if (news.kind === 'broker') this.#isBrokerDown = news.step === 'terminating'
      },
      evidenceChanged: ignored,
    }
  }

  /** A line of the past belongs to its own time, in the order of lines; one that comes now belongs to now. */
  #timeOf(line: string): number {
    const now = this.#context.clock.now()
    if (this.#mode === 'live') return now
    const written = writtenAt(withoutSyslogPrefix(line)) ?? now
    return Math.min(now, Math.max(written, this.#lastLineAt ?? 0))
  }

  #told(news: Parameters<FollowerPorts['told']>[0]): void {
    if (news.kind === 'dropping') return
    if (news.kind === 'suppressed') return this.gaveUp(`${news.lines} lines`)
    const didCrash = news.step === 'starting' && !this.#isBrokerDown && this.#follower.lines > 1
    this.#isBrokerDown = news.step === 'terminating'
    if (this.#mode !== 'live') return
    if (didCrash) this.lost('The broker ended without a word, and started again.')
    this.#say()
  }

  /** Clients with a keepalive say something in time, and the log shows it. If it does not, nobody is heard. */
  #listen(now: number): void {
    const { evidence, sessions } = this.#follower
    if (this.#isSilent || this.#lastLineAt === null || !evidence.messages) return this.#say()
    let limitMs = Infinity
    for (const { keepaliveMs } of sessions.values()) {
      if (keepaliveMs > 0) limitMs = Math.min(limitMs, 1.5 * keepaliveMs + silenceSlackMs)
    }
    this.#isSilent = now - this.#lastLineAt > limitMs
    if (this.#isSilent) this.#context.observations.sessionsLost()
    this.#say()
  }

  #evidenceChanged(): void {
    const { connections, messages } = this.#follower.evidence
    if (this.#mode === 'learning') return
    this.#context.observations.measures([
      ...(connections ? (['connectionAttempts', 'disconnects'] as const) : []),
      ...(messages ? (['messagesSent', 'messagesReceived', 'authorizationFailures'] as const) : []),
    ])
    this.#say()
  }

  #say(): void {
    if (this.#mode === 'live') this.#sayNow()
  }

  #sayNow(): void {
    const { state, sentence } = this.#condition()
    if (sentence === this.#said) return
    this.#said = sentence
    this.#context.changed(state, sentence)
  }

  #condition(): { state: 'connected' | 'disconnected'; sentence: string } {
    if (this.#trouble !== null) return { state: 'disconnected', sentence: this.#trouble }
    if (this.#isBrokerDown) {
      const sentence = `The broker has ended, says ${this.#what}. Picket waits for it to start.`
      return { state: 'disconnected', sentence }
    }
    if (this.#isSilent) {
      const sentence = `Nothing new in ${this.#what}, though clients are connected that must be heard of by now. Does the broker run, and write its log there?`
      return { state: 'disconnected', sentence }
    }
    const { connections, messages } = this.#follower.evidence
    const advice =
      connections && !messages
        ? ' It shows connections only: for messages and denials set `log_type all` in mosquitto.conf.'
        : ''
    return { state: 'connected', sentence: `Reading ${this.#what}.${advice}` }
  }
}
