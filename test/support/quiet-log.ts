import type { Log } from '../../src/station/ports.ts'

/** Keeps what was logged, for tests that ask; says nothing. */
export function createQuietLog(): Log & { lines: { facts: object; sentence: string }[] } {
  const lines: { facts: object; sentence: string }[] = []
  const keep = (facts: object, sentence: string) => void lines.push({ facts, sentence })
  return { lines, info: keep, warn: keep, error: keep }
}
