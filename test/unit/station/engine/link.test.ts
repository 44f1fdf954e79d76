import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import type { EngineStatus } from '../../../../src/contract/model/status.ts'
import { slotMs } from '../../../../src/contract/model/time.ts'
import { encodeModel } from '../../../../src/detect/trained/codec.ts'
import { createJudge } from '../../../../src/detect/trained/judge.ts'
import { trainGroup } from '../../../../src/detect/trained/train.ts'
import { childProcesses, startProcess } from '../../../../src/server/child-process.ts'
import { createEngineLink, type EngineLink } from '../../../../src/station/engine/link.ts'
import type { ProcessHost, ProgramProcess } from '../../../../src/station/ports.ts'
import { busyBytes, day, fleetOf, monday, randomFrom } from '../../detect/synthetic-fleet.ts'
import { openStore } from '../../../../src/station/store/open.ts'
import { temporaryFolder } from '../store/store-folder.ts'
import { createHandClock, quietLog } from './hand-clock.ts'

const links: EngineLink[] = []

afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.stop()))
})

function linkTo(host: ProcessHost, speed = 1) {
  const clock = createHandClock(speed)
  const link = createEngineLink({ host, clock, log: quietLog, role: 'The test engine' })
  links.push(link)
  return { link, clock }
}

/** A host whose processes run this script, and the processes it has started. */
function scripted(script: string): ProcessHost & { processes: ProgramProcess[] } {
  const processes: ProgramProcess[] = []
  function start(): ProgramProcess {
    const process = startProcess(new URL(script, import.meta.url))
    processes.push(process)
    return process
  }
  return { processes, start }
}

/** Real engines, and the processes that were started. */
function recorded(): ProcessHost & { processes: ProgramProcess[] } {
  const processes: ProgramProcess[] = []
  function start(): ProgramProcess {
    const process = childProcesses.start('engine')
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

const bytesOut = 'aws:all-bytes-out'

/** A model of eight devices, made here, and a database in which nothing was measured yet. */
function learned() {
  const fleet = fleetOf({ devices: 8, slots: 7 * day, valueAt: busyBytes(randomFrom(7)) })
  const devices = fleet.map(({ deviceId, slots, values }) => {
    return { deviceId, series: [{ slots, values }] }
  })
  const { model } = trainGroup({ slotMs, metricIds: [bytesOut], devices }, { minimumDatapoints: 1 })
  if (!model) throw new Error('the synthetic fleet must be enough to learn from')
  const store = openStore({ folder: temporaryFolder(), holder: 'a test' })
  onTestFinished(() => store.close())
  const job = { model: encodeModel(model), databasePath: store.path, throughSlot: monday }
  return { model, job }
}

const deaf = '../../../support/broken-engines/deaf.ts'
const crashing = '../../../support/broken-engines/crashing.ts'

describe('an engine in a process', () => {
  test('gives the verdicts, reasons and bands that the model gives here', async () => {
    const { model, job } = learned()
    const { link } = linkTo(childProcesses)
    await started(link)
    expect(await link.load(job)).toEqual([bytesOut])
    const common = {
      deviceId: 'd0',
      metricId: bytesOut,
      isPartial: false,
      explainAt: 'LOW',
    } as const
    const slot = monday + 8 * day
    const points = [2e4, 1e7, 1e6].map((value, at) => ({ ...common, slot: slot + at, value }))
    const unknown = { ...common, metricId: 'aws:num-disconnects', slot, value: 1 }
    const { points: verdicts, devices } = await link.score([...points, unknown])
    const judge = createJudge(model)
    const here = points.map(({ deviceId, slot: at, value }) =>
      judge.step({ deviceId, slot: at, values: Float64Array.of(value) }),
    )
    expect(verdicts.map((verdict) => verdict?.score)).toEqual([
      ...here.map(({ metrics }) => metrics[0]?.score),
      undefined,
    ])
    expect(devices.map(({ score }) => score)).toEqual(here.map(({ device }) => device.score))
    expect(verdicts.map((verdict) => (verdict?.explanation?.components.length ?? 0) > 0)).toEqual([
      false,
      true,
      true,
      false,
    ])
    const query = {
      deviceId: 'd0',
      metricId: bytesOut,
      fromSlot: slot,
      toSlot: slot + 24,
      step: 12,
    }
    const band = await link.band({ ...query, confidence: 'HIGH' })
    expect(band).toEqual(judge.band({ ...query, confidence: 'HIGH' }))
    expect(band?.low).toHaveLength(2)
    expect(await link.band({ ...query, metricId: 'x', confidence: 'LOW' })).toBeNull()
  })

  test('answers damaged models and absent databases with an error, and goes on', async () => {
    const { job } = learned()
    const { link } = linkTo(childProcesses)
    await started(link)
    await expect(link.load({ ...job, model: new Uint8Array(40) })).rejects.toThrow(/damaged/)
    const absent = link.check('/nonexistent/picket.db')
    await expect(absent).rejects.toMatchObject({ name: 'StationError' })
    expect(await link.score([])).toEqual({ points: [], devices: [] })
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
    expect(await link.score([])).toEqual({ points: [], devices: [] })
  })

  test('rejects the requests that were in flight when it went down', async () => {
    const host = scripted(deaf)
    const { link } = linkTo(host)
    link.start()
    const inFlight = [link.score([]), link.check('')]
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
    const slots = { fromSlot: 0, toSlot: 0, minimumDatapoints: 0 }
    const job = { databasePath: '', metricIds: [], ...slots, previous: null, falsePositives: [] }
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
