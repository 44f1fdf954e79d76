import { z } from 'zod'
import {
  pluginAcl,
  type HeldRole,
  type PluginAcl,
  type PluginClient,
  type PluginGroup,
  type PluginRole,
  type PluginState,
} from './plugin-state.ts'

/** A role that denies everything, and a group of the same name that shows who has it. */
export const block = z.object({ name: z.string(), acls: pluginAcl.array() })
export type Block = z.infer<typeof block>

const firstName = 'picket-quarantine'

/** By this Picket knows a role or group of its own making again. */
export const mark =
  'Made by Picket for devices in quarantine. It is taken away with the last of them.'

/** `#` matches no topic that starts with `$`: each of their trees needs a rule of its own. */
const usualTrees = ['$SYS', '$aws', '$CONTROL', '$share']

const deniedTypes = ['publishClientSend', 'publishClientReceive', 'subscribePattern']

/** From it on, priorities that are compared by subtraction, as Mosquitto does, come out the wrong way round. */
const largestPriority = 1_000_000_000

export const ownPriority = 1000

/** The block that these roles call for: there already, or under a name that nobody else uses. */
export function chooseBlock(state: PluginState): Block {
  const acls = denials(state)
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? firstName : `${firstName}-${number}`
    const role = roleOf(state, name)
    const group = groupOf(state, name)
    const isFree =
      (!role || (isOwnRole(role) && denies(role, acls))) && (!group || isOwnGroup(group))
    if (isFree) return { name, acls }
  }
}

/** Rules that deny everything that some role may allow. */
export function denials({ roles }: PluginState): PluginAcl[] {
  const trees = roles.flatMap(({ acls }) => acls.flatMap(({ topic }) => treeOf(topic)))
  const topics = ['#', ...new Set([...usualTrees, ...trees.sort()].map((tree) => `${tree}/#`))]
  return deniedTypes.flatMap((acltype) =>
    topics.map((topic) => ({ acltype, topic, priority: ownPriority, allow: false })),
  )
}

function treeOf(topic: string): string[] {
  return topic.startsWith('$') ? topic.split('/').slice(0, 1) : []
}

export function denies(role: PluginRole, acls: readonly PluginAcl[]): boolean {
  const denied = new Set(role.acls.map(({ acltype, topic }) => `${acltype} ${topic}`))
  const isAllDenial = role.acls.every(({ allow }) => !allow)
  return isAllDenial && acls.every(({ acltype, topic }) => denied.has(`${acltype} ${topic}`))
}

export function isOwnRole({ textdescription }: PluginRole): boolean {
  return textdescription === mark
}

export function isOwnGroup({ textdescription, roles }: PluginGroup): boolean {
  return textdescription === mark && roles.length === 0
}

/** Roles that no role of ours can be put before. */
export function rolesInTheWay({ roles }: PluginClient): HeldRole[] {
  return roles.filter(({ priority }) => Math.abs(priority) >= largestPriority)
}

/** Above every role that stays. A role of the client stands before those of its groups anyway. */
export function priorityAbove(client: PluginClient): number {
  const inTheWay = rolesInTheWay(client)
  const staying = client.roles.filter((role) => !inTheWay.includes(role))
  return Math.max(ownPriority, ...staying.map(({ priority }) => priority + 1))
}

export function roleOf({ roles }: PluginState, name: string): PluginRole | undefined {
  return roles.find(({ rolename }) => rolename === name)
}

export function groupOf({ groups }: PluginState, name: string): PluginGroup | undefined {
  return groups.find(({ groupname }) => groupname === name)
}

export function clientOf({ clients }: PluginState, name: string): PluginClient | undefined {
  return clients.find(({ username }) => username === name)
}
