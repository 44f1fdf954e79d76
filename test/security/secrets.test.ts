import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createSecretsFile } from '../../src/station/host/secrets-file.ts'
import { openStation, plantOn } from '../support/added-source.ts'
import { makeAuthority } from '../support/certificates.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { startMosquittoSite, type MosquittoSite } from '../support/mosquitto-site.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Nothing else in the system is called so: wherever it turns up, it leaked. */
const password = 'pX7-very-secret-word'

let site: MosquittoSite

beforeAll(async () => {
  site = await startMosquittoSite(['picket'])
})

afterAll(() => site.end())

describe('passwords and keys of sources', () => {
  test('never reach the page, the database or a log, whatever is called', async () => {
    const data = temporaryFolder()
    const { client, log } = await openStation(data)
    const { key, cert } = makeAuthority(data, 'site').sign('picket')
    const pems = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
    const secrets = { password, ...pems }
    const draft = plantOn(site.port)
    const answers = [
      await client.sources.save({ draft, secrets }),
      await client.sources.test({ draft }),
      await client.sources.test({ draft, secrets }),
      await client.sources.list(),
      await client.system.status(),
      await client.system.rejections({}),
      await client.diagnostics.get(),
      await client.settings.get(),
    ]
    const path = join(data, 'backup.db')
    await client.store.backup({ path })
    const keyLine = pems.key.split('\n')[1] ?? 'no key'
    const places = [JSON.stringify(answers), JSON.stringify(log), readFileSync(path, 'latin1')]
    for (const place of places) {
      expect(place).not.toContain(password)
      expect(place).not.toContain(keyLine)
    }
    const kept = join(data, 'secrets.json')
    expect(readFileSync(kept, 'utf8')).toContain(password)
    expect(statSync(kept).mode & 0o777).toBe(0o600)
    const others = readdirSync(data).filter(
      (name) => !/^(secrets\.json|site.*|backup\.db)$/.test(name),
    )
    for (const name of others) {
      expect(readFileSync(join(data, name), 'latin1'), name).not.toContain(password)
    }
  })

  test('are not sent to a broker that somebody names in the place of the right one', async () => {
    const { client } = await openStation(temporaryFolder())
    await client.sources.save({ draft: plantOn(site.port), secrets: { password } })
    const other = await startMosquitto()
    onTestFinished(() => other.stop())
    const elsewhere = plantOn(site.port, { url: other.url })
    const unchecked = plantOn(site.port, { trustAnyCertificate: { reason: 'just let me in' } })
    for (const draft of [elsewhere, unchecked]) {
      for (const call of [
        () => client.sources.test({ draft }),
        () => client.sources.save({ draft, replaces: true }),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'SECRET_NEEDED' })
      }
    }
    const again = await client.sources.test({ draft: elsewhere, secrets: { password } })
    expect(again.isReached).toBe(true)
  })

  test('that would stand in an address are refused', async () => {
    const { client } = await openStation(temporaryFolder())
    const draft = plantOn(site.port, { url: `mqtt://picket:${password}@127.0.0.1:${site.port}` })
    await expect(client.sources.save({ draft })).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  })

  test('in a file that was open to others are closed with the next change, and a damaged file is not quoted', async () => {
    const data = temporaryFolder()
    const path = join(data, 'secrets.json')
    const secrets = createSecretsFile(data)
    expect(await secrets.get('one')).toBeNull()
    expect(existsSync(path)).toBe(false)
    writeFileSync(path, '{"one":"1"}', { mode: 0o644 })
    await Promise.all([secrets.set('two', '2'), secrets.set('three', '3'), secrets.remove('one')])
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ two: '2', three: '3' })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    writeFileSync(path, `{"one": "${password}`)
    const failure = await secrets.get('one').catch((error: unknown) => String(error))
    expect(failure).toContain('cannot be read')
    expect(failure).not.toContain('secret-word')
  })
})
