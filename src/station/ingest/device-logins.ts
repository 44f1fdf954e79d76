import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'

/**
 * Logins of devices: a file with a line `NAME:scrypt$N$r$p$salt$hash` for each, salt and hash in base64url.
 * https://www.rfc-editor.org/rfc/rfc7914
 */
export interface DeviceLogins {
  /** True where the password is that of the name. Takes as long for a name that is unknown. */
  isValid(name: string | undefined, password: Uint8Array | undefined): Promise<boolean>
}

interface Secret {
  cost: ScryptCost
  salt: Buffer
  hash: Buffer
}

interface ScryptCost {
  N: number
  r: number
  p: number
}

/** About 10 ms: a broker that restarts is logged in to by all devices at once. */
const usualCost: ScryptCost = { N: 4096, r: 8, p: 1 }

/** What a line may ask for at most: 64 MiB. */
const mostMemoryBytes = 64 * 1024 * 1024

const hashBytes = 32
const saltBytes = 16

/** How often the file is looked at for changes, real milliseconds. */
const lookEveryMs = 1000

/** Opens a file of logins. Throws when it cannot be read or a line is wrong; later changes are taken up. */
export async function openDeviceLogins(path: string): Promise<DeviceLogins> {
  let secrets = parseLogins(await readFile(path, 'utf8'))
  let changedAt = (await stat(path)).mtimeMs
  let lookedAt = performance.now()

  /** A file that is being replaced, or has a mistake, leaves the logins as they were. */
  async function takeUpChanges(): Promise<void> {
    if (performance.now() - lookedAt < lookEveryMs) return
    lookedAt = performance.now()
    try {
      const { mtimeMs } = await stat(path)
      if (mtimeMs === changedAt) return
      secrets = parseLogins(await readFile(path, 'utf8'))
      changedAt = mtimeMs
    } catch {
      return
    }
  }

  const nobody = await makeSecret(randomBytes(saltBytes))

  return {
    async isValid(name, password) {
      await takeUpChanges()
      const secret = name === undefined ? undefined : secrets.get(name)
      const { cost, salt, hash } = secret ?? nobody
      const found = await derive(password ?? new Uint8Array(0), salt, cost)
      return timingSafeEqual(found, hash) && secret !== undefined && password !== undefined
    },
  }
}

/** The line for a new login, or for a new password of an old one. Throws a RangeError on an unusable name. */
export async function loginLine(name: string, password: string): Promise<string> {
  if (!isLoginName(name)) throw new RangeError('a name is 1-128 bytes without a line break')
  const { cost, salt, hash } = await makeSecret(Buffer.from(password, 'utf8'))
  const { N, r, p } = cost
  const parts = ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')]
  return `${name}:${parts.join('$')}`
}

/** The file's text with this line in it, in the place of an earlier one of the same name. */
export function withLogin(text: string, line: string): string {
  const name = nameIn(line)
  const others = linesOf(text).filter((each) => nameIn(each) !== name)
  return `${[...others, line].join('\n')}\n`
}

function parseLogins(text: string): Map<string, Secret> {
  return new Map(linesOf(text).map((line, index) => [nameIn(line), secretIn(line, index + 1)]))
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
}

/** A hash has no colon, a name may. */
function nameIn(line: string): string {
  return line.slice(0, Math.max(0, line.lastIndexOf(':')))
}

function secretIn(line: string, place: number): Secret {
  const [scheme, N, r, p, salt, hash] = line.slice(line.lastIndexOf(':') + 1).split('$')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const secret = {
    cost,
    salt: Buffer.from(salt ?? '', 'base64url'),
    hash: Buffer.from(hash ?? '', 'base64url'),
  }
  const isRight = scheme === 'scrypt' && isCost(cost) && secret.hash.length === hashBytes
  if (!isRight || !isLoginName(nameIn(line))) {
    throw new Error(`login ${place} is not NAME:scrypt$N$r$p$salt$hash`)
  }
  return secret
}

function isCost({ N, r, p }: ScryptCost): boolean {
  const areWhole = [N, r, p].every((each) => Number.isInteger(each) && each >= 1)
  return (
    areWhole && N > 1 && Number.isInteger(Math.log2(N)) && memoryOf({ N, r, p }) <= mostMemoryBytes
  )
}

function memoryOf({ N, r, p }: ScryptCost): number {
  return 128 * r * (N + p)
}

function isLoginName(name: string): boolean {
  return name.length > 0 && Buffer.byteLength(name) <= 128 && !/[\u0000-\u001f\u007f]/.test(name)
}

async function makeSecret(password: Uint8Array): Promise<Secret> {
  const salt = randomBytes(saltBytes)
  return { cost: usualCost, salt, hash: await derive(password, salt, usualCost) }
}

function derive(password: Uint8Array, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
  const options = { ...cost, maxmem: 2 * mostMemoryBytes }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, options, (error, hash) =>
      error ? reject(error) : resolve(hash),
    )
  })
}
