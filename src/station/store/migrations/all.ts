import type { Migration } from '../migrate.ts'
import { first } from './0001-first.ts'
import { groupModels } from './0002-group-models.ts'
import { journal } from './0003-journal.ts'
import { mitigation } from './0004-mitigation.ts'

/** Every migration, ascending by version without a gap. */
export const migrations: readonly Migration[] = [first, groupModels, journal, mitigation]
