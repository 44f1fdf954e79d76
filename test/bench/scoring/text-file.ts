import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** The lines of a file, unpacked where its name ends in `.gz`; a last empty line is left out. */
export function linesOf(file: string): string[] {
  const bytes = readFileSync(file)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
