import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StationError } from '../contract/errors.ts'
import type { Alarm } from '../contract/model/alarm.ts'
import { slotMs, slotOf, slotsPerDay, slotStartAt } from '../contract/model/time.ts'
import { createAcceleratedClock, type AcceleratedClock } from '../demo/accelerated-clock.ts'
import type { Attack } from '../demo/attack.ts'
import { controllerId } from '../demo/controller.ts'
import { createFleet, type SimulatedDevice } from '../demo/fleet.ts'
import { simulateHistory } from '../demo/history.ts'
import { LiveDevices } from '../demo/live-devices.ts'
import { HeadlessHost } from '../server/headless-host.ts'
import { defaultSettings } from '../server/settings-file.ts'
import { alarmLine } from './alarm-line.ts'
import { DemoScore } from './demo-score.ts'
import { untilInterrupted } from './interrupt.ts'
import { createLog } from './log.ts'
import { createProgressBar, openInBrowser, say, sayJson } from './terminal.ts'

export interface DemoOptions {
  once?: boolean
  json?: boolean
  seed: number
  devices: number
  speed: number
  data?: string
  port: number
}

const historyDays = 14

/** AWS's 13 metrics. */
const metricsPerDevice = 13

/** Slots that the attack lasts. */
const attackSlots = 3

/** The attack begins so many slots after going live, or fewer where that would take longer than this. */
const attackAfterSlots = 3
const attackWithinMs = 45_000

/** Few enough that a fleet of three devices can be learned from two weeks. */
const minimumDatapoints = 5000

/** `picket demo`. Resolves with the exit code. */
export async function demo(options: DemoOptions): Promise<number> {
  refuseUsedFolder(options.data)
  const fleet = createFleet({ seed: options.seed, devices: options.devices })
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'picket-demo-')))
  const clock = createAcceleratedClock(slotStartAt(slotOf(Date.now()) + 1), options.speed)
  const score = new DemoScore()
  const host = createHost({ options, data, clock, score })
  const interrupted = untilInterrupted()
  await host.start()
  const link = host.signInLink()
  say(`Picket demo: ${fleet.length} simulated devices. The page: ${link}`)
  if (!options.once) openInBrowser(link)
  const show = new DemoShow({ options, fleet, clock, host, score })
  try {
    await Promise.race([show.play(), interrupted])
    if (!options.once) await interrupted
  } finally {
    await show.stop()
    await host.stop()
    if (!options.data) await rm(data, { recursive: true, force: true })
  }
  say(options.data ? `Stopped. The data are kept in ${data}.` : 'Stopped. The data were discarded.')
  if (options.json) sayJson({ devices: fleet.length, ...score.result() })
  return options.once && !score.isPassed() ? 1 : 0
}

/** Simulated time runs ahead of the clock, so a second demo would find its history already taken. */
function refuseUsedFolder(folder: string | undefined): void {
  if (!folder || !existsSync(join(folder, 'picket.db'))) return
  const sentence = `${folder} holds the data of an earlier run. Delete them, or name another folder.`
  throw new StationError('INPUT_INVALID', sentence)
}

function createHost({
  options,
  data,
  clock,
  score,
}: {
  options: DemoOptions
  data: string
  clock: AcceleratedClock
  score: DemoScore
}): HeadlessHost {
  const settings = defaultSettings({
    data,
    site: 'demo site',
    page: { port: options.port },
    training: { minimumDatapoints },
    sources: [{ kind: 'embedded-broker', port: 0, gateways: { [controllerId]: ['*'] } }],
  })
  const alarmChanged = (alarm: Alarm) => {
    score.take(alarm)
    say(alarmLine(alarm))
  }
  return new HeadlessHost({
    settings,
    clock,
    log: createLog('warn'),
    notifier: { alarmChanged },
    holder: 'picket demo',
  })
}

interface DemoParts {
  options: DemoOptions
  fleet: readonly SimulatedDevice[]
  clock: AcceleratedClock
  host: HeadlessHost
  score: DemoScore
}

/** What happens, in order: history, learning, live devices, an attack. */
class DemoShow {
  readonly #parts: DemoParts
  #live: LiveDevices | null = null
  #isStopped = false

  constructor(parts: DemoParts) {
    this.#parts = parts
  }

  async play(): Promise<void> {
    await this.#readHistory()
    if (this.#isStopped) return
    await this.#learn()
    if (this.#isStopped) return
    this.#goLive()
    if (this.#parts.options.once) await this.#parts.score.untilSettled()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#parts.score.cancel()
    await this.#live?.stop()
  }

  async #readHistory(): Promise<void> {
    const { fleet, clock, host } = this.#parts
    const bar = createProgressBar('Reading 14 days of history')
    await host.station.importHistory({
      label: 'Simulated history',
      total: fleet.length * metricsPerDevice * historyDays * slotsPerDay,
      slots: simulateHistory({ fleet, untilSlot: slotOf(clock.now()), days: historyDays }),
      onProgress: ({ done, total, datapointsPerSecond: rate, remainingMs }) =>
        bar({ done, total, rate, remainingMs }),
    })
  }

  async #learn(): Promise<void> {
    const { host, score } = this.#parts
    say('Learning what each device normally does.')
    await host.station.trainNow()
    const { training, store } = host.station.status()
    score.trainMs = training.tookMs
    say(`${training.sentence} It took ${training.tookMs} ms. The store has ${store.bytes} bytes.`)
  }

  #goLive(): void {
    const { fleet, clock, host, score, options } = this.#parts
    const broker = host.station.status().sources[0]?.address ?? ''
    clock.release()
    this.#live = new LiveDevices({ fleet, brokerUrl: broker, clock })
    this.#live.start()
    const attack = planAttack(fleet, slotOf(clock.now()), options)
    this.#live.setAttack(attack)
    score.expect({ attack, clock, datapoints: () => host.station.status().store.datapoints })
    const seconds = Math.round((slotStartAt(attack.fromSlot) - clock.now()) / options.speed / 1000)
    say(
      `Live: a slot of 5 minutes takes ${300 / options.speed} s. In ${seconds} s ${attack.deviceId} is attacked.`,
    )
  }
}

function planAttack(
  fleet: readonly SimulatedDevice[],
  slot: number,
  { speed, seed }: DemoOptions,
): Attack {
  const slots = Math.floor((attackWithinMs * speed) / slotMs)
  const fromSlot = slot + Math.max(1, Math.min(attackAfterSlots, slots))
  const target = fleet[seed % fleet.length] ?? fleet[0]
  if (!target) throw new RangeError('a fleet without devices')
  return { deviceId: target.id, kind: 'exfiltration', fromSlot, toSlot: fromSlot + attackSlots }
}
