import { isSubscribed } from '../../ingest/device-topic.ts'
import type { Preparation, QuarantineTarget } from '../controller.ts'
import { shownName, shownNames } from '../shown-name.ts'
import { chooseBlock, clientOf, groupOf, isOwnRole, roleOf } from './block.ts'
import { blocked, stepsToIsolate } from './isolation-steps.ts'
import { controlTopic, type PluginClient, type PluginState } from './plugin-state.ts'
import { recordOf } from './record.ts'
import { stepsToRelease } from './release-steps.ts'
import type { Step } from './steps.ts'

/** The dry run. `ownLogins`: user names that Picket logs in with. */
export function prepared(
  state: PluginState,
  target: QuarantineTarget,
  ownLogins: readonly string[],
): Preparation {
  const names = [...new Set(target.usernames)]
  const clients = names.flatMap((name) => clientOf(state, name) ?? [])
  const strangers = names.filter((name) => !clientOf(state, name))
  const record = recordOf(chooseBlock(state), clients)
  return {
    plan: {
      identity: identityOf(clients, strangers),
      calls: stepsToIsolate(state, record).map(callOf),
      undo: stepsToRelease(blocked(state, record), record, 'restore').map(callOf),
      recorded: clients.flatMap(recordedOf),
      shares: sharesOf(target),
      losers: null,
      losses: lossesOf(names),
      forbidden:
        clients.length === 0
          ? [whyNobody(names)]
          : clients.flatMap((client) => whyNot(state, client, ownLogins)),
    },
    record,
  }
}

function callOf({ sentence, command }: Step) {
  return { sentence, exact: JSON.stringify(command) }
}

function identityOf(clients: readonly PluginClient[], strangers: readonly string[]): string {
  const known = clients.map(({ username }) => username)
  if (known.length === 0) return 'no user name that the plugin knows'
  const rest =
    strangers.length > 0 ? `, but not ${shownNames(strangers)}: the plugin knows none` : ''
  return `the user name ${shownNames(known)}${rest}`
}

function recordedOf({ username, roles, groups, disabled }: PluginClient): string[] {
  const own = roles.map(({ rolename, priority }) => `${shownName(rolename)} (${priority})`)
  const of = groups.map(({ groupname, priority }) => `${shownName(groupname)} (${priority})`)
  const who = shownName(username)
  return [
    `The roles of ${who} with their priorities: ${own.join(', ') || 'none'}.`,
    `The groups of ${who} with their priorities: ${of.join(', ') || 'none'}.`,
    `Its description, the client id it is bound to, and that it is ${disabled ? 'disabled' : 'enabled'}. Its password is not read and not touched.`,
  ]
}

function sharesOf({ usernames, clientIds }: QuarantineTarget): string[] {
  if (clientIds.length < 2) return []
  return [
    `${clientIds.length} sessions log in as ${shownNames(usernames)}, and all of them end: ${shownNames(clientIds)}.`,
  ]
}

function lossesOf(names: readonly string[]): string[] {
  const who = shownNames(names)
  return [
    `Messages that wait for a persistent session of ${who}: the broker throws them away when it comes back, and keeps no new ones for it meanwhile.`,
    `What ${who} sends meanwhile is refused. Whether it sends that later is its own business.`,
    'Its last will: the broker does not publish it when it ends the connection, so nobody is told that way.',
  ]
}

function whyNobody(names: readonly string[]): string {
  return names.length === 0
    ? 'Picket has seen the device with neither a user name nor a certificate, so the broker cannot tell it from others. Give it a login of its own.'
    : `The Dynamic Security plugin knows no client ${shownNames(names)}: a password file or another listener lets it in. Make it a client of the plugin, or control the broker through its files.`
}

function whyNot(
  state: PluginState,
  client: PluginClient,
  ownLogins: readonly string[],
): readonly string[] {
  const who = shownName(client.username)
  return [
    ...(ownLogins.includes(client.username) ? [`${who} is a login of Picket itself.`] : []),
    ...(mayAdminister(state, client)
      ? [`${who} may administer the broker: without it, nobody might be able to undo this.`]
      : []),
    ...ownRolesOf(state, client).map(
      (name) =>
        `${who} has the role ${shownName(name)} already, from an isolation that this station does not know. Take it away at the broker first.`,
    ),
  ]
}

function mayAdminister(state: PluginState, { roles, groups }: PluginClient): boolean {
  const ofGroups = groups.flatMap(({ groupname }) => groupOf(state, groupname)?.roles ?? [])
  const acls = [...roles, ...ofGroups].flatMap(
    ({ rolename }) => roleOf(state, rolename)?.acls ?? [],
  )
  return acls.some(
    ({ acltype, topic, allow }) =>
      allow && acltype === 'publishClientSend' && isSubscribed(topic, controlTopic),
  )
}

function ownRolesOf(state: PluginState, { roles }: PluginClient): string[] {
  const names = roles.map(({ rolename }) => rolename)
  return names.filter((name) =>
    state.roles.some((role) => role.rolename === name && isOwnRole(role)),
  )
}
