import type { StationClient } from '../contract/contract.ts'
import type { SystemStatus } from '../contract/model/status.ts'
import { inert, say } from './terminal.ts'

type Devices = Awaited<ReturnType<StationClient['devices']['list']>>['devices']
type Series = Awaited<ReturnType<StationClient['series']['get']>>

/** `picket status`, in words. */
export function showStatus(status: SystemStatus): void {
  const { store, engine, training, sources, devices, alarms } = status
  say(`${status.siteName}: Picket ${status.version}, ${iso(status.now)}`)
  say(
    `  devices   ${devices.reporting} of ${devices.total} reporting, last datapoint ${ago(status)}`,
  )
  say(`  alarms    ${alarms.active} active, ${alarms.suppressed} suppressed`)
  say(`  refused   ${status.rejected} inputs`)
  say(
    `  store     ${store.state}: ${store.datapoints} datapoints, ${store.bytes} bytes. ${store.sentence}`,
  )
  say(`  engine    ${engine.state}. ${engine.sentence}`)
  say(`  learning  ${training.state}. ${training.sentence}`)
  for (const { id, state, address, sentence } of sources) {
    say(`  source    ${id} (${address}) ${state}. ${inert(sentence)}`)
  }
}

/** `picket devices`, a line each. */
export function showDevices(devices: Devices): void {
  for (const { id, isReporting, lastDatapointAt, metrics, activeAlarms, rejected } of devices) {
    const state = isReporting ? 'reporting' : `last seen ${iso(lastDatapointAt)}`
    const counts = `${metrics.length} metrics, ${activeAlarms} alarms, ${rejected} refused`
    say(`${inert(id)}  ${state}  ${counts}`)
  }
}

/** `picket series`, a line a bucket. */
export function showSeries(series: Series): void {
  series.at.forEach((at, index) => {
    say(`${iso(at)}  ${series.mean[index]} ${series.metric.unit}`.trimEnd())
  })
  for (const { from, to, reason } of series.gaps)
    say(`gap ${iso(from)} to ${iso(to)}: ${inert(reason)}`)
}

function iso(at: number | null): string {
  return at === null ? 'never' : new Date(at).toISOString()
}

function ago({ now, lastDatapointAt }: SystemStatus): string {
  return lastDatapointAt === null ? 'never' : `${Math.round((now - lastDatapointAt) / 1000)} s ago`
}
