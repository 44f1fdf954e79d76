import { isDeepStrictEqual } from 'node:util'
import {
  preferences as preferencesShape,
  usualPreferences,
  type Preferences,
  type PreferencesChange,
} from '../contract/model/settings.ts'
import type { Core } from './core.ts'
import { appendToJournal, byAnalyst } from './journal/append.ts'
import type { ReadHandle } from './store/handles.ts'
import { limitStore } from './store/limit.ts'
import { readState, writeState } from './store/state.ts'
import { transaction } from './store/transaction.ts'

const stateKey = 'preferences'

/** What a person set in this data folder; what was never set is as usual. */
export function readPreferences(read: ReadHandle): Preferences {
  const kept = JSON.parse(readState(read, stateKey) ?? '{}') as object
  // An older Picket may read what a newer one kept.
  return preferencesShape.strip().parse({ ...usualPreferences, ...kept })
}

/** Lets what is set take effect. */
export function applyPreferences({ store, links, clock, preferences }: Core): void {
  const { storeLimitBytes, listenOnly } = preferences
  limitStore(store.write, storeLimitBytes)
  if (listenOnly !== (links.listenOnlySince !== null)) {
    links.listenOnly(listenOnly ? clock.now() : null)
  }
}

/** Keeps a change, writes it into the journal and lets it take effect; what is absent stays as it is. */
export function changePreferences(core: Core, change: PreferencesChange): void {
  const before = core.preferences
  const changed = Object.entries(change).filter(([, value]) => value !== undefined)
  core.preferences = { ...before, ...Object.fromEntries(changed) }
  // First: a store that is full can only keep the word of a higher limit once that holds.
  applyPreferences(core)
  try {
    keep(core, before)
  } catch (error) {
    core.preferences = before
    applyPreferences(core)
    throw error
  }
  core.announcer.announce({ kind: 'settings', preferences: core.preferences }, core.clock.now())
}

function keep(core: Core, before: Preferences): void {
  const { write } = core.store
  transaction(write, () => {
    writeState(write, stateKey, JSON.stringify(core.preferences))
    for (const name of preferencesShape.keyof().options) {
      const [from, to] = [before[name], core.preferences[name]]
      if (isDeepStrictEqual(from, to)) continue
      const detail = { name, from, to }
      appendToJournal(core, { kind: 'setting-changed', by: byAnalyst, subject: null, detail })
    }
  })
}

/** True where Picket must send nothing to a broker but what it takes to listen. */
export function isListenOnly({ preferences }: Pick<Core, 'preferences'>): boolean {
  return preferences.listenOnly
}
