import { afterEach, describe, expect, test } from 'vitest'
import type { EngineStatus } from '../../../../src/contract/model/status.ts'
import { encodeModel } from '../../../../src/detect/codec.ts'
import { judge } from '../../../../src/detect/judge.ts'
import { trainMetric } from '../../../../src/detect/train.ts'
import { engineProcesses, startProcess } from '../../../../src/server/child-process.ts'
import { createEngineLink, type EngineLink } from '../../../../src/station/engine/link.ts'
import type { EngineHost, EngineProcess } from '../../../../src/station/ports.ts'
import { busyBytes, day, fleetOf, monday, randomFrom } from '../../detect/synthetic-fleet.ts'
import { createHandClock, quietLog } from './hand-clock.ts'

const links: EngineLink[] = []

afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.stop()))
})

function linkTo(host: EngineHost, speed = 1) {
  const clock = createHandClock(speed)
  const link = createEngineLink({ host, clock, log: quietLog, role: 'The test engine' })
  links.push(link)
  return { link, clock }
}

/** A host whose processes run this script, and the processes it has started. */
function scripted(script: string): EngineHost & { processes: EngineProcess[] } {
  const processes: EngineProcess[] = []
  function start(): EngineProcess {
    const process = startProcess(new URL(script, import.meta.url))
    processes.push(process)
    return process
  }
  return { processes, start }
}

/** Real engines, and the processes that were started. */
function recorded(): EngineHost & { processes: EngineProcess[] } {
  const processes: EngineProcess[] = []
  function start(): EngineProcess {
    const process = engineProcesses.start()
    processes.push(process)
    return process
  }
  return { processes, start }
}

/** The next status of this state. */
function reached(link: EngineLink, state: EngineStatus['state']): Promise<EngineStatus> {
  return new Promise((resolve) => {
    const end = link.onStatus((status) => {
      if (status.state !== state) return
      end()
      resolve(status)
    })
  })
}

async function started(link: EngineLink): Promise<void> {
  const up = reached(link, 'up')
  link.start()
  await up
}

function learned() {
  const valueAt = busyBytes(randomFrom(7))
  const histories = fleetOf({ devices: 8, slots: 7 * day, valueAt })
  const model = trainMetric({ metricId: 'aws:all-bytes-out', histories })
  if (!model) throw new Error('the synthetic fleet must be enough to learn from')
  return model
}

const deaf = '../../../support/broken-engines/deaf.ts'
const crashing = '../../../support/broken-engines/crashing.ts'

describe('an engine in a process', () => {
  test('gives the verdicts and bands that the model gives here', async () => {
    const model = learned()
    const { link } = linkTo(engineProcesses)
    await started(link)
    expect(await link.load([encodeModel(model)])).toEqual(['aws:all-bytes-out'])
    const point = { deviceId: 'd0', metricId: 'aws:all-bytes-out', slot: monday + 8 * day }
    const points = [0, 2e4, 1e6].map((value) => ({ ...point, value }))
    const unknown = { ...point, metricId: 'aws:num-disconnects', value: 1 }
    const verdicts = await link.score([...points, unknown])
    expect(verdicts).toEqual([...points.map((each) => judge(model, each)), null])
    const query = { ...point, fromSlot: point.slot, toSlot: point.slot + 24, step: 12 }
    const band = await link.band({ ...query, confidence: 'HIGH' })
    const { low, high } = verdicts[0]?.expected.HIGH ?? {}
    expect(band?.low).toHaveLength(2)
    expect([band?.low[0], band?.high[0]]).toEqual([low, high])
    expect(await link.band({ ...query, metricId: 'x', confidence: 'LOW' })).toBeNull()
  })

  test('answers damaged models and absent databases with an error, and goes on', async () => {
    const { link } = linkTo(engineProcesses)
    await started(link)
    await expect(link.load([new Uint8Array(40)])).rejects.toThrow(/damaged/)
    const absent = link.check('/nonexistent/picket.db')
    await expect(absent).rejects.toMatchObject({ name: 'StationError' })
    expect(await link.score([])).toEqual([])
  })

  test('is seen to be down when it crashes, is started again, and asks for its models', async () => {
    const host = recorded()
    const { link, clock } = linkTo(host)
    let ups = 0
    link.onUp(() => ups++)
    await started(link)
    const down = reached(link, 'down')
    await host.processes[0]?.stop()
    expect((await down).sentence).toMatch(/^The test engine stopped by itself.*again in 0\.1 s/)
    await expect(link.score([])).rejects.toMatchObject({ code: 'ENGINE_DOWN' })
    const up = reached(link, 'up')
    clock.advance(100)
    expect((await up).restarts).toBe(1)
    expect(ups).toBe(2)
    expect(await link.score([])).toEqual([])
  })

  test('rejects the requests that were in flight when it went down', async () => {
    const host = scripted(deaf)
    const { link } = linkTo(host)
    link.start()
    const inFlight = [link.score([]), link.load([])]
    void host.processes[0]?.stop()
    for (const request of inFlight) {
      await expect(request).rejects.toMatchObject({ name: 'StationError', code: 'ENGINE_DOWN' })
    }
  })

  test('stops for good when the station stops it', async () => {
    const host = recorded()
    const { link, clock } = linkTo(host)
    await started(link)
    const inFlight = expect(link.score([])).rejects.toMatchObject({ code: 'ENGINE_DOWN' })
    await link.stop()
    await inFlight
    clock.advance(3_600_000)
    expect(link.status()).toMatchObject({ state: 'down', sentence: 'The test engine was stopped.' })
    expect(host.processes).toHaveLength(1)
  })
})

