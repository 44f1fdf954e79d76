import type { DeviceId } from '../contract/model/device.ts'
import { slotMs, slotOf, slotStartAt } from '../contract/model/time.ts'
import type { Clock } from '../station/ports.ts'
import type { Attack } from './attack.ts'
import { controllerId, controllerSettingsTopic } from './controller.ts'
import type { SimulatedDevice } from './fleet.ts'
import { type LiveClient, openLiveClient } from './live-client.ts'
import { reportTopic } from './report.ts'
import { type Action, slotActions } from './timeline.ts'

/** How long a device waits before it tries to connect again, in its own time. */
const retryMs = 15_000

/** No device does anything before this part of a slot. */
const quietPart = 0.15

interface LiveDevicesOptions {
  fleet: readonly SimulatedDevice[]
  /** Where the station's broker listens: `mqtt://host:port`. */
  brokerUrl: string
  clock: Clock
  attack?: Attack
}

/** The fleet and the site controller as real MQTT clients that act out `planSlot` on the station's clock. */
export class LiveDevices {
  readonly #options: LiveDevicesOptions
  #attack: Attack | undefined
  #clients = new Map<DeviceId, LiveClient>()
  #queue: Action[] = []
  #cancelTimer = () => {}

  constructor(options: LiveDevicesOptions) {
    this.#options = options
    this.#attack = options.attack
  }

  /** Connects all clients; they act from the next full slot on. Once only, unless stopped. */
  start(): void {
    const { fleet, clock } = this.#options
    for (const device of fleet) this.#open(device.id, topicsOf(device))
    this.#open(controllerId, [controllerSettingsTopic])
    this.#playFrom(slotOf(clock.now()) + 1)
  }

  /** Disconnects all clients and waits until they are gone. */
  async stop(): Promise<void> {
    this.#cancelTimer()
    const clients = [...this.#clients.values()]
    this.#clients.clear()
    await Promise.all(clients.map((client) => client.stop()))
  }

  /** Stages another attack, or none, from the first slot that starts after the call. */
  setAttack(attack: Attack | undefined): void {
    this.#attack = attack
  }

  #open(id: DeviceId, topics: string[]): void {
    const { brokerUrl, clock } = this.#options
    const retryRealMs = Math.max(50, Math.round(retryMs / clock.speed))
    this.#clients.set(id, openLiveClient({ brokerUrl, id, topics, retryMs: retryRealMs }))
  }

  #playFrom(slot: number): void {
    this.#cancelTimer = this.#wakeAt(slotStartAt(slot), () => {
      this.#queue = slotActions(this.#options.fleet, slot, this.#attack)
      this.#playDue()
    })
  }

  /** Does what is due, then sleeps until the next action or the next slot. */
  #playDue(): void {
    const now = this.#options.clock.now()
    const firstLater = this.#queue.findIndex((action) => action.at > now)
    const due = firstLater < 0 ? this.#queue : this.#queue.slice(0, firstLater)
    this.#queue = this.#queue.slice(due.length)
    for (const action of due) this.#perform(action, now)
    const next = this.#queue[0]
    if (next === undefined) this.#playFrom(nextPlayableSlot(now))
    else this.#cancelTimer = this.#wakeAt(next.at, () => this.#playDue())
  }

  /** Skips what a slept-through slot has left over: it would be counted in a slot it does not belong to. */
  #perform({ at, clientId, act }: Action, now: number): void {
    if (slotOf(now) !== slotOf(at)) return
    const client = this.#clients.get(clientId)
    if (act.kind === 'reconnect') client?.reconnect()
    else client?.publish(act)
  }

  #wakeAt(at: number, run: () => void): () => void {
    const { clock } = this.#options
    return clock.after(Math.max(0, at - clock.now()), run)
  }
}

/** The first slot of which nothing is missed yet: the next one, or this one while it is quiet. */
function nextPlayableSlot(now: number): number {
  return slotOf(now - quietPart * slotMs) + 1
}

function topicsOf(device: SimulatedDevice): string[] {
  const topic = reportTopic(device)
  return [`site/${device.id}/commands`, `${topic}/accepted`, `${topic}/rejected`]
}
