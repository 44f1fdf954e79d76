import { userInfo } from 'node:os'
import { text } from 'node:stream/consumers'
import { InvalidArgumentError, type Command } from 'commander'
import type { StationClient } from '../contract/contract.ts'
import { StationError } from '../contract/errors.ts'
import { deviceId as deviceIdShape, type DeviceId } from '../contract/model/device.ts'
import {
  person,
  protection,
  type Approval,
  type Isolation,
  type Protection,
} from '../contract/model/quarantine.ts'
import { asking, folderOf, type AskOptions } from './ask-commands.ts'
import { askStation } from './ask.ts'
import { isolationLines, planLines } from './quarantine-lines.ts'
import { say, sayJson } from './terminal.ts'

interface AddOptions extends AskOptions {
  reason: string
  for?: number
  yes?: boolean
  approvedBy?: string
}

interface ReleaseOptions extends AskOptions {
  reason: string
  restore?: boolean
  lift?: boolean
}

/** How often a proof is looked at until it has come to a conclusion, real milliseconds. */
const lookEveryMs = 1000

/** Taking devices off the network, and putting them back. */
export function addQuarantineCommands(program: Command): void {
  const quarantine = program
    .command('quarantine')
    .description('take devices off the network, and put them back')
  asking(quarantine, 'plan <device>', 'what isolating a device would mean; changes nothing').action(
    plan,
  )
  asking(quarantine, 'add <device>', 'isolate a device; without --yes only the dry run')
    .requiredOption('--reason <text>', 'why')
    .option('--for <minutes>', 'release it by itself after so long', minutes)
    .option('--yes', 'do what the dry run says')
    .option('--approved-by <person>', 'who agrees besides; the PIN is read from standard input')
    .action(add)
  asking(quarantine, 'release <device>', 'put a device back')
    .requiredOption('--reason <text>', 'why')
    .option('--restore', 'whatever changed at the broker meanwhile: just what was recorded')
    .option('--lift', "only Picket's own block; other changes stay")
    .action(release)
  asking(quarantine, 'list', 'who is isolated, and who was').action(list)
  asking(quarantine, 'verify <device>', 'read the broker back and watch the traffic anew').action(
    verify,
  )
  asking(quarantine, 'protect <device>', 'say whether a device may be isolated')
    .argument('<protection>', protection.options.join(', '), readProtection)
    .action(protect)
}

async function plan(device: string, { json, ...where }: AskOptions): Promise<void> {
  const deviceId = readDevice(device)
  const answer = await askStation(await folderOf(where), (station) =>
    station.quarantine.plan({ deviceId }),
  )
  if (json) sayJson(answer)
  else for (const line of planLines(answer)) say(line)
}

async function add(device: string, options: AddOptions): Promise<void> {
  const { json, yes, reason, approvedBy, ...where } = options
  if (!yes) {
    await plan(device, options)
    if (!json) say(`To do it: repeat the command with --yes.`)
    return
  }
  const deviceId = readDevice(device)
  const approval = approvedBy === undefined ? undefined : await readApproval(approvedBy)
  const answer = await askStation(await folderOf(where), async (station) => {
    const { digest } = await station.quarantine.plan({ deviceId })
    return station.quarantine.isolate({
      ...{ deviceId, digest, reason, by: whoAmI() },
      confirmation: deviceId,
      releaseAfterMinutes: options.for ?? null,
      ...(approval ? { approval } : {}),
    })
  })
  show(answer, json)
}

async function release(device: string, options: ReleaseOptions): Promise<void> {
  const { json, reason, restore, lift, ...where } = options
  if (restore && lift) throw new RangeError('Choose one of --restore and --lift.')
  const manner = restore ? ('restore' as const) : lift ? ('lift' as const) : undefined
  const answer = await askStation(await folderOf(where), async (station) => {
    const { id } = await isolationOf(station, readDevice(device))
    const order = { id, reason, by: whoAmI() }
    return station.quarantine.release(manner ? { ...order, manner } : order)
  })
  show(answer, json)
}

async function list({ json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), (station) =>
    station.quarantine.list({ limit: 1000 }),
  )
  if (json) return sayJson(answer)
  if (answer.isolations.length === 0) say('No device is isolated, and none ever was.')
  for (const isolation of answer.isolations) showInWords(isolation)
}

/** Waits until the traffic was watched for long enough. */
async function verify(device: string, { json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), async (station) => {
    const { id } = await isolationOf(station, readDevice(device))
    let isolation = await station.quarantine.verify({ id })
    while (isolation.proof.state === 'watching') {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      isolation = (await station.quarantine.get({ id })).isolation
    }
    return isolation
  })
  show(answer, json)
  if (answer.proof.state !== 'isolated' && answer.proof.state !== 'back') process.exitCode = 1
}

async function protect(
  device: string,
  protection: Protection,
  { json, ...where }: AskOptions,
): Promise<void> {
  const wanted = { deviceId: readDevice(device), protection, by: whoAmI() }
  const answer = await askStation(await folderOf(where), (station) =>
    station.quarantine.protect(wanted),
  )
  if (json) sayJson(answer)
  else say(`Protection of ${device}: ${answer.protection}.`)
}

/** The newest isolation of a device. */
async function isolationOf(station: StationClient, deviceId: DeviceId): Promise<Isolation> {
  const { isolations } = await station.quarantine.list({ deviceId, limit: 1 })
  const newest = isolations[0]
  if (newest) return newest
  throw new StationError('QUARANTINE_UNKNOWN', 'This device is not isolated, and never was.')
}

function show(isolation: Isolation, json?: boolean): void {
  if (json) sayJson(isolation)
  else showInWords(isolation)
}

function showInWords(isolation: Isolation): void {
  for (const line of isolationLines(isolation)) say(line)
}

function readDevice(text: string): DeviceId {
  const parsed = deviceIdShape.safeParse(text)
  if (!parsed.success) throw new StationError('DEVICE_UNKNOWN')
  return parsed.data
}

/** Not as an option: others could read it in the list of processes. */
async function readApproval(name: string): Promise<Approval> {
  const pin = (await text(process.stdin)).replace(/\r?\n$/, '')
  if (pin === '') throw new RangeError('The PIN on standard input is empty.')
  return { by: person.parse(name), pin }
}

/** The account of the operating system. */
function whoAmI(): string {
  return person.parse(userInfo().username)
}

function minutes(text: string): number {
  if (!/^[1-9]\d*$/.test(text))
    throw new InvalidArgumentError('a whole number of minutes is expected')
  return Number(text)
}

function readProtection(text: string): Protection {
  const parsed = protection.safeParse(text)
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError(`one of ${protection.options.join(', ')} is expected`)
}
