import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { StationError } from '../../contract/errors.ts'
import type { Secrets } from '../ports.ts'

const kept = z.record(z.string(), z.string())
type Kept = z.infer<typeof kept>

/** How a host protects a secret before it is written. Each call may throw SECRETS_UNAVAILABLE. */
export interface Seal {
  close(secret: string): Promise<string>
  /** `isStale`: it opened, but with a key that is not to be used any longer. */
  open(sealed: string): Promise<{ secret: string; isStale: boolean }>
  /** How they are protected here, in a sentence for people. */
  describe(): string
}

/**
 * Passwords and keys in a file of the data folder that this user alone may read. Nothing but the file's permissions
 * protects them: a machine without a person at it has nowhere to take a key from. They are not in the database, so
 * that no backup of it has them.
 */
export function createSecretsFile(folder: string): Secrets {
  return createSealedSecrets(join(folder, 'secrets.json'), noSeal)
}

const noSeal: Seal = {
  close: async (secret) => secret,
  open: async (secret) => ({ secret, isStale: false }),
  describe: () =>
    'Passwords and keys are kept on the station’s machine, in a file that only the account Picket runs under, and administrators, may read. They are not encrypted. They are never sent back to this page.',
}

/** The same, with every secret sealed before it is written. */
export function createSealedSecrets(path: string, seal: Seal): Secrets {
  let last: Promise<unknown> = Promise.resolve()

  /** One change after another: each writes the whole file. */
  function change(edit: (secrets: Map<string, string>) => void): Promise<void> {
    const turn = last.then(async () => {
      const secrets = new Map(Object.entries(await read(path)))
      edit(secrets)
      await write(path, Object.fromEntries(secrets))
    })
    last = turn.catch(() => undefined)
    return turn
  }

  async function set(name: string, secret: string): Promise<void> {
    const sealed = await seal.close(secret)
    await change((secrets) => secrets.set(name, sealed))
  }

  return {
    set,
    async get(name) {
      await last
      const sealed = new Map(Object.entries(await read(path))).get(name)
      if (sealed === undefined) return null
      const { secret, isStale } = await seal.open(sealed)
      if (isStale) await set(name, secret)
      return secret
    },
    remove: (name) => change((secrets) => secrets.delete(name)),
    describe: () => seal.describe(),
  }
}

async function read(path: string): Promise<Kept> {
  try {
    return kept.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    // What is wrong with the text must not be told: the message could quote a secret.
    throw unavailable(path, error instanceof Error && 'code' in error ? error.code : 'not JSON')
  }
}

/** All or nothing, and at no moment readable by others. */
async function write(path: string, secrets: Kept): Promise<void> {
  const written = `${path}.new`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(written, JSON.stringify(secrets), { mode: 0o600 })
    // The mode above holds for a new file alone.
    await chmod(written, 0o600)
    await rename(written, path)
  } catch (error) {
    throw unavailable(path, error instanceof Error && 'code' in error ? error.code : 'unknown')
  }
}

function unavailable(path: string, reason: unknown): StationError {
  return new StationError(
    'SECRETS_UNAVAILABLE',
    `Passwords and keys cannot be read or kept in ${basename(path)} (${String(reason)}). Correct the file or the permissions of the data folder.`,
  )
}
