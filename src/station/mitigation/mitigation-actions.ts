import { z } from 'zod'
import { StationError } from '../../contract/errors.ts'
import type { ActionParameters, MitigationAction } from '../../contract/model/mitigation.ts'
import type { Core } from '../core.ts'
import { appendToJournal } from '../journal/append.ts'
import { deleteAction, readAction, readActions, upsertAction } from '../store/mitigation.ts'
import { readState, writeState } from '../store/state.ts'
import { transaction } from '../store/transaction.ts'

/** There from the start. Whoever removes one does not get it back. */
const usualActions: Record<string, ActionParameters> = {
  quarantine: { type: 'quarantine', releaseAfterMinutes: null },
  release: { type: 'release' },
  ticket: { type: 'ticket' },
}

/** Where the store remembers that it has them. */
const usualActionsKey = 'usual-mitigation-actions'

export function addUsualActions({ store: { write }, clock }: Core): void {
  if (readState(write, usualActionsKey) !== null) return
  const now = clock.now()
  transaction(write, () => {
    for (const [name, parameters] of Object.entries(usualActions)) {
      upsertAction(write, { name, parameters, createdAt: now, changedAt: now, isSecretSet: false })
    }
    writeState(write, usualActionsKey, String(now))
  })
}

export function listActions({ store }: Core): MitigationAction[] {
  return readActions(store.read)
}

/** Throws ACTION_UNKNOWN. */
export function knownAction({ store }: Core, name: string): MitigationAction {
  const action = readAction(store.read, name)
  if (!action) throw new StationError('ACTION_UNKNOWN')
  return action
}

/** Keeps an action, and its secret with the host. */
export async function saveAction(
  core: Core,
  wanted: {
    name: string
    parameters: ActionParameters
    secret?: string | null | undefined
    replaces: boolean
    by: string
  },
): Promise<MitigationAction> {
  const { name, parameters, secret, replaces, by } = wanted
  const before = readAction(core.store.read, name)
  if (before && !replaces) throw new StationError('ACTION_EXISTS')
  const isKept = secret === undefined && before?.isSecretSet === true
  // Whoever may change the target must not learn the secret by naming one of their own.
  if (isKept && !hasSameTarget(before.parameters, parameters)) {
    throw new StationError('SECRET_NEEDED')
  }
  if (typeof secret === 'string') await core.ports.secrets.set(placeOf(name), secret)
  else if (!isKept) await core.ports.secrets.remove(placeOf(name))
  const now = core.clock.now()
  const isSecretSet = isKept || typeof secret === 'string'
  const createdAt = before?.createdAt ?? now
  const action = { name, parameters, createdAt, changedAt: now, isSecretSet }
  keep(core, action, by)
  return action
}

/** Throws ACTION_UNKNOWN. */
export async function removeAction(
  core: Core,
  { name, by }: { name: string; by: string },
): Promise<{ name: string }> {
  knownAction(core, name)
  const { write } = core.store
  transaction(write, () => {
    deleteAction(write, name)
    const detail = { what: 'mitigation-action', isRemoved: true }
    appendToJournal(core, { kind: 'setting-changed', by, subject: name, detail })
  })
  await core.ports.secrets.remove(placeOf(name))
  return { name }
}

export function secretOf({ ports }: Core, name: string): Promise<string | null> {
  return ports.secrets.get(placeOf(name))
}

function keep(core: Core, action: MitigationAction, by: string): void {
  const { write } = core.store
  const { name, parameters, isSecretSet } = action
  transaction(write, () => {
    upsertAction(write, action)
    const detail = {
      what: 'mitigation-action',
      parameters: z.json().parse(parameters),
      isSecretSet,
    }
    appendToJournal(core, { kind: 'setting-changed', by, subject: name, detail })
  })
}

function hasSameTarget(before: ActionParameters, now: ActionParameters): boolean {
  if (before.type !== 'notify' || now.type !== 'notify') return false
  return JSON.stringify(before.target) === JSON.stringify(now.target)
}

function placeOf(name: string): string {
  return `mitigation-action/${name}`
}
