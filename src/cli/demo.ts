import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { StationError } from '../contract/errors.ts'
import type { Alarm } from '../contract/model/alarm.ts'
import { slotOf, slotStartAt } from '../contract/model/time.ts'
import type { Attack } from '../demo/attack.ts'
import { createAcceleratedClock, type AcceleratedClock } from '../demo/accelerated-clock.ts'
import { createFleet, type SimulatedDevice } from '../demo/fleet.ts'
import { LiveDevices } from '../demo/live-devices.ts'
import { demoHistory, demoSettings, planAttack } from '../demo/script.ts'
import { HeadlessHost } from '../server/headless-host.ts'
import { defaultSettings } from '../server/settings-file.ts'
import { alarmLine } from './alarm-line.ts'
import { noticeLine } from './quarantine-lines.ts'
import { tellStation } from './demo-process.ts'
import { quarantineAlarmed } from './demo-quarantine.ts'
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
  const isOfStation = tellStation(link, () => process.kill(process.pid, 'SIGTERM'))
  if (!options.once && !isOfStation) openInBrowser(link)
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
  const settings = defaultSettings({ ...demoSettings(data), page: { port: options.port } })
  const alarmChanged = (alarm: Alarm) => {
    score.take(alarm)
    say(alarmLine(alarm))
  }
  return new HeadlessHost({
    settings,
    clock,
    log: createLog('warn'),
    notifier: { alarmChanged, quarantineChanged: (notice) => say(noticeLine(notice)) },
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

const howToQuarantine =
  'To take it off the network: open its alarm on the page and press q. What would be done is shown first; nothing happens before its name is typed. The Quarantine page proves it and brings it back.'

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
    const attack = this.#goLive()
    if (!this.#parts.options.once) return
    await Promise.all([this.#parts.score.untilSettled(), this.#quarantine(attack)])
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
      ...demoHistory(fleet, clock),
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

  /** Returns the attack that is to come. */
  #goLive(): Attack {
    const { fleet, clock, host, score, options } = this.#parts
    const broker = host.station.status().sources[0]?.address ?? ''
    clock.release()
    this.#live = new LiveDevices({ fleet, brokerUrl: broker, clock })
    this.#live.start()
    const attack = planAttack(fleet, clock, options.seed)
    this.#live.setAttack(attack)
    score.expect({ attack, clock, datapoints: () => host.station.status().store.datapoints })
    const seconds = Math.round((slotStartAt(attack.fromSlot) - clock.now()) / options.speed / 1000)
    say(
      `Live: a slot of 5 minutes takes ${300 / options.speed} s. In ${seconds} s ${attack.deviceId} is attacked.`,
    )
    if (!options.once) say(howToQuarantine)
    return attack
  }

  /** Takes the attacked device off the network once it is alarmed, and brings it back when the attack is over. */
  async #quarantine({ toSlot }: Attack): Promise<void> {
    const { host, clock, score } = this.#parts
    const alarm = await score.firstAlarm()
    if (!alarm) return
    const client = createRouterClient(host.station.router)
    const over = new AbortController()
    void score.untilSettled().then(() => over.abort())
    const heldUntil = slotStartAt(toSlot)
    const order = { client, clock, alarm, heldUntil, signal: over.signal }
    score.takeQuarantine(await quarantineAlarmed(order))
  }
}
