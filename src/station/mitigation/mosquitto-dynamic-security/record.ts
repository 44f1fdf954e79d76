import { z } from 'zod'
import { block, priorityAbove, rolesInTheWay, type Block } from './block.ts'
import { heldRole, pluginClient, type PluginClient } from './plugin-state.ts'

const recordedClient = z.object({
  /** All that the plugin told of it before, but for its password. */
  before: pluginClient,
  /** Of Picket's role. */
  priority: z.number().int(),
  /** Roles that are taken away for the time, for no role can stand before them. */
  evicted: heldRole.array(),
})
export type RecordedClient = z.infer<typeof recordedClient>

/** All it takes to isolate, again where need be, and to restore. */
export const dynamicSecurityRecord = z.object({
  version: z.literal(1),
  block,
  clients: recordedClient.array(),
})
export type DynamicSecurityRecord = z.infer<typeof dynamicSecurityRecord>

export function recordOf(block: Block, clients: readonly PluginClient[]): DynamicSecurityRecord {
  return {
    version: 1,
    block,
    clients: clients.map((before) => ({
      before,
      priority: priorityAbove(before),
      evicted: rolesInTheWay(before),
    })),
  }
}
