import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { StationError } from '../../contract/errors.ts'
import type { Approval } from '../../contract/model/quarantine.ts'
import type { Core } from '../core.ts'
import { appendToJournal } from '../journal/append.ts'
import { deleteApprover, insertApprover, readApprovers } from '../store/mitigation.ts'
import { transaction } from '../store/transaction.ts'

/** Wrong tries that one name has within so long. */
const mostTries = 5
const triesWithinMs = 15 * 60_000

/** About 50 ms and 16 MiB: PINs are short, and are asked for seldom. https://www.rfc-editor.org/rfc/rfc7914 */
const cost = { N: 16_384, r: 8, p: 1 }
const saltBytes = 16
const hashBytes = 32

/** People who may agree to what one alone must not do, with a PIN each. Hashes of PINs are the host's secrets. */
export interface Approvers {
  list(): string[]
  /** Sets, changes (with the PIN as it was) or removes (null) a PIN. Throws APPROVAL_WRONG. */
  setPin(change: {
    person: string
    pin: string | null
    formerPin?: string | undefined
  }): Promise<{ person: string }>
  /** The name of who agreed. Throws APPROVAL_NEEDED, or APPROVAL_WRONG for a wrong PIN or one's own name. */
  approve(approval: Approval | undefined, by: string): Promise<string>
}

export function createApprovers(core: Core): Approvers {
  const { secrets } = core.ports
  const wrongTries = new Map<string, number[]>()

  async function setPin({ person, pin, formerPin = '' }: Parameters<Approvers['setPin']>[0]) {
    const isKnown = (await secrets.get(placeOf(person))) !== null
    if (isKnown) await check({ by: person, pin: formerPin })
    if (pin === null) await secrets.remove(placeOf(person))
    else await secrets.set(placeOf(person), await hashOf(pin))
    note(core, person, pin !== null)
    return { person }
  }

  async function approve(approval: Approval | undefined, by: string): Promise<string> {
    if (!approval) throw new StationError('APPROVAL_NEEDED')
    if (isSamePerson(approval.by, by)) throw new StationError('APPROVAL_WRONG', samePerson)
    await check(approval)
    return approval.by
  }

  /** Counted before it is checked, so that many at once are no more tries. */
  async function check({ by, pin }: Approval): Promise<void> {
    const now = core.clock.now()
    forget(now - triesWithinMs)
    const tries = wrongTries.get(by) ?? []
    if (tries.length >= mostTries) throw new StationError('APPROVAL_WRONG', tooMany)
    wrongTries.set(by, [...tries, now])
    const kept = await secrets.get(placeOf(by))
    if (!(await isPin(pin, kept))) throw new StationError('APPROVAL_WRONG')
    wrongTries.delete(by)
  }

  function forget(before: number): void {
    for (const [by, tries] of wrongTries) {
      const recent = tries.filter((at) => at > before)
      if (recent.length === 0) wrongTries.delete(by)
      else wrongTries.set(by, recent)
    }
  }

  return { list: () => readApprovers(core.store.read), setPin, approve }
}

const samePerson =
  'The second person must be another one than who isolates the device. Nothing was changed.'

const tooMany =
  'Too many wrong PINs for this person. Nothing was changed. Wait a quarter of an hour, or ask somebody else.'

function note(core: Core, person: string, isSet: boolean): void {
  const { write } = core.store
  transaction(write, () => {
    if (isSet) insertApprover(write, person)
    else deleteApprover(write, person)
    const detail = { what: 'approver', isSet }
    appendToJournal(core, { kind: 'setting-changed', by: person, subject: person, detail })
  })
}

function isSamePerson(one: string, other: string): boolean {
  const plain = (name: string) => name.normalize('NFKC').trim().toLowerCase()
  return plain(one) === plain(other)
}

/** Any name is a usable place: it may hold whatever a person is called. */
function placeOf(person: string): string {
  return `approver/${Buffer.from(person).toString('base64url')}`
}

async function hashOf(pin: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const hash = await derive(pin, salt)
  return `${salt.toString('base64url')}.${hash.toString('base64url')}`
}

/** Takes as long for a person who has no PIN. */
async function isPin(pin: string, kept: string | null): Promise<boolean> {
  const [salt = '', hash = ''] = kept?.split('.') ?? []
  const found = await derive(pin, Buffer.from(salt, 'base64url'))
  const expected = Buffer.from(hash, 'base64url')
  return expected.length === found.length && timingSafeEqual(expected, found)
}

function derive(pin: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(pin.normalize('NFKC'), salt, hashBytes, cost, (error, hash) => {
      if (error) reject(error)
      else resolve(hash)
    })
  })
}
