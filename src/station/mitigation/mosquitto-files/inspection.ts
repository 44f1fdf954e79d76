import type { Inspection } from '../controller.ts'
import { shownName } from '../shown-name.ts'
import { hasBlock, isBlockWhole, withoutBlock } from './acl-block.ts'
import { topicLinesOf } from './acl-lines.ts'
import { areSame, type BrokerFiles } from './broker-files.ts'
import { loginOf } from './password-lines.ts'
import type { FilesRecord, RecordedUser } from './record.ts'

/** Compares the files with the whole block, and with what was recorded before it. */
export function inspected(files: BrokerFiles, { users }: FilesRecord): Inspection {
  const views = users.map((user) => viewOf(files, user))
  const differences = views.flatMap((view) => view.differences)
  return {
    isInForce: views.every(({ isBlocked }) => isBlocked),
    isAsBefore: differences.length === 0 && views.every(({ isFree }) => isFree),
    differences,
    sentence: `${views.map(({ sentence }) => sentence).join(' ')} That is what the files say; only the traffic shows what Mosquitto made of them.`,
  }
}

function viewOf({ acl, passwords }: BrokerFiles, user: RecordedUser) {
  const { name } = user
  const who = shownName(name)
  const login = passwords ? loginOf(passwords.text, name) : null
  const isDenied = isBlockWhole(acl.text, name)
  const mayLogIn = login?.active ?? false
  return {
    isBlocked: isDenied && !mayLogIn,
    isFree: !hasBlock(acl.text, name) && !login?.aside,
    differences: [...changesOfLines(acl.text, user), ...changesOfLogin(login, user)].map(
      (change) => `${who} ${change}.`,
    ),
    sentence: [
      `The access list ${isDenied ? 'denies' : 'does not deny'} everything to ${who}`,
      login ? `, and the password file ${mayLogIn ? 'has' : 'does not have'} its login` : '',
      '.',
    ].join(''),
  }
}

function changesOfLines(text: string, { name, topicLines }: RecordedUser): string[] {
  const isTorn = hasBlock(text, name) && !isBlockWhole(text, name)
  const isSame = areSame(topicLinesOf(withoutBlock(text, name), name), topicLines)
  return [
    ...(isSame ? [] : ['has other lines of its own in the access list']),
    ...(isTorn ? ['has a block that was edited, or that does not cover all topics any more'] : []),
  ]
}

function changesOfLogin(
  login: { active: boolean; aside: boolean } | null,
  { hadLogin }: RecordedUser,
): string[] {
  if (!login) return []
  const isNew = login.active && (login.aside || !hadLogin)
  const isGone = hadLogin && !login.active && !login.aside
  return [
    ...(isNew ? ['was given a new login in the password file'] : []),
    ...(isGone ? ['lost its login in the password file'] : []),
  ]
}
