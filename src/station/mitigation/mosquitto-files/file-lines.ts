/**
 * Files are read as Latin-1, one character a byte, so that whatever is in them is written back to the byte. Names in
 * them are UTF-8.
 */
export function asInFile(name: string): string {
  return Buffer.from(name, 'utf8').toString('latin1')
}

/** As Mosquitto trims: `trim` would take bytes of UTF-8 away, too. */
export function trimmed(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
}

/** With lines at its end, which are its last part just as the lines before: with a newline, or without. */
export function withLinesAtEnd(text: string, added: readonly string[]): string {
  const lines = text.split('\n')
  const endsWithNewline = lines.at(-1) === ''
  return [
    ...(endsWithNewline ? lines.slice(0, -1) : lines),
    ...added,
    ...(endsWithNewline ? [''] : []),
  ].join('\n')
}
