import type { PreferencesChange, SettingsReport } from '../../contract/model/settings.ts'
import { getDesk, sentenceOf } from './desk.svelte.ts'
import { createReading, type Reading } from './reading.svelte.ts'

/** The station's settings, and the way to change them. */
export interface Settings {
  readonly reading: Reading<SettingsReport>
  /** What became of the last change, in a sentence; empty before the first. */
  readonly outcome: { kind: 'none' | 'kept' | 'failed'; sentence: string }
  /** Resolves with whether it was kept. */
  change: (change: PreferencesChange) => Promise<boolean>
}

/** Reads the settings now, and whenever anybody changes them. Must be called while a component is being made. */
export function createSettings(): Settings {
  const desk = getDesk()
  let outcome = $state.raw<Settings['outcome']>({ kind: 'none', sentence: '' })
  let changes = $state(0)
  const reading = createReading((client) => {
    void [desk.settingsChanges, changes]
    return client.settings.get()
  })
  return {
    reading,
    get outcome() {
      return outcome
    },
    async change(change) {
      try {
        await desk.client?.settings.change(change)
        outcome = { kind: 'kept', sentence: 'Saved.' }
        return true
      } catch (error) {
        outcome = { kind: 'failed', sentence: `Not saved: ${sentenceOf(error)}` }
        return false
      } finally {
        // Also where it failed: what is shown is to be what holds.
        changes += 1
      }
    },
  }
}
