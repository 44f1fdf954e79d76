import { StationError } from '../../../contract/errors.ts'
import { shownName } from '../shown-name.ts'
import {
  clientOf,
  denies,
  groupOf,
  isOwnRole,
  mark,
  ownPriority,
  roleOf,
  type Block,
} from './block.ts'
import type { PluginClient, PluginState } from './plugin-state.ts'
import type { DynamicSecurityRecord, RecordedClient } from './record.ts'
import { stepsToHold, stepsToJoin, stepToTakeRole, type Step } from './steps.ts'

/**
 * What is still to be done until the block is whole; none where it is. Throws BROKER_REFUSED where it cannot be.
 * Every change of a client ends its connections, and then the plugin forgets the subscriptions of its persistent
 * sessions that are denied at that moment: so the group, which denies nothing, comes first.
 */
export function stepsToIsolate(state: PluginState, record: DynamicSecurityRecord): Step[] {
  const { block, clients } = record
  const { name: groupname } = block
  const found = clients.map((recorded) => ({ recorded, client: clientThere(state, recorded) }))
  return [
    ...stepsToMakeRole(state, block),
    ...stepsToMakeGroup(state, block),
    ...found.flatMap(({ client }) => stepsToJoin(client, { groupname, priority: ownPriority })),
    ...found.flatMap(({ client, recorded }) => stepsToDeny(client, recorded, block)),
  ]
}

function clientThere(state: PluginState, { before }: RecordedClient): PluginClient {
  const client = clientOf(state, before.username)
  if (client) return client
  throw new StationError(
    'BROKER_REFUSED',
    `${shownName(before.username)} was deleted at the broker meanwhile, so there is nothing to isolate. Look at the new dry run.`,
  )
}

function stepsToMakeRole(state: PluginState, { name, acls }: Block): Step[] {
  const role = roleOf(state, name)
  if (role && isOwnRole(role) && denies(role, acls)) return []
  if (role) {
    throw new StationError(
      'BROKER_REFUSED',
      `Somebody changed the role ${shownName(name)}: it does not deny everything any more, so Picket does not use it. Delete that role at the broker, then try again.`,
    )
  }
  return [
    {
      sentence: `Make the role ${shownName(name)}, which denies sending, receiving and subscribing on every topic.`,
      command: { command: 'createRole', rolename: name, ...described, acls },
    },
  ]
}

const described = { textname: 'Quarantine', textdescription: mark }

function stepsToDeny(client: PluginClient, recorded: RecordedClient, { name }: Block): Step[] {
  const { priority, evicted } = recorded
  const isEvicted = (rolename: string) => evicted.some((role) => role.rolename === rolename)
  const inTheWay = client.roles.filter(({ rolename }) => isEvicted(rolename))
  return [
    ...stepsToHold(client, { rolename: name, priority }),
    ...inTheWay.map(({ rolename }) => stepToTakeRole(client.username, rolename)),
  ]
}

function stepsToMakeGroup(state: PluginState, { name }: Block): Step[] {
  if (groupOf(state, name)) return []
  return [
    {
      sentence: `Make the group ${shownName(name)}, which shows who is in quarantine.`,
      command: { command: 'createGroup', groupname: name, ...described },
    },
  ]
}

/** What the plugin will have once all steps are done. */
export function blocked(
  state: PluginState,
  { block, clients }: DynamicSecurityRecord,
): PluginState {
  const { name, acls } = block
  const group = { groupname: name, priority: ownPriority }
  const members = clients.map(({ before }) => ({ username: before.username }))
  const changed = clients.map(({ before, priority, evicted }) => ({
    ...before,
    roles: [
      ...before.roles.filter((role) => !evicted.includes(role)),
      { rolename: name, priority },
    ],
    groups: [...before.groups, group],
  }))
  const { clients: others = [] } = groupOf(state, name) ?? {}
  return {
    ...state,
    clients: state.clients.map((client) => changed.find(isSameAs(client)) ?? client),
    roles: [
      ...state.roles.filter(({ rolename }) => rolename !== name),
      { rolename: name, textdescription: mark, acls },
    ],
    groups: [
      ...state.groups.filter(({ groupname }) => groupname !== name),
      { groupname: name, textdescription: mark, roles: [], clients: [...others, ...members] },
    ],
  }
}

function isSameAs({ username }: PluginClient) {
  return (other: PluginClient) => other.username === username
}
