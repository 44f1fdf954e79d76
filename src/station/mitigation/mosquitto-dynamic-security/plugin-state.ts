import { z } from 'zod'

/** Where none is given, the plugin has this one. */
const priority = z.number().int().default(-1)

export const heldRole = z.object({ rolename: z.string(), priority })
export type HeldRole = z.infer<typeof heldRole>

const heldGroup = z.object({ groupname: z.string(), priority })
export type HeldGroup = z.infer<typeof heldGroup>

/** A client as the plugin tells of it. An absent text is as good as an empty one. */
export const pluginClient = z.object({
  username: z.string(),
  clientid: z.string().default(''),
  textname: z.string().default(''),
  textdescription: z.string().default(''),
  disabled: z.boolean().default(false),
  roles: heldRole.array().default([]),
  groups: heldGroup.array().default([]),
})
export type PluginClient = z.infer<typeof pluginClient>

export const pluginAcl = z.object({
  acltype: z.string(),
  topic: z.string(),
  priority,
  allow: z.boolean(),
})
export type PluginAcl = z.infer<typeof pluginAcl>

const pluginRole = z.object({
  rolename: z.string(),
  textdescription: z.string().default(''),
  acls: pluginAcl.array().default([]),
})
export type PluginRole = z.infer<typeof pluginRole>

const pluginGroup = z.object({
  groupname: z.string(),
  textdescription: z.string().default(''),
  roles: heldRole.array().default([]),
  clients: z.array(z.object({ username: z.string() })).default([]),
})
export type PluginGroup = z.infer<typeof pluginGroup>

/** All that the plugin knows, passwords aside. */
export interface PluginState {
  clients: readonly PluginClient[]
  roles: readonly PluginRole[]
  groups: readonly PluginGroup[]
}

/** Where commands are sent; answers come below it. */
export const controlTopic = '$CONTROL/dynamic-security/v1'

export type PluginCommand = { command: string } & Record<string, unknown>

const all = { verbose: true, count: -1, offset: 0 }

/** Their answers, in this order, are what `readState` reads. They change nothing. */
export const stateCommands = [
  { command: 'listClients', ...all },
  { command: 'listRoles', ...all },
  { command: 'listGroups', ...all },
] as const satisfies PluginCommand[]

const answers = z.tuple([
  z.object({ clients: pluginClient.array() }),
  z.object({ roles: pluginRole.array() }),
  z.object({ groups: pluginGroup.array() }),
])

/** Throws a ZodError where it is not what a Dynamic Security plugin answers. */
export function readState(data: readonly unknown[]): PluginState {
  const [{ clients }, { roles }, { groups }] = answers.parse(data)
  return { clients, roles, groups }
}
