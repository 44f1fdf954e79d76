import { resolve } from 'node:path'
import type { Command } from 'commander'
import { asMetricId } from '../contract/model/aws-metrics.ts'
import { deviceId } from '../contract/model/device.ts'
import { StationError } from '../contract/errors.ts'
import { dayMs } from '../contract/model/time.ts'
import { readConnection } from '../server/holder-file.ts'
import { alarmLine } from './alarm-line.ts'
import { askStation, signInLink } from './ask.ts'
import { showDevices, showSeries, showStatus } from './show.ts'
import { say, sayJson } from './terminal.ts'

interface AskOptions {
  data: string
  json?: boolean
}

/** Commands that ask a running station. */
export function addAskCommands(program: Command): void {
  asking(program, 'status', 'how the station is doing').action(status)
  asking(program, 'devices', 'every device it knows').action(devices)
  asking(program, 'series <device> <metric>', "a device's datapoints")
    .option('--days <number>', 'how far back', Number, 1)
    .action(series)
  const alarms = program.command('alarms').description('alarms of the station')
  asking(alarms, 'list', 'active alarms')
    .option('--history', 'past ones too')
    .option('--days <number>', 'how far back the history goes', Number, 30)
    .action(listAlarms)
  asking(program, 'open', 'a new link to the page').action(open)
  const store = program.command('store').description('the database of the station')
  asking(store, 'check', 'read all of it and report damage').action(checkStore)
  asking(store, 'backup <file>', 'copy it while the station runs').action(backupStore)
}

function asking(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--data <folder>', 'data folder of the station', 'picket-data')
    .option('--json', 'answer with one line of JSON')
}

async function status({ data, json }: AskOptions): Promise<void> {
  const answer = await askStation(data, (station) => station.system.status())
  if (json) sayJson(answer)
  else showStatus(answer)
}

async function devices({ data, json }: AskOptions): Promise<void> {
  const answer = await askStation(data, async (station) => {
    const all = []
    for (let page = await station.devices.list({ limit: 1000 }); ;) {
      all.push(...page.devices)
      if (page.devices.length === 0 || all.length >= page.total) return all
      page = await station.devices.list({ limit: 1000, offset: all.length })
    }
  })
  if (json) sayJson(answer)
  else showDevices(answer)
}

async function series(
  device: string,
  metric: string,
  { data, json, days }: AskOptions & { days: number },
): Promise<void> {
  const ids = seriesIds(device, metric)
  const answer = await askStation(data, async (station) => {
    const { now } = await station.system.status()
    return station.series.get({ ...ids, from: now - days * dayMs, to: now, buckets: 4032 })
  })
  if (json) sayJson(answer)
  else showSeries(answer)
}

function seriesIds(device: string, metric: string) {
  const parsed = deviceId.safeParse(device)
  if (!parsed.success) throw new StationError('DEVICE_UNKNOWN')
  if (!/^[a-zA-Z0-9:_-]{1,128}$/.test(metric)) throw new StationError('METRIC_UNKNOWN')
  return { deviceId: parsed.data, metricId: asMetricId(metric) }
}

async function listAlarms({
  data,
  json,
  history,
  days,
}: AskOptions & { history?: boolean; days: number }): Promise<void> {
  const answer = await askStation(data, async (station) => {
    if (!history) return station.alarms.active({ includeSuppressed: true, limit: 1000 })
    const { now } = await station.system.status()
    return station.alarms.history({ from: now - days * dayMs, to: now + 1, limit: 1000 })
  })
  if (json) sayJson(answer)
  else if (answer.alarms.length === 0) say('No alarms.')
  else for (const alarm of answer.alarms) say(alarmLine(alarm))
}

async function open({ data, json }: AskOptions): Promise<void> {
  const link = await signInLink(await readConnection(data))
  if (json) sayJson({ link })
  else say(link)
}

async function checkStore({ data, json }: AskOptions): Promise<void> {
  const answer = await askStation(data, (station) => station.store.check())
  if (json) sayJson(answer)
  else say(answer.isSound ? 'The database is sound.' : answer.findings.join('\n'))
  if (!answer.isSound) process.exitCode = 1
}

async function backupStore(file: string, { data, json }: AskOptions): Promise<void> {
  const answer = await askStation(data, (station) => station.store.backup({ path: resolve(file) }))
  if (json) sayJson(answer)
  else say(`Copied ${answer.bytes} bytes to ${answer.path}.`)
}
