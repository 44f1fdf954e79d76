import type { Inspection } from '../controller.ts'
import { shownName } from '../shown-name.ts'
import { clientOf, denials, denies, isOwnRole, roleOf, rolesInTheWay, type Block } from './block.ts'
import { differencesOf } from './differences.ts'
import type { PluginClient, PluginState } from './plugin-state.ts'
import type { DynamicSecurityRecord } from './record.ts'
import { stepsToRelease } from './release-steps.ts'

/** Compares what the plugin has now with the whole block, and with what was recorded before it. */
export function inspected(state: PluginState, record: DynamicSecurityRecord): Inspection {
  const { block } = record
  const clients = record.clients.map((recorded) => {
    const { username } = recorded.before
    return { username, recorded, now: clientOf(state, username) }
  })
  const differences = [
    ...differencesOfBlock(state, block),
    ...clients.flatMap(({ recorded, now }) => differencesOf(now, recorded, block.name)),
  ]
  return {
    isInForce: isRoleWhole(state, block) && clients.every(({ now }) => isFirst(now, block.name)),
    isAsBefore: differences.length === 0 && stepsToRelease(state, record, 'lift').length === 0,
    differences,
    sentence: clients.map(({ username, now }) => sentenceOf(username, now, block.name)).join(' '),
  }
}

function isRoleWhole(state: PluginState, { name }: Block): boolean {
  const role = roleOf(state, name)
  return role !== undefined && isOwnRole(role) && denies(role, denials(state))
}

/** No other role of the client is looked at before the block. */
function isFirst(client: PluginClient | undefined, name: string): boolean {
  const held = client?.roles.find(({ rolename }) => rolename === name)
  if (!client || !held || rolesInTheWay(client).length > 0) return false
  return client.roles.every((role) => role === held || role.priority < held.priority)
}

function differencesOfBlock(state: PluginState, block: Block): string[] {
  const role = roleOf(state, block.name)
  if (!role || isRoleWhole(state, block)) return []
  return isOwnRole(role) && denies(role, block.acls)
    ? [`A role speaks of topics that the role ${shownName(block.name)} does not deny.`]
    : [`The role ${shownName(block.name)} was changed and does not deny everything any more.`]
}

function sentenceOf(username: string, client: PluginClient | undefined, name: string): string {
  const who = shownName(username)
  if (!client) return `The broker says: there is no client ${who}.`
  const held = client.roles.map(({ rolename, priority }) => `${shownName(rolename)} (${priority})`)
  const roles = held.length === 0 ? 'no role of its own' : `of its own ${held.join(', ')}`
  const meaning = isFirst(client, name)
    ? `${shownName(name)} stands before everything else`
    : `${shownName(name)} does not stand before everything else`
  return `The broker says: ${who} has ${roles}; ${meaning}.`
}
