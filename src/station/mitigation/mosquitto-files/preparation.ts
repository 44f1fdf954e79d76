import type { Preparation, QuarantineTarget } from '../controller.ts'
import { shownName, shownNames } from '../shown-name.ts'
import { blockLines, hasBlock } from './acl-block.ts'
import { mayAdminister, topicLinesOf } from './acl-lines.ts'
import type { BrokerFiles } from './broker-files.ts'
import { signalCommand, type BrokerSignal } from './broker-signal.ts'
import { trimmed } from './file-lines.ts'
import { whyNotWritable } from './kept-file.ts'
import { loginOf } from './password-lines.ts'
import type { FilesRecord, RecordedUser } from './record.ts'

/** The dry run. `ownLogins`: user names that Picket logs in with. */
export async function prepared(
  files: BrokerFiles,
  target: QuarantineTarget,
  { signal, ownLogins }: { signal: BrokerSignal; ownLogins: readonly string[] },
): Promise<Preparation> {
  const names = [...new Set(target.usernames)]
  const record = { version: 1 as const, users: names.map((name) => recorded(files, name)) }
  const tell = { sentence: 'Mosquitto reads its files again.', exact: signalCommand(signal) }
  return {
    plan: {
      identity: names.length === 0 ? 'no user name' : `the user name ${shownNames(names)}`,
      calls: [...record.users.flatMap((user) => callsFor(files, user)), tell],
      undo: [...record.users.flatMap((user) => undoFor(files, user)), tell],
      recorded: record.users.flatMap((user) => sentencesOf(files, user)),
      shares: sharesOf(target),
      losers: null,
      losses: lossesOf(names),
      forbidden: [
        ...(names.length === 0 ? [nameless] : []),
        ...names.flatMap((name) => whyNot(files, name, ownLogins)),
        ...(await whyNotWritable(files.acl)),
        ...(files.passwords ? await whyNotWritable(files.passwords) : []),
      ],
    },
    record: record satisfies FilesRecord,
  }
}

function recorded({ acl, passwords }: BrokerFiles, name: string): RecordedUser {
  const hadLogin = passwords !== null && loginOf(passwords.text, name).active
  return { name, topicLines: topicLinesOf(acl.text, name), hadLogin }
}

function callsFor({ acl, passwords }: BrokerFiles, { name, hadLogin }: RecordedUser) {
  const lines = Buffer.from(blockLines(acl.text, name).join('\n'), 'latin1').toString('utf8')
  const deny = {
    sentence: `The access list denies everything to ${shownName(name)}. No other line is changed.`,
    exact: `Add to ${acl.path}:\n${lines}`,
  }
  const putAside = {
    sentence: `The login of ${shownName(name)} becomes a comment, and its connections end.`,
    exact: `In ${passwords?.path}, "${name}:..." becomes "#picket-quarantine ${name}:..."`,
  }
  return hadLogin ? [deny, putAside] : [deny]
}

function undoFor({ acl, passwords }: BrokerFiles, { name, hadLogin }: RecordedUser) {
  const allow = {
    sentence: `The access list is again what it was for ${shownName(name)}.`,
    exact: `Take the same lines out of ${acl.path}`,
  }
  const putBack = {
    sentence: `The login of ${shownName(name)} is there again.`,
    exact: `In ${passwords?.path}, "#picket-quarantine ${name}:..." becomes "${name}:..."`,
  }
  return hadLogin ? [putBack, allow] : [allow]
}

function sentencesOf({ passwords }: BrokerFiles, user: RecordedUser): string[] {
  const { name, topicLines, hadLogin } = user
  const who = shownName(name)
  const login = hadLogin ? 'That it has a login, which stays in its file' : 'That it has no login'
  return [
    `The ${topicLines.length} lines of ${who} in the access list. Everything else in it is left alone.`,
    ...(passwords ? [`${login}. Passwords are not copied.`] : []),
  ]
}

function sharesOf({ usernames, clientIds }: QuarantineTarget): string[] {
  if (clientIds.length < 2) return []
  return [
    `${clientIds.length} sessions log in as ${shownNames(usernames)}, and all of them are cut off: ${shownNames(clientIds)}.`,
  ]
}

function lossesOf(names: readonly string[]): string[] {
  const who = shownNames(names)
  return [
    `Messages for ${who} meanwhile, and those that wait for a persistent session if it connects in quarantine: the broker throws away what may not be read. A few that come while it is away may still reach it after its release.`,
    `What ${who} sends meanwhile. The broker refuses it, and only MQTT 5 tells the device so.`,
  ]
}

const nameless =
  'Picket has seen the device with neither a user name nor a certificate, so the access list cannot tell it from others. Give it a login of its own.'

function whyNot(
  { acl, passwords }: BrokerFiles,
  name: string,
  ownLogins: readonly string[],
): string[] {
  const who = shownName(name)
  // Mosquitto trims names in its files, so that such a line would be about somebody else.
  const isWritable = trimmed(name) === name && !/[\u0000-\u001f\u007f]/.test(name) && name !== ''
  const isLeft = hasBlock(acl.text, name) || (passwords && loginOf(passwords.text, name).aside)
  return [
    ...(isWritable ? [] : [`The user name ${who} cannot be written into Mosquitto's files.`]),
    ...(ownLogins.includes(name) ? [`${who} is a login of Picket itself.`] : []),
    ...(mayAdminister(acl.text, name) ? [`${who} may administer the broker.`] : []),
    ...(isLeft
      ? [
          `${who} is blocked in these files already, by an isolation that this station does not know. Take the lines of Picket out first.`,
        ]
      : []),
  ]
}
