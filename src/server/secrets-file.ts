import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { StationError } from '../contract/errors.ts'
import type { Secrets } from '../station/ports.ts'

const kept = z.record(z.string(), z.string())
type Kept = z.infer<typeof kept>

/**
 * Passwords and keys in a file of the data folder that this user alone may read. Nothing but the file's permissions
 * protects them: a machine without a person at it has nowhere to take a key from. They are not in the database, so
 * that no backup of it has them.
 */
export function createSecretsFile(folder: string): Secrets {
  const path = join(folder, 'secrets.json')
  let last: Promise<unknown> = Promise.resolve()

  /** One change after another: each writes the whole file. */
  function change(edit: (secrets: Map<string, string>) => void): Promise<void> {
    const turn = last.then(async () => {
      const secrets = new Map(Object.entries(await read(path)))
      edit(secrets)
      await write(path, folder, Object.fromEntries(secrets))
    })
    last = turn.catch(() => undefined)
    return turn
  }

  return {
    set: (name, value) => change((secrets) => secrets.set(name, value)),
    async get(name) {
      await last
      return new Map(Object.entries(await read(path))).get(name) ?? null
    },
    remove: (name) => change((secrets) => secrets.delete(name)),
    describe: () =>
      'Passwords and keys are kept on the station’s machine, in a file that only the account Picket runs under, and administrators, may read. They are not encrypted. They are never sent back to this page.',
  }
}

async function read(path: string): Promise<Kept> {
  try {
    return kept.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    // What is wrong with the text must not be told: the message could quote a secret.
    throw unavailable(error instanceof Error && 'code' in error ? String(error.code) : 'not JSON')
  }
}

/** All or nothing, and at no moment readable by others. */
async function write(path: string, folder: string, secrets: Kept): Promise<void> {
  const written = `${path}.new`
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(written, JSON.stringify(secrets), { mode: 0o600 })
    // The mode above holds for a new file alone.
    await chmod(written, 0o600)
    await rename(written, path)
  } catch (error) {
    throw unavailable(error instanceof Error && 'code' in error ? String(error.code) : 'unknown')
  }
}

function unavailable(reason: string): StationError {
  return new StationError(
    'SECRETS_UNAVAILABLE',
    `Passwords and keys cannot be read or kept in secrets.json (${reason}). Correct the file or the permissions of the data folder.`,
  )
}
