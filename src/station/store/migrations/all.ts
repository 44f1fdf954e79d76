import type { Migration } from '../migrate.ts'
import { first } from './0001-first.ts'

/** Every migration, ascending by version without a gap. */
export const migrations: readonly Migration[] = [first]
