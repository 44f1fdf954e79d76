/** What each key does. A key is its own name, "j", or a sequence of two, "g a". */
export type KeyMap = Readonly<Record<string, (() => void) | undefined>>

const sequenceMs = 1200

/**
 * Listens to bare keys on the whole page, not while someone types. Returns a function that stops it.
 * `Enter` is left to links and buttons that have the focus.
 */
export function listenToKeys(target: EventTarget, keys: () => KeyMap): () => void {
  let first: { key: string; at: number } | undefined
  const listen = (event: Event) => {
    if (!(event instanceof KeyboardEvent) || !isBareKey(event)) return
    const isSequence = first !== undefined && event.timeStamp - first.at < sequenceMs
    const run = (isSequence ? keys()[`${first?.key} ${event.key}`] : undefined) ?? keys()[event.key]
    first = { key: event.key, at: event.timeStamp }
    if (!run) return
    first = undefined
    event.preventDefault()
    run()
  }
  target.addEventListener('keydown', listen)
  return () => target.removeEventListener('keydown', listen)
}

function isBareKey(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
  if (!(event.target instanceof Element)) return true
  if (event.target.closest('input, textarea, select, [contenteditable]')) return false
  return event.key !== 'Enter' || event.target.closest('a, button, summary') === null
}
