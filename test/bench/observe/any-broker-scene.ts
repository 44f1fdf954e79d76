import { measuredLoad, type Feed } from './measure.ts'
import { runBare, runStation, sentMetrics, type Outcome } from './runs.ts'
import type { SceneOptions } from './scenes.ts'
import type { Stage } from './stage.ts'

/** More than a subscriber takes. The broker keeps what was not taken yet. */
const perSecond = 100_000

const wildcard = 'site/+/#'

/** A real Mosquitto, whose topics name the device. */
export async function anyBrokerScene(stage: Stage, options: SceneOptions): Promise<Outcome> {
  const { seconds, names: devices } = options
  const broker = await stage.startBroker(['max_queued_messages 0', 'set_tcp_nodelay true'])
  const { port, url } = broker
  const generator = stage.start('../ingest/generator-process.ts')
  const feed: Feed = async (feedSeconds) => {
    const load = { port, seconds: feedSeconds, pace: { perSecond } }
    const what = { kind: 'messages', devices } as const
    return measuredLoad(await generator.ask('publish', { ...load, what }))
  }
  const source = { kind: 'mqtt', id: 'bench', url, deviceTopics: ['site/{device}/#'] }
  const station = await stage.startStation(source)
  const measured = await runStation(station, { feed, seconds, metrics: sentMetrics })
  const subscriber = stage.start('./subscriber-process.ts')
  await subscriber.ask('start', { port, filters: [wildcard] })
  const bare = await runBare(subscriber, feed, seconds)
  await generator.end()
  await broker.stop()
  return { source: 'any broker, wildcard', stream: 'messages', ...measured, bare }
}
