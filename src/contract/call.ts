import { oc } from '@orpc/contract'
import { z } from 'zod'
import { errorSentences, type ErrorCode } from './errors.ts'
import { instant } from './model/time.ts'

/** A call of the contract; each may answer with any error of the closed list. */
export const call = oc.errors(errorMap())

/** Which part of a list. */
export const page = {
  limit: z.number().int().min(1).max(1000).default(200),
  offset: z.number().int().min(0).default(0),
}

/** From one instant to another, which is left out. */
export const range = { from: instant, to: instant }

function errorMap() {
  const entries = Object.entries(errorSentences).map(([code, message]) => [code, { message }])
  return Object.fromEntries(entries) as Record<ErrorCode, { message: string }>
}
