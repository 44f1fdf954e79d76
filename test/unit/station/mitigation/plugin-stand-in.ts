import { z } from 'zod'
import {
  pluginAcl,
  type PluginClient,
  type PluginCommand,
  type PluginState,
} from '../../../../src/station/mitigation/mosquitto-dynamic-security/plugin-state.ts'

/** What the plugin of Mosquitto 2.0.11 makes of a command, as far as Picket uses it. Throws where it would say no. */
export function carriedOut(state: PluginState, command: PluginCommand): PluginState {
  const does = deeds[command.command]
  if (!does) throw new Error('Unknown command')
  return does(state, told.parse(command))
}

const told = z.object({
  username: z.string().default(''),
  rolename: z.string().default(''),
  groupname: z.string().default(''),
  textdescription: z.string().default(''),
  priority: z.number().int().default(-1),
  acls: pluginAcl.array().default([]),
})
type Told = z.infer<typeof told>

const deeds: Record<string, (state: PluginState, told: Told) => PluginState> = {
  createRole(state, { rolename, textdescription, acls }) {
    refuse(state.roles.some((role) => role.rolename === rolename))
    return {
      ...state,
      roles: sorted([...state.roles, { rolename, textdescription, acls }], 'rolename'),
    }
  },
  deleteRole: (state, { rolename }) => ({
    ...state,
    roles: state.roles.filter((role) => role.rolename !== rolename),
    clients: state.clients.map((client) => ({
      ...client,
      roles: client.roles.filter((role) => role.rolename !== rolename),
    })),
  }),
  createGroup(state, { groupname, textdescription }) {
    refuse(state.groups.some((group) => group.groupname === groupname))
    const group = { groupname, textdescription, roles: [], clients: [] }
    return { ...state, groups: sorted([...state.groups, group], 'groupname') }
  },
  deleteGroup: (state, { groupname }) => ({
    ...state,
    groups: state.groups.filter((group) => group.groupname !== groupname),
  }),
  addClientRole: (state, { username, rolename, priority }) =>
    withClient(state, username, (client) => {
      refuse(client.roles.some((role) => role.rolename === rolename))
      const roles = insertedInOrder(client.roles, { rolename, priority }, 'rolename')
      return { ...client, roles }
    }),
  removeClientRole: (state, { username, rolename }) =>
    withClient(state, username, (client) => {
      return { ...client, roles: client.roles.filter((role) => role.rolename !== rolename) }
    }),
  addGroupClient: (state, { username, groupname, priority }) =>
    withMember(
      withClient(state, username, (client) => {
        refuse(client.groups.some((group) => group.groupname === groupname))
        const groups = insertedInOrder(client.groups, { groupname, priority }, 'groupname')
        return { ...client, groups }
      }),
      { username, groupname, isMember: true },
    ),
  removeGroupClient: (state, { username, groupname }) =>
    withMember(
      withClient(state, username, (client) => {
        return { ...client, groups: client.groups.filter((group) => group.groupname !== groupname) }
      }),
      { username, groupname, isMember: false },
    ),
}

function refuse(isWrong: boolean): void {
  if (isWrong) throw new Error('Internal error')
}

function withClient(
  state: PluginState,
  username: string,
  change: (client: PluginClient) => PluginClient,
): PluginState {
  refuse(!state.clients.some((client) => client.username === username))
  const changed = (client: PluginClient) => (client.username === username ? change(client) : client)
  return { ...state, clients: state.clients.map(changed) }
}

function withMember(
  state: PluginState,
  { username, groupname, isMember }: { username: string; groupname: string; isMember: boolean },
): PluginState {
  return {
    ...state,
    groups: state.groups.map((group) => {
      if (group.groupname !== groupname) return group
      const others = group.clients.filter((client) => client.username !== username)
      return {
        ...group,
        clients: sorted(isMember ? [...others, { username }] : others, 'username'),
      }
    }),
  }
}

function sorted<Key extends string, Named extends Record<Key, string>>(named: Named[], key: Key) {
  return named.toSorted((a, b) => (a[key] < b[key] ? -1 : 1))
}

/** Its hash tables: before the first that comes after it, compared by a subtraction that may overflow. */
export function insertedInOrder<Key extends string>(
  held: readonly (Record<Key, string> & { priority: number })[],
  added: Record<Key, string> & { priority: number },
  key: Key,
) {
  const comparison = (a: typeof added, b: typeof added) =>
    (b.priority - a.priority) | 0 || (a[key] < b[key] ? -1 : 1)
  const place = held.findIndex((each) => comparison(each, added) > 0)
  return held.toSpliced(place < 0 ? held.length : place, 0, added)
}
