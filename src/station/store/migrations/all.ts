import type { Migration } from '../migrate.ts'
import { first } from './0001-first.ts'
import { groupModels } from './0002-group-models.ts'

/** Every migration, ascending by version without a gap. */
export const migrations: readonly Migration[] = [first, groupModels]
