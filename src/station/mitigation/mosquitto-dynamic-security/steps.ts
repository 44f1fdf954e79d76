import { shownName } from '../shown-name.ts'
import type { HeldGroup, HeldRole, PluginClient, PluginCommand } from './plugin-state.ts'

/** One command to the plugin, and what it does in words. */
export interface Step {
  sentence: string
  command: PluginCommand
}

/** Until the client has the role with just this priority. A role that is there already cannot be given again. */
export function stepsToHold({ username, roles }: PluginClient, role: HeldRole): Step[] {
  const { rolename, priority } = role
  const held = roles.find((each) => each.rolename === rolename)
  if (held?.priority === priority) return []
  const give = {
    sentence: `Give ${shownName(username)} the role ${shownName(rolename)} with priority ${priority}.`,
    command: { command: 'addClientRole', username, rolename, priority },
  }
  return held ? [stepToTakeRole(username, rolename), give] : [give]
}

export function stepToTakeRole(username: string, rolename: string): Step {
  return {
    sentence: `Take the role ${shownName(rolename)} from ${shownName(username)}.`,
    command: { command: 'removeClientRole', username, rolename },
  }
}

/** Until the client is in the group with just this priority. */
export function stepsToJoin({ username, groups }: PluginClient, group: HeldGroup): Step[] {
  const { groupname, priority } = group
  const held = groups.find((each) => each.groupname === groupname)
  if (held?.priority === priority) return []
  const join = {
    sentence: `Put ${shownName(username)} into the group ${shownName(groupname)} with priority ${priority}.`,
    command: { command: 'addGroupClient', username, groupname, priority },
  }
  return held ? [stepToLeave(username, groupname), join] : [join]
}

export function stepToLeave(username: string, groupname: string): Step {
  return {
    sentence: `Take ${shownName(username)} out of the group ${shownName(groupname)}.`,
    command: { command: 'removeGroupClient', username, groupname },
  }
}
