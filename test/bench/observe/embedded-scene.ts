import { measuredLoad, type Feed } from './measure.ts'
import { runStation, sentMetrics, type Outcome } from './runs.ts'
import type { SceneOptions } from './scenes.ts'
import type { Stage } from './stage.ts'

/** What the embedded broker is sized to, messages a second. */
export const embeddedRate = 20_000

/** What it did not take yet waits in the connections. */
const floodRate = 80_000

type Scene = (stage: Stage, options: SceneOptions) => Promise<Outcome>

/** Devices publish to the station's own broker; where it is heard, a bare subscriber there gets all they say. */
export const embeddedScenes: Scene[] = [
  (stage, options) => embedded(stage, options, { perSecond: embeddedRate, isHeard: false }),
  (stage, options) => embedded(stage, options, { perSecond: embeddedRate, isHeard: true }),
  (stage, options) => embedded(stage, options, { perSecond: floodRate, isHeard: false }),
  (stage, options) => embedded(stage, options, { perSecond: floodRate, isHeard: true }),
]

async function embedded(
  stage: Stage,
  { seconds, names }: SceneOptions,
  { perSecond, isHeard }: { perSecond: number; isHeard: boolean },
): Promise<Outcome> {
  const station = await stage.startStation({ kind: 'embedded-broker', port: 0 })
  const { address } = await station.worker.ask('source', undefined)
  const port = Number(new URL(address).port)
  const beside = isHeard ? stage.start('./subscriber-process.ts') : null
  await beside?.ask('start', { port, filters: ['site/#'] })
  const devices = stage.start('./devices-process.ts')
  await devices.ask('connectAll', { port, names })
  const feed: Feed = async (feedSeconds) => {
    const most = Number.MAX_SAFE_INTEGER
    const load = await devices.ask('publish', { seconds: feedSeconds, perSecond, most })
    await devices.ask('disconnectAll', undefined)
    return measuredLoad(load)
  }
  const measured = await runStation(station, { feed, seconds, metrics: sentMetrics, beside })
  await Promise.all([beside?.end(), devices.end()])
  const pace = perSecond === embeddedRate ? 'the rate it is sized to' : 'a flood'
  const audience = isHeard ? 'one subscriber hears all' : 'nobody subscribes'
  return { source: 'embedded broker', stream: `${pace}, ${audience}`, ...measured }
}
