import type { Verification, VerificationState, ViolationId } from '../../contract/model/alarm.ts'
import { getDesk, sentenceOf } from './desk.svelte.ts'

/** What is known of an alarm's mark, and how to change it. */
export interface Verifying {
  /** Absent until it was read. */
  readonly current: Verification | undefined
  /** Why the last change was not kept, or nothing. */
  readonly failure: string | undefined
  /** True for ten seconds after a change. */
  readonly isUndoable: boolean
  /** Changes the mark, the note, or both. */
  change: (next: { state?: VerificationState; note?: string }) => void
  undo: () => void
}

const undoMs = 10_000

/** Marks of one alarm; `read` is what the station said last. Must be called while a component is being made. */
export function createVerifying(
  id: () => ViolationId,
  read: () => Verification | undefined,
): Verifying {
  const desk = getDesk()
  const undoable = createUndoable()
  let written = $state.raw<Verification>()
  let failure = $state<string>()
  let last = Promise.resolve()
  const current = $derived(newer(written, read()))

  async function write(next: Partial<Verification> | undefined, offersUndo: boolean) {
    const known = current
    if (!next || !known || !desk.client) return
    const { state, note } = { ...known, ...next }
    try {
      written = await desk.client.alarms.verify({ id: id(), state, note })
      failure = undefined
      undoable.offer(offersUndo ? known : undefined)
    } catch (error) {
      failure = sentenceOf(error)
    }
  }

  return {
    get current() {
      return current
    },
    get failure() {
      return failure
    },
    get isUndoable() {
      return undoable.before !== undefined
    },
    // One after another, so that the last key pressed is the mark that stays.
    change: (next) => void (last = last.then(() => write(next, true))),
    undo: () => void (last = last.then(() => write(undoable.before, false))),
  }
}

/** Remembers what was before a change, for as long as it can be undone. */
function createUndoable() {
  let before = $state.raw<Verification>()
  let timer: ReturnType<typeof setTimeout> | undefined
  $effect(() => () => clearTimeout(timer))
  return {
    get before() {
      return before
    },
    offer(next: Verification | undefined) {
      before = next
      clearTimeout(timer)
      timer = setTimeout(() => (before = undefined), undoMs)
    },
  }
}

/** The later of two marks: another person may have marked the same alarm since. */
function newer(a: Verification | undefined, b: Verification | undefined): Verification | undefined {
  if (!a || !b) return a ?? b
  return (b.at ?? 0) > (a.at ?? 0) ? b : a
}
