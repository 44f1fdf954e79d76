import { shownName } from '../shown-name.ts'
import type { PluginClient } from './plugin-state.ts'
import type { RecordedClient } from './record.ts'

interface Held {
  name: string
  priority: number
}

/**
 * What others did to a client since it was recorded, in sentences. `block`: the name of Picket's role and group,
 * which are no such change, whether they are there or not.
 */
export function differencesOf(
  now: PluginClient | undefined,
  { before, evicted }: RecordedClient,
  block: string,
): string[] {
  const who = shownName(before.username)
  if (!now) return [`${who} was deleted at the broker.`]
  const away = new Set(evicted.map(({ rolename }) => rolename))
  const expected = rolesOf(before).filter(({ name }) => !away.has(name))
  const returned = rolesOf(before).filter(({ name }) => away.has(name))
  const roles = rolesOf(now).filter((role) => role.name !== block && !isIn(returned, role))
  const groups = groupsOf(now).filter(({ name }) => name !== block)
  return [
    ...changesOf('role', expected, roles),
    ...changesOf('group', groupsOf(before), groups),
    ...changesOfTexts(before, now),
  ].map((change) => `${who} ${change}.`)
}

function rolesOf({ roles }: PluginClient): Held[] {
  return roles.map(({ rolename, priority }) => ({ name: rolename, priority }))
}

function groupsOf({ groups }: PluginClient): Held[] {
  return groups.map(({ groupname, priority }) => ({ name: groupname, priority }))
}

function isIn(held: readonly Held[], { name, priority }: Held): boolean {
  return held.some((each) => each.name === name && each.priority === priority)
}

function changesOf(
  what: 'role' | 'group',
  before: readonly Held[],
  now: readonly Held[],
): string[] {
  const gone = before.filter((held) => !isIn(now, held))
  const come = now.filter((held) => !isIn(before, held))
  return [
    ...gone.map(
      ({ name, priority }) => `lost the ${what} ${shownName(name)} (priority ${priority})`,
    ),
    ...come.map(
      ({ name, priority }) => `was given the ${what} ${shownName(name)} (priority ${priority})`,
    ),
  ]
}

function changesOfTexts(before: PluginClient, now: PluginClient): string[] {
  const isDescribed =
    before.textname === now.textname && before.textdescription === now.textdescription
  return [
    ...(isDescribed ? [] : ['has another description']),
    ...(before.clientid === now.clientid ? [] : ['is bound to another client id, or to none']),
    ...(before.disabled === now.disabled ? [] : [now.disabled ? 'was disabled' : 'was enabled']),
  ]
}
