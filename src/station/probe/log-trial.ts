import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { followLine } from '../ingest/mosquitto-follower.ts'
import {
  createFollower,
  unheard,
  type Evidence,
  type FollowerPorts,
} from '../ingest/mosquitto-log-state.ts'

/** How much of the end of a log is read. */
const readBytes = 1_048_576

const journalLines = 5_000
const journalMs = 5_000
const mostClients = 20_000

/** What a log shows, as far as its end was read. */
export interface LogTrial {
  /** Lines that were read, whoever wrote them. */
  lines: number
  evidence: Evidence
  version: string | null
  /** Why it could not be read. */
  failure: LogFailure | null
}

export type LogFailure =
  | { kind: 'missing' }
  | { kind: 'no-file' }
  | { kind: 'folder-closed'; folder: string }
  | { kind: 'not-readable'; owner: number; mode: string }
  | { kind: 'other'; detail: string }

/** Reads the end of a log file. */
export async function tryLogFile(path: string): Promise<LogTrial> {
  try {
    const facts = await stat(path)
    // A pipe or a device would keep its reader waiting for ever.
    if (!facts.isFile()) return failed({ kind: 'no-file' })
    const text = await readEnd(path, facts.size)
    if (text === null) {
      const mode = (facts.mode & 0o777).toString(8).padStart(4, '0')
      return failed({ kind: 'not-readable', owner: facts.uid, mode })
    }
    return { ...evidenceIn(text), failure: null }
  } catch (error) {
    return failed(failureOf(error, path))
  }
}

/** Reads the last lines of a unit's journal. */
export async function tryJournal(unit: string): Promise<LogTrial> {
  const choice = ['--unit', unit, '--lines', String(journalLines)]
  const fixed = ['--output', 'cat', '--no-pager', '--quiet']
  try {
    const child = spawn('journalctl', [...choice, ...fixed], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: journalMs,
    })
    let [text, words] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-readBytes)
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(-500)
    })
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) return failed({ kind: 'other', detail: words.trim() || 'journalctl failed' })
    return { ...evidenceIn(text), failure: null }
  } catch (error) {
    return failed({ kind: 'other', detail: error instanceof Error ? error.message : String(error) })
  }
}

/** Null where it may not be read. */
async function readEnd(path: string, size: number): Promise<string | null> {
  // Not blocking: should a pipe have taken the file's place meanwhile, nobody waits for it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') return null
      throw error
    },
  )
  if (!file) return null
  try {
    const from = Math.max(0, size - readBytes)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(readBytes), 0, readBytes, from)
    const text = buffer.subarray(0, bytesRead).toString('utf8')
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await file.close()
  }
}

function evidenceIn(text: string): Pick<LogTrial, 'lines' | 'evidence' | 'version'> {
  const follower = createFollower(silent, mostClients)
  const lines = text.split('\n').filter((line) => line !== '')
  for (const line of lines) followLine(follower, line, 0)
  return { lines: lines.length, evidence: { ...follower.evidence }, version: follower.version }
}

const nothing = () => undefined
const silent: FollowerPorts = {
  observations: unheard,
  refused: nothing,
  told: nothing,
  evidenceChanged: nothing,
}

function failed(failure: LogFailure): LogTrial {
  const evidence = { connections: false, messages: false, grants: false }
  return { lines: 0, evidence, version: null, failure }
}

function failureOf(error: unknown, path: string): LogFailure {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' }
  // `stat` needs no right to the file itself, only to the folders above it.
  if (code === 'EACCES') return { kind: 'folder-closed', folder: dirname(path) }
  return { kind: 'other', detail: code }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
