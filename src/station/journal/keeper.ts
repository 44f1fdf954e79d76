import type { Core } from '../core.ts'
import {
  insertJournalRow,
  readJournalRow,
  readLastCheckpointRow,
  readLastJournalRow,
} from '../store/journal.ts'
import { readState, writeState } from '../store/state.ts'
import { transaction } from '../store/transaction.ts'
import { version } from '../version.ts'
import { appendToJournal, byStation } from './append.ts'
import { noHash } from './chain.ts'
import { entryOf, makeKey, publicKeyOf, signCheckpoint, type Checkpoint } from './checkpoint.ts'
import { headFinding } from './head-finding.ts'
import { headFileName, readHead, writeHead } from './head-file.ts'
import { journalKeyName, lastSigner } from './journal-key.ts'
import { changedNames, printOf, wholePrint } from './settings-print.ts'

/** What is needed of a station to keep its journal. */
type JournalCore = Pick<Core, 'store' | 'clock' | 'settings' | 'ports'>

/** Where the store remembers the settings of the last start, as hashes. */
const settingsKey = 'journal-settings'

/**
 * Writes down starts and stops, and signs what was written: at the start, within a turn of the station, and at the
 * stop. Nothing that goes wrong here keeps the station from watching.
 */
export class JournalKeeper {
  readonly #core: JournalCore
  #hasBegun = false
  /** The private key, as PEM text. */
  #key: string | null = null
  #trouble = ''

  constructor(core: JournalCore) {
    this.#core = core
  }

  /** Signs what is not signed yet. What fails is tried again on the next turn. */
  async turn(): Promise<void> {
    try {
      if (!this.#hasBegun) begin(this.#core)
      this.#hasBegun = true
      if (isSigned(this.#core)) return
      this.#key ??= await openKey(this.#core)
      signJournal(this.#core, this.#key)
      this.#trouble = ''
    } catch (error) {
      this.#tell(String(error))
    }
  }

  async stop(): Promise<void> {
    if (!this.#hasBegun) return
    try {
      const stopped = { kind: 'station-stopped', subject: null, by: byStation, detail: {} } as const
      appendToJournal(this.#core, stopped)
    } catch (error) {
      this.#tell(String(error))
    }
    await this.turn()
  }

  /** Once, not every second. */
  #tell(trouble: string): void {
    if (trouble === this.#trouble) return
    this.#trouble = trouble
    const sentence = 'The journal could not be signed; it is tried again'
    this.#core.ports.log.error({ error: trouble }, sentence)
  }
}

/** Writes down that the station started, and what had happened to the journal and the settings meanwhile. */
function begin(core: JournalCore): void {
  const { settings, store } = core
  const head = readHead(settings.data)
  transaction(store.write, () => {
    if (head) finishCheckpoint(core, head)
    const finding = headFinding(head, endOf(core, head))
    if (finding) tellBroken(core, finding)
    const print = printOf(settings)
    const names = changedNames(readState(store.write, settingsKey), print)
    const detail = { version, settings: wholePrint(print), unsignedBefore: unsignedIn(core) }
    const facts = { subject: null, by: byStation }
    appendToJournal(core, { ...facts, kind: 'station-started', detail })
    if (names.length > 0) {
      appendToJournal(core, { ...facts, kind: 'settings-changed', detail: { names } })
    }
    writeState(store.write, settingsKey, JSON.stringify(print))
  })
}

/** The last run may have ended after it had written the head and before the database had it. */
function finishCheckpoint({ store: { write } }: JournalCore, head: Checkpoint): void {
  const last = readLastJournalRow(write) ?? { sequence: 0, hash: noHash }
  const isNext = head.sequence === last.sequence + 1 && head.previousHash === last.hash
  if (isNext) insertJournalRow(write, entryOf(head))
}

function endOf({ store: { write } }: JournalCore, head: Checkpoint | null) {
  const last = readLastJournalRow(write) ?? { sequence: 0, hash: noHash }
  const checkpointed = readLastCheckpointRow(write)?.sequence ?? 0
  const row = head && readJournalRow(write, head.sequence)
  const hashes = new Map(row ? [[row.sequence, row.hash]] : [])
  return { last, checkpointed, hashes, keys: [] }
}

function unsignedIn({ store: { write } }: JournalCore): number {
  const last = readLastJournalRow(write)?.sequence ?? 0
  return last - (readLastCheckpointRow(write)?.sequence ?? 0)
}

function tellBroken(core: JournalCore, finding: string): void {
  const detail = { finding }
  appendToJournal(core, { kind: 'journal-broken', subject: null, by: byStation, detail })
  core.ports.log.error({ finding }, 'The journal was tampered with, or an older one was put back')
}

/**
 * The station's private key, made where there is none yet. A key that is not the one which signed last is written
 * down, before anything is signed with it. Throws SECRETS_UNAVAILABLE: then no other key is made.
 */
async function openKey(core: JournalCore): Promise<string> {
  const { secrets } = core.ports
  const kept = await secrets.get(journalKeyName)
  const privateKey = kept ?? makeKey()
  const key = publicKeyOf(privateKey)
  if (kept === null) await secrets.set(journalKeyName, privateKey)
  transaction(core.store.write, () => {
    const before = lastSigner(core.store.write)
    const head = readHead(core.settings.data)
    if (head && head.key !== key && head.key !== before) {
      tellBroken(core, `${headFileName} is signed by another key, ${head.key}.`)
    }
    if (kept !== null && before === null && !head) {
      tellBroken(core, 'The station had a key, and yet nothing was signed.')
    }
    if (before === key) return
    const facts = { subject: null, by: byStation, detail: { key, before } }
    appendToJournal(core, { ...facts, kind: 'signing-key-changed' })
  })
  return privateKey
}

function isSigned({ store }: JournalCore): boolean {
  return readLastJournalRow(store.read)?.kind === 'checkpoint'
}

/** The head is written within the transaction, so that it is never behind what the database says is signed. */
function signJournal({ store: { write }, clock, settings }: JournalCore, privateKey: string): void {
  transaction(write, () => {
    const last = readLastJournalRow(write) ?? { sequence: 0, hash: noHash }
    const { sequence, hash: previousHash } = last
    const fields = { sequence: sequence + 1, at: clock.now(), previousHash }
    const signed = signCheckpoint(fields, privateKey)
    insertJournalRow(write, entryOf(signed))
    writeHead(settings.data, signed)
  })
}
