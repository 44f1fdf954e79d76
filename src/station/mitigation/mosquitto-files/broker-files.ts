import { StationError } from '../../../contract/errors.ts'
import type { ReleaseManner } from '../../../contract/model/quarantine.ts'
import { shownName } from '../shown-name.ts'
import { withBlock, withoutBlock } from './acl-block.ts'
import { topicLinesOf, withTopicLines } from './acl-lines.ts'
import { readKept, replaceKept, type KeptFile } from './kept-file.ts'
import { loginOf, withLoginAsBefore, withLoginLifted, withoutLogin } from './password-lines.ts'
import type { FilesRecord, RecordedUser } from './record.ts'

/** What a Mosquitto reads when it is told to. */
export interface BrokerFiles {
  acl: KeptFile
  /** Null where logins are not Picket's business. */
  passwords: KeptFile | null
}

export async function readFiles(paths: {
  aclFile: string
  passwordFile?: string | undefined
}): Promise<BrokerFiles> {
  const { aclFile, passwordFile } = paths
  return {
    acl: await readKept(aclFile),
    passwords: passwordFile === undefined ? null : await readKept(passwordFile),
  }
}

/** Writes what is not so yet: may be done again. */
export async function blockUsers({ acl, passwords }: BrokerFiles, record: FilesRecord) {
  const names = record.users.map(({ name }) => name)
  await replaceKept(acl, names.reduce(withBlock, acl.text))
  if (passwords) await replaceKept(passwords, names.reduce(withoutLogin, passwords.text))
}

/** Writes what is not so yet: may be done again. Throws BROKER_REFUSED where something is gone that is to come back. */
export async function freeUsers(
  { acl, passwords }: BrokerFiles,
  { users }: FilesRecord,
  manner: ReleaseManner,
): Promise<void> {
  const free = manner === 'restore' ? restored : lifted
  const logins = passwords && users.reduce(free.passwords, passwords.text)
  if (passwords && logins !== null) await replaceKept(passwords, logins)
  await replaceKept(acl, users.reduce(free.acl, acl.text))
}

const lifted = {
  acl: (text: string, { name }: RecordedUser) => withoutBlock(text, name),
  passwords: (text: string, { name }: RecordedUser) => withLoginLifted(text, name),
}

const restored = {
  acl(text: string, { name, topicLines }: RecordedUser): string {
    const without = withoutBlock(text, name)
    return areSame(topicLinesOf(without, name), topicLines)
      ? without
      : withTopicLines(without, name, topicLines)
  },
  passwords(text: string, { name, hadLogin }: RecordedUser): string {
    const login = loginOf(text, name)
    if (hadLogin && !login.aside && !login.active) {
      throw new StationError(
        'BROKER_REFUSED',
        `The login of ${shownName(name)} was deleted from the password file, and Picket keeps no passwords. Nothing was changed. Make the login again, or only take the block away.`,
      )
    }
    const isAsBefore = login.active === hadLogin && !login.aside
    return isAsBefore ? text : withLoginAsBefore(text, name)
  },
}

export function areSame(lines: readonly string[], others: readonly string[]): boolean {
  return lines.join('\n') === others.join('\n')
}