describe('a broken engine', () => {
  test('that crashes at once is started again after ever longer waits, up to 30 s', async () => {
    const { link, clock } = linkTo(scripted(crashing))
    const waits: number[] = []
    link.start()
    for (let crash = 0; crash < 11; crash++) {
      const { sentence } = await reached(link, 'down')
      const seconds = Number(/again in ([\d.]+) s/.exec(sentence)?.[1])
      waits.push(seconds)
      clock.advance(1000 * seconds)
    }
    expect(waits).toEqual([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30])
  })

  test('waits as long in real time where the clock runs fast', async () => {
    const host = scripted(crashing)
    const { link, clock } = linkTo(host, 60)
    link.start()
    await reached(link, 'down')
    clock.advance(99 * 60)
    expect(host.processes).toHaveLength(1)
    clock.advance(60)
    expect(host.processes).toHaveLength(2)
  })

  test('that ran for a minute is forgiven its earlier crashes', async () => {
    const host = recorded()
    const { link, clock } = linkTo(host)
    for (const [runs, wait] of [
      [0, '0.1'],
      [0, '0.2'],
      [60_000, '0.1'],
    ] as const) {
      await started(link)
      await answeredFor(runs, { link, clock })
      const down = reached(link, 'down')
      await host.processes.at(-1)?.stop()
      expect((await down).sentence).toContain(`again in ${wait} s`)
    }
  })

  test('that never answers is replaced after three missed heartbeats', async () => {
    const host = scripted(deaf)
    const { link, clock } = linkTo(host)
    link.start()
    clock.advance(14_999)
    expect(link.status().state).toBe('starting')
    const request = expect(link.score([])).rejects.toMatchObject({ code: 'ENGINE_DOWN' })
    clock.advance(1)
    await request
    expect(link.status()).toMatchObject({ state: 'down' })
    expect(link.status().sentence).toContain('did not answer')
    clock.advance(100)
    expect(host.processes).toHaveLength(2)
  })

  test('is not taken for dead while it trains', async () => {
    const host = scripted(deaf)
    const { link, clock } = linkTo(host)
    link.start()
    const job = { databasePath: '', metricIds: [], fromSlot: 0, toSlot: 0, minimumDatapoints: 0 }
    const training = expect(link.train(job)).rejects.toMatchObject({ code: 'ENGINE_DOWN' })
    clock.advance(600_000)
    expect(link.status().state).toBe('starting')
    expect(host.processes).toHaveLength(1)
    await link.stop()
    await training
  })

  test('whose host cannot start it is down with the reason, and tried again', () => {
    let attempts = 0
    const { link, clock } = linkTo({
      start() {
        attempts++
        throw new Error('no more processes')
      },
    })
    link.start()
    expect(link.status().sentence).toContain('could not be started: no more processes')
    clock.advance(300)
    expect(attempts).toBe(3)
  })
})

/** Lets an engine run while it answers every heartbeat. */
async function answeredFor(
  ms: number,
  { link, clock }: { link: EngineLink; clock: { advance(ms: number): void } },
): Promise<void> {
  for (let passed = 0; passed < ms; passed += 5_000) {
    clock.advance(5_000)
    // Answers come in the order of questions: once this is answered, so is the heartbeat before it.
    await link.score([])
  }
}
