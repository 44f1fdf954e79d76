import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { loginLine, withLogin } from '../station/ingest/device-logins.ts'
import { emqxRuleText } from '../station/ingest/emqx-rule.ts'
import { say } from './terminal.ts'

interface AddDeviceOptions {
  logins: string
  passwordStdin?: boolean
}

/** Bytes of a password that is made up: too many to be guessed. */
const passwordBytes = 24

/** Commands for brokers: the embedded one, and those that are watched. */
export function addBrokerCommands(program: Command): void {
  const broker = program.command('broker').description('look after brokers')
  broker
    .command('add-device')
    .description('let a device log in, or give it a new password; the broker takes it up by itself')
    .argument('<name>', 'its user name')
    .requiredOption('--logins <file>', 'the file that `logins` in the settings names')
    .option('--password-stdin', 'read the password from standard input instead of making one up')
    .action(addDevice)
  broker
    .command('emqx-rules')
    .description('print the rule and the access lines that let Picket see all of an EMQX 5')
    .option('--username <name>', 'the login that Picket has there', 'picket')
    .action(({ username }: { username: string }) => say(emqxRuleText(username)))
}

async function addDevice(name: string, { logins, passwordStdin }: AddDeviceOptions): Promise<void> {
  const given = passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : null
  if (given === '') throw new RangeError('The password on standard input is empty.')
  const password = given ?? randomBytes(passwordBytes).toString('base64url')
  const line = await loginLine(name, password)
  await replaceFile(logins, withLogin(await textOf(logins), line))
  if (given === null) say(`Password of ${name}, shown this once: ${password}`)
  else say(`The login of ${name} was kept in ${logins}.`)
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** All or nothing, since the broker may read it at any moment; nobody else may read it. */
async function replaceFile(file: string, content: string): Promise<void> {
  const written = `${file}.new`
  await writeFile(written, content, { mode: 0o600 })
  await rename(written, file)
}
