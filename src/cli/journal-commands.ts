import { InvalidArgumentError, type Command } from 'commander'
import type { StationClient } from '../contract/contract.ts'
import { StationError } from '../contract/errors.ts'
import {
  journalHead,
  journalKey,
  type JournalEntry,
  type JournalHead,
  type JournalVerification,
} from '../contract/model/journal.ts'
import { pemOf } from '../station/journal/checkpoint.ts'
import { asking, folderOf, type AskOptions } from './ask-commands.ts'
import { askStation } from './ask.ts'
import type * as JournalFiles from './journal-files.ts'
import { inert, say, sayJson } from './terminal.ts'

type VerifyOptions = AskOptions & { key?: string[]; noted?: JournalHead }
type ListOptions = AskOptions & { limit: number; all?: boolean }

/** Commands on the journal; of a station that does not run, they read its files. */
export function addJournalCommands(program: Command): void {
  const journal = program.command('journal').description('what was done at the station, by whom')
  asking(journal, 'list', 'the newest entries, newest first')
    .option('--limit <number>', 'how many, at most 1000', readLimit, 50)
    .option('--all', "the station's signatures, too")
    .action(list)
  asking(journal, 'verify', 'read all of it: exit 0 only if no entry was changed or taken away')
    .option(
      '--key <key...>',
      'judge signatures by these keys, not by the one that is kept',
      readKey,
    )
    .option('--noted <entry>', 'number:hash of an entry, as an earlier check told it', readNoted)
    .action(verify)
  asking(journal, 'key', 'the public key of its signatures').action(showKey)
}

async function list({ json, limit, all, ...where }: ListOptions): Promise<void> {
  const query = { limit, includeCheckpoints: all ?? false }
  const answer = await askOrRead<JournalEntry[]>(await folderOf(where), {
    ask: (station) => station.journal.list(query),
    read: ({ listFile }, folder) => listFile(folder, query),
  })
  if (json) sayJson(answer)
  else if (answer.length === 0) say('The journal is empty.')
  else for (const entry of answer) say(entryLine(entry))
}

async function verify({ json, key: keys, noted, ...where }: VerifyOptions): Promise<void> {
  const answer = await askOrRead<JournalVerification>(await folderOf(where), {
    ask: (station) => station.journal.verify({ keys, noted }),
    read: ({ verifyFile }, folder) => verifyFile(folder, { keys, noted }),
  })
  if (json) sayJson(answer)
  else for (const line of verificationLines(answer)) say(inert(line))
  if (!answer.isSound) process.exitCode = 1
}

async function showKey({ json, ...where }: AskOptions): Promise<void> {
  const { key } = await askOrRead<{ key: string | null }>(await folderOf(where), {
    ask: (station) => station.journal.key(),
    read: async ({ keptKey }, folder) => ({ key: await keptKey(folder) }),
  })
  const pem = key === null ? null : pemOf(key)
  if (json) sayJson({ key, pem })
  else if (key === null) say('There is no key yet, or none that can be read: start the station.')
  else say(`${key}\n${pem}`.trimEnd())
}

/** Asks the station that runs on a folder; where none runs, reads the folder's files. */
async function askOrRead<Answer>(
  folder: string,
  how: {
    ask(station: StationClient): Promise<Answer>
    read(files: typeof JournalFiles, folder: string): Promise<Answer>
  },
): Promise<Answer> {
  try {
    return await askStation(folder, how.ask)
  } catch (error) {
    if (!(error instanceof StationError) || error.code !== 'STATION_UNREACHABLE') throw error
  }
  // The database is loaded by who needs it: the other commands start at once.
  return how.read(await import('./journal-files.ts'), folder)
}

function entryLine({ sequence, at, kind, by, subject, detail }: JournalEntry): string {
  const about = subject === null ? '' : ` ${subject}`
  const facts = JSON.stringify(detail)
  const shown = facts === '{}' ? '' : `  ${facts}`
  return inert(`${sequence}  ${new Date(at).toISOString()}  ${kind}${about}, ${by}${shown}`)
}

function verificationLines(answer: JournalVerification): string[] {
  const { isSound, entries, signedThrough, head, findings, notices } = answer
  const verdict = isSound ? 'The journal is sound' : 'The journal is NOT sound'
  const counts = `${entries} entries, signed through ${signedThrough}`
  const noted = head ? [`Newest entry, to note down elsewhere: ${head.sequence}:${head.hash}`] : []
  return [
    `${verdict}: ${counts}.`,
    ...findings,
    ...notices.map((each) => `Note: ${each}`),
    ...noted,
  ]
}

function readKey(text: string, before: string[] = []): string[] {
  const key = journalKey.safeParse(text.toLowerCase())
  if (key.success) return [...before, key.data]
  throw new InvalidArgumentError('64 hex digits are expected, as `picket journal key` prints them')
}

function readNoted(text: string): JournalHead {
  const [sequence, hash] = text.split(':')
  const noted = journalHead.safeParse({ sequence: Number(sequence), hash })
  if (noted.success) return noted.data
  throw new InvalidArgumentError('number:hash is expected, as `picket journal verify` prints it')
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit
  throw new InvalidArgumentError('a whole number from 1 to 1000 is expected')
}
