import { StationError } from '../../../contract/errors.ts'
import type { ReleaseManner } from '../../../contract/model/quarantine.ts'
import { shownName } from '../shown-name.ts'
import { clientOf, groupOf, isOwnGroup, isOwnRole, roleOf } from './block.ts'
import type { PluginClient, PluginCommand, PluginState } from './plugin-state.ts'
import type { DynamicSecurityRecord, RecordedClient } from './record.ts'
import { stepsToHold, stepsToJoin, stepToLeave, stepToTakeRole, type Step } from './steps.ts'

/** What is still to be done until the clients are free; none where they are. Throws BROKER_REFUSED where it cannot be. */
export function stepsToRelease(
  state: PluginState,
  record: DynamicSecurityRecord,
  manner: ReleaseManner,
): Step[] {
  const changes = record.clients.flatMap((recorded) => {
    if (manner === 'restore') return stepsToRestore(state, recorded)
    const now = clientOf(state, recorded.before.username)
    return now ? stepsBetween(now, lifted(state, now, { recorded, name: record.block.name })) : []
  })
  return [...changes, ...stepsToTidy(state, record)]
}

function stepsToRestore(state: PluginState, { before }: RecordedClient): Step[] {
  const now = clientOf(state, before.username)
  const missing = whatIsMissing(state, before)
  if (now && missing.length === 0) return stepsBetween(now, before)
  throw new StationError(
    'BROKER_REFUSED',
    `${shownName(before.username)} cannot have back all that was recorded: ${missing.join(', ')} was deleted at the broker. Nothing was changed. Make it again there, or only take the block away.`,
  )
}

function whatIsMissing(state: PluginState, { username, roles, groups }: PluginClient): string[] {
  const lostRoles = roles.filter(({ rolename }) => !roleOf(state, rolename))
  const lostGroups = groups.filter(({ groupname }) => !groupOf(state, groupname))
  return [
    ...(clientOf(state, username) ? [] : [`the client ${shownName(username)}`]),
    ...lostRoles.map(({ rolename }) => `the role ${shownName(rolename)}`),
    ...lostGroups.map(({ groupname }) => `the group ${shownName(groupname)}`),
  ]
}

/** As it is now, without the block and with what the block had put out of the way. */
function lifted(
  state: PluginState,
  now: PluginClient,
  { recorded, name }: { recorded: RecordedClient; name: string },
): PluginClient {
  const isHeld = (rolename: string) => now.roles.some((role) => role.rolename === rolename)
  const evicted = recorded.evicted.filter(
    ({ rolename }) => !isHeld(rolename) && roleOf(state, rolename) !== undefined,
  )
  return {
    ...now,
    roles: [...now.roles.filter(({ rolename }) => rolename !== name), ...evicted],
    groups: now.groups.filter(({ groupname }) => groupname !== name),
  }
}

/** The block goes first: the first change ends the connections, and what is denied then is forgotten for good. */
function stepsBetween(now: PluginClient, wanted: PluginClient): Step[] {
  const { username } = wanted
  const roles = new Set(wanted.roles.map(({ rolename }) => rolename))
  const groups = new Set(wanted.groups.map(({ groupname }) => groupname))
  const newGroups = now.groups.filter(({ groupname }) => !groups.has(groupname))
  const newRoles = now.roles.filter(({ rolename }) => !roles.has(rolename))
  return [
    ...newRoles.map(({ rolename }) => stepToTakeRole(username, rolename)),
    ...wanted.roles.flatMap((role) => stepsToHold(now, role)),
    ...newGroups.map(({ groupname }) => stepToLeave(username, groupname)),
    ...wanted.groups.flatMap((group) => stepsToJoin(now, group)),
    ...stepsToDescribe(now, wanted),
  ]
}

function stepsToDescribe(now: PluginClient, wanted: PluginClient): Step[] {
  const { username, clientid, disabled } = wanted
  const name = shownName(username)
  const texts = changedTexts(now, wanted)
  const isDescribed = Object.keys(texts).length === 0
  const describe: PluginCommand = { command: 'modifyClient', username, ...texts }
  // The plugin forgets the client id where none is given.
  const bind: PluginCommand = {
    command: 'setClientId',
    username,
    ...(clientid ? { clientid } : {}),
  }
  const enable: PluginCommand = { command: disabled ? 'disableClient' : 'enableClient', username }
  return [
    { isDone: isDescribed, sentence: `Give ${name} its former description.`, command: describe },
    {
      isDone: now.clientid === clientid,
      sentence: `Bind ${name} to its former client id, or to none.`,
      command: bind,
    },
    {
      isDone: now.disabled === disabled,
      sentence: `${disabled ? 'Disable' : 'Enable'} ${name} again.`,
      command: enable,
    },
  ].flatMap(({ isDone, ...step }) => (isDone ? [] : [step]))
}

/** A text that was never given must not be given now, not even empty: the plugin would write it down. */
function changedTexts(now: PluginClient, { textname, textdescription }: PluginClient) {
  return {
    ...(now.textname === textname ? {} : { textname }),
    ...(now.textdescription === textdescription ? {} : { textdescription }),
  }
}

/** What Picket made and nobody uses any more goes too. */
function stepsToTidy(state: PluginState, { block, clients }: DynamicSecurityRecord): Step[] {
  const { name } = block
  const freed = new Set(clients.map(({ before }) => before.username))
  const isOther = ({ username }: { username: string }) => !freed.has(username)
  const group = groupOf(state, name)
  const role = roleOf(state, name)
  const holdsRole = ({ roles }: { roles: readonly { rolename: string }[] }) =>
    roles.some(({ rolename }) => rolename === name)
  const isRoleUsed = state.clients.filter(isOther).some(holdsRole) || state.groups.some(holdsRole)
  return [
    ...(group && isOwnGroup(group) && !group.clients.some(isOther)
      ? [
          {
            sentence: `Delete the group ${shownName(name)} if nobody else is in it.`,
            command: { command: 'deleteGroup', groupname: name },
          },
        ]
      : []),
    ...(role && isOwnRole(role) && !isRoleUsed
      ? [
          {
            sentence: `Delete the role ${shownName(name)} if nobody else has it.`,
            command: { command: 'deleteRole', rolename: name },
          },
        ]
      : []),
  ]
}
