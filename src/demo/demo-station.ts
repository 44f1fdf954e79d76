import { rm } from 'node:fs/promises'
import { slotOf, slotStartAt } from '../contract/model/time.ts'
import { createAcceleratedClock } from './accelerated-clock.ts'
import { createFleet } from './fleet.ts'
import { LiveDevices } from './live-devices.ts'
import { demoHistory, demoSettings, planAttack } from './script.ts'
import type { Clock, Log } from '../station/ports.ts'
import { stationSettings, type StationSettings } from '../station/settings.ts'
import type { Station } from '../station/station.ts'

const seed = 1
const fleetSize = 24

/** Seconds of station time in a real second. */
const speed = 60

/** What a host needs to run a station of the demo, and what happens to it. */
export interface Demo {
  clock: Clock
  settings: StationSettings
  /** History, learning, live devices, an attack. */
  play: (station: Station, log: Log) => Promise<void>
  stop: () => Promise<void>
}

/** Each demo begins anew: its time runs ahead of the clock, so what is in the folder is of no use to the next. */
export async function prepareDemo(data: string): Promise<Demo> {
  await rm(data, { recursive: true, force: true })
  const clock = createAcceleratedClock(slotStartAt(slotOf(Date.now()) + 1), speed)
  const fleet = createFleet({ seed, devices: fleetSize })
  let live: LiveDevices | null = null
  let isStopped = false

  async function play(station: Station, log: Log): Promise<void> {
    try {
      await act(station)
    } catch (error) {
      log.error({ error: String(error) }, 'The demo ended')
    }
  }

  async function act(station: Station): Promise<void> {
    await station.importHistory(demoHistory(fleet, clock))
    if (!isStopped) await station.trainNow()
    if (isStopped) return
    clock.release()
    const brokerUrl = station.status().sources[0]?.address ?? ''
    live = new LiveDevices({ fleet, brokerUrl, clock, attack: planAttack(fleet, clock, seed) })
    live.start()
  }

  async function stop(): Promise<void> {
    isStopped = true
    await live?.stop()
  }

  return { clock, settings: stationSettings.parse(demoSettings(data)), play, stop }
}
