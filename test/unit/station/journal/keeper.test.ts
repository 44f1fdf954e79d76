import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { appendToJournal } from '../../../../src/station/journal/append.ts'
import { writeHead } from '../../../../src/station/journal/head-file.ts'
import { journalKeyName, stationKey } from '../../../../src/station/journal/journal-key.ts'
import { readLastJournalRow } from '../../../../src/station/store/journal.ts'
import { migrate } from '../../../../src/station/store/migrate.ts'
import { migrations } from '../../../../src/station/store/migrations/all.ts'
import { dropBefore } from '../../../../src/station/store/compaction.ts'
import { backup } from '../../../../src/station/store/care.ts'
import { transaction } from '../../../../src/station/store/transaction.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { temporaryStore, thrownBy } from '../store/store-folder.ts'
import { journalOf, keyNumber } from './journal-rows.ts'
import { kindsIn, secretsInMemory, startJournal, tamper, verifiedIn } from './kept-journal.ts'

const clock = { now: () => 1 }
const sourceAdded = { kind: 'source-added', by: 'a test', subject: 'plant', detail: {} } as const

/** A journal of eight entries: three at the start, `plant`, a checkpoint, `mill`, the stop, a checkpoint. */
async function stoppedJournal() {
  const folder = temporaryFolder()
  const secrets = secretsInMemory()
  const journal = await startJournal(folder, secrets)
  journal.add('plant')
  await journal.keeper.turn()
  await journal.keeper.turn()
  journal.add('mill')
  await journal.end()
  return { folder, secrets }
}

