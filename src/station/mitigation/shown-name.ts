/** Names are hostile text: quoted, and with their escapes. */
export function shownName(name: string): string {
  return JSON.stringify(name)
}

/** `"a"`, `"a" and "b"`, `"a", "b" and "c"`. */
export function shownNames(names: readonly string[]): string {
  const shown = names.map(shownName)
  const last = shown.pop()
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last}`
}
