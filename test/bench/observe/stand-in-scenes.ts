import { countPresence } from './captured.ts'
import type { Feed } from './measure.ts'
import { presenceMetrics, runBare, runStation, sentMetrics, type Outcome } from './runs.ts'
import type { SceneOptions } from './scenes.ts'
import type { Stage } from './stage.ts'
import type { Message } from './stand-in-process.ts'

/** What a broker of somebody else's would publish; a stand-in sends it as fast as it is taken. */
interface Script {
  source: string
  stream: string
  kind: 'emqx' | 'mosquitto-topics'
  filters: string[]
  opening: Message[]
  lap: Message[]
  /** What a lap must add to these metrics. */
  countedPerLap: number
  metrics: readonly string[]
}

/** Lines that a real Mosquitto published while devices came and went. */
export function mosquittoTopicsScene(stage: Stage, options: SceneOptions): Promise<Outcome> {
  const { lines } = options.captured
  return play(stage, options, {
    source: 'mosquitto-topics',
    stream: 'log lines of connections and their ends',
    kind: 'mosquitto-topics',
    filters: ['$SYS/broker/log/#'],
    opening: [],
    lap: lines,
    countedPerLap: countPresence(lines),
    metrics: presenceMetrics,
  })
}

/** Events as Picket's rule has EMQX publish them: each device connects once, then publishes in turn. */
export function emqxScene(stage: Stage, options: SceneOptions): Promise<Outcome> {
  const { names } = options
  return play(stage, options, {
    source: 'emqx, rule events',
    stream: 'events of messages',
    kind: 'emqx',
    filters: ['$picket/ev/+'],
    opening: names.map((name) => ruleEvent(name, { event: 'client.connected' })),
    lap: names.map((name) => ruleEvent(name, { event: 'message.publish', bytes: 60 })),
    countedPerLap: names.length,
    metrics: sentMetrics,
  })
}

/** The columns that `emqx-rule.ts` selects. */
function ruleEvent(clientid: string, fields: { event: string; bytes?: number }): Message {
  const nothing = 'undefined'
  const payload = {
    ...{ picket: 1, clientid, username: nothing, peername: '192.0.2.7:49152' },
    ...{ reason: nothing, reason_code: nothing, disconnected_at: nothing },
    ...{ connected_at: 1_790_000_000_000, bytes: 0, ...fields },
  }
  return { topic: '$picket/ev/1', payload: JSON.stringify(payload) }
}

async function play(stage: Stage, { seconds }: SceneOptions, script: Script): Promise<Outcome> {
  const { source, stream, kind, filters, metrics } = script
  const watched = await openStandIn(stage, script)
  const url = `mqtt://127.0.0.1:${watched.port}`
  const station = await stage.startStation({ kind, id: 'bench', url })
  const measured = await runStation(station, { feed: watched.feed, seconds, metrics })
  await watched.end()
  const heard = await openStandIn(stage, script)
  const subscriber = stage.start('./subscriber-process.ts')
  await subscriber.ask('start', { port: heard.port, filters })
  const bare = await runBare(subscriber, heard.feed, seconds)
  await heard.end()
  return { source, stream, ...measured, bare }
}

async function openStandIn(
  stage: Stage,
  { opening, lap, countedPerLap }: Script,
): Promise<{ port: number; feed: Feed; end(): Promise<void> }> {
  const standIn = stage.start('./stand-in-process.ts')
  const port = await standIn.ask('listen', undefined)
  async function feed(seconds: number) {
    const { laps } = await standIn.ask('play', { opening, lap, seconds })
    return {
      messages: opening.length + laps * lap.length,
      counted: laps * countedPerLap,
      offeredPerSecond: null,
    }
  }
  return { port, feed, end: () => standIn.end() }
}