describe('an entry', () => {
  test('is not kept where what it tells of failed', () => {
    const store = temporaryStore()
    const failing = () => {
      appendToJournal({ store, clock: { ...clock, check: () => null } }, sourceAdded)
      throw new Error('the act failed')
    }
    expect(String(thrownBy(() => transaction(store.write, failing)))).toContain('the act failed')
    expect(readLastJournalRow(store.read)).toBeNull()
  })

  test.each([
    ["UPDATE journal SET by_whom = 'another'"],
    ['DELETE FROM journal'],
    ["INSERT OR REPLACE INTO journal VALUES (1, 1, 'source-added', 'x', NULL, '{}', x'00')"],
    ["INSERT INTO journal VALUES (3, 1, 'source-added', 'x', NULL, '{}', x'00')"],
  ])('is not touched by a mistake: %s', (sql) => {
    const store = temporaryStore()
    const before = appendToJournal({ store, clock: { ...clock, check: () => null } }, sourceAdded)
    const mistake = thrownBy(() => store.write.database.exec(sql))
    expect(String(mistake)).toContain('the journal is only added to')
    expect(readLastJournalRow(store.read)).toEqual(before)
  })

  test('with too much to tell is kept with the hash of what it had to tell', () => {
    const store = temporaryStore()
    const detail = { text: 'x'.repeat(20_000) }
    const core = { store, clock: { ...clock, check: () => null } }
    expect(JSON.parse(appendToJournal(core, { ...sourceAdded, detail }).detail)).toEqual({
      omittedBytes: 20_011,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test('is read as it was written, whatever text it has', async () => {
    const { folder, secrets } = await stoppedJournal()
    const journal = await startJournal(folder, secrets)
    for (const id of ['\ud800', 'a\u0000b', '\u{1f600}', '"\\', '\ufffd']) journal.add(id)
    await journal.end()
    expect(await verifiedIn(folder, secrets)).toMatchObject({ isSound: true, findings: [] })
  })
})

describe('a journal in a data folder', () => {
  test('has the starts, the stops and what was done between, signed', async () => {
    const { folder, secrets } = await stoppedJournal()
    expect(kindsIn(folder)).toEqual([
      'station-started',
      'signing-key-changed',
      'checkpoint',
      'source-added',
      'checkpoint',
      'source-added',
      'station-stopped',
      'checkpoint',
    ])
    expect(await verifiedIn(folder, secrets)).toMatchObject({
      isSound: true,
      entries: 8,
      signedThrough: 8,
      findings: [],
      notices: [],
    })
    expect(statSync(join(folder, 'journal-head.json')).mode & 0o777).toBe(0o600)
  })

  test.each([
    ["UPDATE journal SET by_whom = 'x' WHERE sequence = 4", 'Entry 4 is not as it was written.'],
    ["UPDATE journal SET hash = x'' WHERE sequence = 6", 'Entry 6 is not as it was written.'],
    ['DELETE FROM journal WHERE sequence = 6', 'Entry 6 is missing.'],
    ['DELETE FROM journal WHERE sequence BETWEEN 4 AND 5', 'Entries 4 to 5 are missing.'],
    ['DELETE FROM journal WHERE sequence > 5', 'Entries after 5 are missing'],
    ['DELETE FROM journal', 'Entries after 0 are missing'],
    [
      "INSERT INTO journal VALUES (0, 1, 'source-added', 'x', NULL, '{}', x'00')",
      'Entry 0 was added',
    ],
  ])('is found out after %s', async (sql, finding) => {
    const { folder, secrets } = await stoppedJournal()
    tamper(folder, sql)
    const { isSound, findings } = await verifiedIn(folder, secrets)
    expect(isSound).toBe(false)
    expect(findings[0]).toContain(finding)
  })

  test('that was shortened while Picket did not run tells so for ever', async () => {
    const { folder, secrets } = await stoppedJournal()
    tamper(folder, 'DELETE FROM journal WHERE sequence > 5')
    const journal = await startJournal(folder, secrets)
    expect(JSON.stringify(journal.log)).toContain('tampered with')
    await journal.end()
    expect(kindsIn(folder).slice(5, 7)).toEqual(['journal-broken', 'station-started'])
    const { findings } = await verifiedIn(folder, secrets)
    expect(findings).toEqual([
      expect.stringMatching(/^Entry 6 tells of an earlier start: Entries after 5 are missing/),
    ])
  })

  test('of which nothing was left while Picket did not run tells so for ever', async () => {
    const { folder, secrets } = await stoppedJournal()
    tamper(folder, 'DELETE FROM journal')
    rmSync(join(folder, 'journal-head.json'))
    await (await startJournal(folder, secrets)).end()
    expect((await verifiedIn(folder, secrets)).findings).toEqual([
      expect.stringContaining('The station had a key, and yet nothing was signed.'),
    ])
  })

  test('whose head was taken away while Picket did not run tells so for ever', async () => {
    const { folder, secrets } = await stoppedJournal()
    rmSync(join(folder, 'journal-head.json'))
    await (await startJournal(folder, secrets)).end()
    expect((await verifiedIn(folder, secrets)).findings).toEqual([
      expect.stringContaining('journal-head.json is missing or cannot be read'),
    ])
  })

  test('whose head somebody else signed tells so for ever', async () => {
    const { folder, secrets } = await stoppedJournal()
    const forged = journalOf([null], keyNumber(9)).head
    writeHead(folder, forged)
    await (await startJournal(folder, secrets)).end()
    const { findings } = await verifiedIn(folder, secrets)
    expect(findings).toEqual([
      expect.stringContaining('Entry 1 is not the one that was signed'),
      expect.stringContaining(`signed by another key, ${forged.key}`),
    ])
  })

  test('is sound after a crash between an entry and its signature, and says which entries', async () => {
    const { folder, secrets } = await stoppedJournal()
    const first = await startJournal(folder, secrets)
    first.add('one')
    first.add('two')
    first.crash()
    expect(await verifiedIn(folder, secrets)).toMatchObject({
      isSound: true,
      notices: ['2 entries after the last checkpoint: chained but not yet signed.'],
    })
    await (await startJournal(folder, secrets)).end()
    expect(await verifiedIn(folder, secrets)).toMatchObject({
      isSound: true,
      notices: [
        'Entries 11 to 12 are signed only when Picket had started again: it had ended without warning.',
      ],
    })
  })

  test('is sound after a crash between the head and the database', async () => {
    const { folder, secrets } = await stoppedJournal()
    tamper(folder, 'DELETE FROM journal WHERE sequence = 8')
    expect(await verifiedIn(folder, secrets)).toMatchObject({ isSound: true, entries: 7 })
    await (await startJournal(folder, secrets)).end()
    expect(kindsIn(folder).slice(7, 9)).toEqual(['checkpoint', 'station-started'])
    expect(await verifiedIn(folder, secrets)).toMatchObject({ isSound: true, notices: [] })
  })

  test('whose key was lost says from where it is signed by another', async () => {
    const { folder, secrets } = await stoppedJournal()
    const lost = await stationKey(secrets)
    secrets.kept.clear()
    await (await startJournal(folder, secrets)).end()
    const key = await stationKey(secrets)
    expect(key).not.toBe(lost)
    expect(kindsIn(folder).slice(8)).toEqual([
      'station-started',
      'signing-key-changed',
      'checkpoint',
      'station-stopped',
      'checkpoint',
    ])
    const { findings, signedThrough } = await verifiedIn(folder, secrets)
    expect(findings).toEqual([
      expect.stringContaining(`Entries 1 to 8 are signed by another key, ${lost}`),
    ])
    expect(signedThrough).toBe(13)
  })

  test('is not signed, and not by another key, while the key cannot be read', async () => {
    const { folder, secrets } = await stoppedJournal()
    const locked = { ...secrets, get: () => Promise.reject(new Error('the keyring is locked')) }
    const journal = await startJournal(folder, locked)
    journal.add('one')
    await journal.end()
    expect(JSON.stringify(journal.log).match(/keyring is locked/g)).toHaveLength(1)
    expect(kindsIn(folder).slice(8)).toEqual(['station-started', 'source-added', 'station-stopped'])
    expect(await verifiedIn(folder, secrets)).toMatchObject({ isSound: true, signedThrough: 8 })
  })

  test('names the settings that are others than at the last start, and not their values', async () => {
    const folder = temporaryFolder()
    const secrets = secretsInMemory()
    const source = { kind: 'mqtt' as const, id: 'plant', url: 'mqtt://192.0.2.1' }
    await (await startJournal(folder, secrets, { sources: [source] })).end()
    await (await startJournal(folder, secrets, { sources: [source] })).end()
    expect(kindsIn(folder)).not.toContain('settings-changed')
    const sources = [{ ...source, url: 'mqtt://192.0.2.2' }]
    await (await startJournal(folder, secrets, { sources, training: { windowDays: 7 } })).end()
    const database = new SqliteDatabase(join(folder, 'picket.db'), { readonly: true })
    const sql = "SELECT detail FROM journal WHERE kind = 'settings-changed'"
    const details = database.prepare(sql).pluck().all()
    database.close()
    expect(details).toEqual(['{"names":["sources.plant.url","training.windowDays"]}'])
  })

  test('begins in a database of the layout before it', async () => {
    const folder = temporaryFolder()
    const older = new SqliteDatabase(join(folder, 'picket.db'))
    migrate(older, migrations.slice(0, 2))
    older.close()
    const secrets = secretsInMemory()
    await (await startJournal(folder, secrets)).end()
    expect(await verifiedIn(folder, secrets)).toMatchObject({ isSound: true, entries: 5 })
  })

  test('is in a backup, and outlives the retention time', async () => {
    const { folder, secrets } = await stoppedJournal()
    const journal = await startJournal(folder, secrets)
    const database = new SqliteDatabase(join(folder, 'picket.db'))
    const handle = { database, access: 'write' } as const
    while (dropBefore(handle, 2 ** 31) > 0);
    await backup(handle, join(folder, 'copy.db'))
    database.close()
    await journal.end()
    const elsewhere = temporaryFolder()
    copyFileSync(join(folder, 'copy.db'), join(elsewhere, 'picket.db'))
    expect((await verifiedIn(elsewhere, secrets)).findings).toEqual([
      expect.stringContaining('journal-head.json is missing'),
    ])
    expect(kindsIn(elsewhere)).toHaveLength(10)
  })

  test('has its private key nowhere but among the secrets', async () => {
    const { folder, secrets } = await stoppedJournal()
    const line = secrets.kept.get(journalKeyName)?.split('\n')[1] ?? ''
    expect(line).toHaveLength(64)
    for (const name of ['picket.db', 'journal-head.json']) {
      expect(readFileSync(join(folder, name), 'latin1'), name).not.toContain(line)
    }
  })

  test('is not taken for sound where the head cannot be read', async () => {
    const { folder, secrets } = await stoppedJournal()
    writeFileSync(join(folder, 'journal-head.json'), '{"sequence":')
    expect((await verifiedIn(folder, secrets)).findings).toEqual([
      expect.stringContaining('cannot be read'),
    ])
  })
})
