import { Command, InvalidArgumentError } from 'commander'
import { StationError } from '../contract/errors.ts'
import { version } from '../station/version.ts'
import { addAskCommands } from './ask-commands.ts'
import { addBrokerCommands } from './broker-commands.ts'
import { addDetectCommand } from './detect/detect-command.ts'
import { addJournalCommands } from './journal-commands.ts'
import { addQuarantineCommands } from './quarantine-commands.ts'
import { addSettingsCommands } from './settings-commands.ts'

/** What the process ends with when a command could not do what it was asked. */
const failed = 1

const program = new Command('picket')
  .description("Watches a site's own IoT devices and raises an alarm when one stops behaving.")
  .version(version)

program
  .command('serve')
  .description('run a station until Ctrl-C')
  .option('--config <file>', 'settings, as in resources/site.example.yaml')
  .option('--data <folder>', 'data folder, instead of the one in the settings')
  // Stations are loaded by who runs one: the other commands start at once.
  .action(async (options) => (await import('./serve.ts')).serve(options))

program
  .command('start')
  .description('build the desktop app and open it: `npm start`')
  .option('--config <file>', 'settings, as in resources/site.example.yaml')
  .option('--hidden', 'start in the tray')
  .action(async (options) => (await import('./start.ts')).start(options))

program
  .command('demo')
  .description('run a station with a simulated fleet, and attack one device')
  .option('--once', 'end by itself: exit 0 only if the attack was alarmed and cleared')
  .option('--json', 'end with a line of JSON: counts and times')
  .option('--seed <number>', 'another fleet', wholeNumber, 1)
  .option('--devices <number>', 'how many devices, 3 or more', wholeNumber, 24)
  .option('--speed <number>', 'seconds of station time in a real second', wholeNumber, 60)
  .option('--data <folder>', 'keep the data in this folder (otherwise they are discarded)')
  .option('--port <number>', 'port of the page, 0 for any', wholeNumber, 0)
  .action(async (options) => {
    const { demo } = await import('./demo.ts')
    process.exitCode = await demo(options)
  })

addDetectCommand(program)
addAskCommands(program)
addJournalCommands(program)
addBrokerCommands(program)
addQuarantineCommands(program)
addSettingsCommands(program)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof Error)) throw error
  // Errors of the closed list are for people; anything else is a defect and its stack helps to find it.
  console.error(isForPeople(error) ? `picket: ${error.message}` : error.stack)
  process.exitCode = failed
}

function isForPeople(error: Error): boolean {
  return error instanceof StationError || 'defined' in error || error instanceof RangeError
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected')
  return Number(text)
}
