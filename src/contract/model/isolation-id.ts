import { z } from 'zod'

export const isolationId = z
  .string()
  .regex(/^[a-f0-9]{32}$/)
  .brand('IsolationId')
export type IsolationId = z.infer<typeof isolationId>
