import { StationError } from '../contract/errors.ts'
import type { Core } from './core.ts'
import { leastRetentionDays } from './settings.ts'
import { usedBytes } from './store/limit.ts'

/** Kept free below the limit: what happened, and a higher limit, can still be written down in a store that is full. */
const reserveBytes = 65_536

/** STORE_FULL where the limit that is set leaves no room for new data, else null. */
export function limitReached({
  store,
  preferences,
}: Pick<Core, 'store' | 'preferences'>): StationError | null {
  const limit = preferences.storeLimitBytes
  if (limit === null || usedBytes(store.read) < limit - reserveBytes) return null
  const sentence = `${store.path} has grown to the limit that is set for it, and holds no day that may be deleted: the last ${leastRetentionDays} are always kept. Stored data are safe; new reports are refused. Raise the limit in the settings.`
  return new StationError('STORE_FULL', sentence)
}
