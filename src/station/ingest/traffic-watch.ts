import type { DeviceId } from '../../contract/model/device.ts'

/** What a source saw of a device since an instant. */
export interface Traffic {
  /** Epoch ms; what was seen before is not counted. */
  since: number
  /** Messages of the device that the broker took. */
  messages: number
  lastMessageAt: number | null
  /** Connections and publishes that the broker refused. */
  refusedAttempts: number
}

/** Devices whose traffic is watched one by one: those off the network. Whoever adds one takes it out again. */
export type TrafficWatch = Map<DeviceId, Traffic>

/** Counts from an instant on. Watched since then already: goes on counting. */
export function watchTraffic(watch: TrafficWatch, deviceId: DeviceId, since: number): void {
  if (watch.get(deviceId)?.since === since) return
  watch.set(deviceId, { since, messages: 0, lastMessageAt: null, refusedAttempts: 0 })
}

export function noteMessages(
  watch: TrafficWatch,
  deviceId: DeviceId,
  { count, at }: { count: number; at: number },
): void {
  const traffic = watch.get(deviceId)
  if (!traffic || at < traffic.since) return
  traffic.messages += count
  traffic.lastMessageAt = at
}

export function noteRefused(watch: TrafficWatch, deviceId: DeviceId, at: number): void {
  const traffic = watch.get(deviceId)
  if (traffic && at >= traffic.since) traffic.refusedAttempts += 1
}
