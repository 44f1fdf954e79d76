import { resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { verificationState, violationId, type VerificationState } from '../contract/model/alarm.ts'
import { asMetricId } from '../contract/model/aws-metrics.ts'
import { deviceId } from '../contract/model/device.ts'
import { StationError } from '../contract/errors.ts'
import { dayMs } from '../contract/model/time.ts'
import { readConnection } from '../server/holder-file.ts'
import { readSettingsFile } from '../server/settings-file.ts'
import { alarmLine } from './alarm-line.ts'
import { askStation, signInLink } from './ask.ts'
import { profileLines } from './profile-lines.ts'
import { reasonLines } from './reasons.ts'
import { showDevices, showSeries, showStatus } from './show.ts'
import { say, sayJson } from './terminal.ts'

/** Of every command that asks a station. */
export interface AskOptions {
  data?: string
  config?: string
  json?: boolean
}

const usualFolder = 'picket-data'

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
  asking(alarms, 'show <id>', 'an alarm and why it was raised').action(showAlarm)
  addVerify(alarms)
  const profiles = program.command('profiles').description('security profiles of the station')
  asking(profiles, 'list', 'behaviors, their models and the false alarms to expect').action(
    listProfiles,
  )
  asking(program, 'open', 'a new link to the page').action(open)
  const store = program.command('store').description('the database of the station')
  asking(store, 'check', 'read all of it and report damage').action(checkStore)
  asking(store, 'backup <file>', 'copy it while the station runs').action(backupStore)
}

function addVerify(alarms: Command): void {
  const states = verificationState.options.join(', ')
  asking(alarms, 'verify', `mark what an alarm turned out to be: ${states}`)
    .argument('<id>', 'as `picket alarms list --json` tells it')
    .argument('<state>', 'one of the above, in any case', readState)
    .option('--note <text>', 'why; without it the note stays')
    .action(verifyAlarm)
}

/** `false-positive` is as good as FALSE_POSITIVE. */
function readState(text: string): VerificationState {
  const state = verificationState.safeParse(text.toUpperCase().replaceAll('-', '_'))
  if (state.success) return state.data
  throw new InvalidArgumentError(`one of ${verificationState.options.join(', ')} is expected`)
}

/** A command that asks the running station of a data folder. */
export function asking(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--data <folder>', `data folder of the station (default: ${usualFolder})`)
    .option('--config <file>', 'settings of the station, for its data folder')
    .option('--json', 'answer with one line of JSON')
}

/** Where the station that is asked keeps its data, and word of where it listens. */
export async function folderOf({ data, config }: AskOptions): Promise<string> {
  if (data) return data
  return config ? (await readSettingsFile(config)).data : usualFolder
}

async function status({ json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), (station) => station.system.status())
  if (json) sayJson(answer)
  else showStatus(answer)
}

async function devices({ json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), async (station) => {
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
  { json, days, ...where }: AskOptions & { days: number },
): Promise<void> {
  const ids = seriesIds(device, metric)
  const answer = await askStation(await folderOf(where), async (station) => {
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
  json,
  history,
  days,
  ...where
}: AskOptions & { history?: boolean; days: number }): Promise<void> {
  const answer = await askStation(await folderOf(where), async (station) => {
    if (!history) return station.alarms.active({ includeSuppressed: true, limit: 1000 })
    const { now } = await station.system.status()
    return station.alarms.history({ from: now - days * dayMs, to: now + 1, limit: 1000 })
  })
  if (json) sayJson(answer)
  else if (answer.alarms.length === 0) say('No alarms.')
  else for (const alarm of answer.alarms) say(alarmLine(alarm))
}

async function showAlarm(id: string, { json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), (station) =>
    station.alarms.get({ id: readAlarmId(id) }),
  )
  if (json) sayJson(answer)
  else for (const line of reasonLines(answer)) say(line)
}

async function verifyAlarm(
  id: string,
  state: VerificationState,
  { json, note, ...where }: AskOptions & { note?: string },
): Promise<void> {
  const alarm = { id: readAlarmId(id) }
  const answer = await askStation(await folderOf(where), async (station) => {
    const kept = note ?? (await station.alarms.get(alarm)).verification.note
    return station.alarms.verify({ ...alarm, state, note: kept })
  })
  if (json) sayJson(answer)
  else say(`Marked as ${answer.state}.`)
}

function readAlarmId(text: string) {
  const id = violationId.safeParse(text)
  if (!id.success) throw new StationError('ALARM_UNKNOWN')
  return id.data
}

async function listProfiles({ json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), (station) => station.profiles.list())
  if (json) sayJson(answer)
  else if (answer.length === 0) say('No security profile: nothing is judged.')
  else for (const line of profileLines(answer)) say(line)
}

async function open({ json, ...where }: AskOptions): Promise<void> {
  const link = await signInLink(await readConnection(await folderOf(where)))
  if (json) sayJson({ link })
  else say(link)
}

async function checkStore({ json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), (station) => station.store.check())
  if (json) sayJson(answer)
  else say(answer.isSound ? 'The database is sound.' : answer.findings.join('\n'))
  if (!answer.isSound) process.exitCode = 1
}

async function backupStore(file: string, { json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), (station) =>
    station.store.backup({ path: resolve(file) }),
  )
  if (json) sayJson(answer)
  else say(`Copied ${answer.bytes} bytes to ${answer.path}.`)
}
