import { shownName } from '../shown-name.ts'
import { headOf, treesOf } from './acl-lines.ts'
import { asInFile, trimmed, withLinesAtEnd } from './file-lines.ts'

const usualTrees = ['$SYS', '$aws', '$CONTROL']

/** The lines that deny a user everything. Mosquitto looks at a user's denials first, wherever they stand. */
export function blockLines(text: string, name: string): string[] {
  const trees = new Set([...usualTrees, ...treesOf(withoutBlock(text, name)).sort()])
  return [
    beginOf(name),
    headOf(name),
    'topic deny #',
    ...[...trees].map((tree) => `topic deny ${tree}/#`),
    endOf(name),
  ]
}

function beginOf(name: string): string {
  return `# Picket: quarantine of ${asInFile(shownName(name))}. Picket takes it away again; leave it as it is.`
}

function endOf(name: string): string {
  return `# Picket: end of the quarantine of ${asInFile(shownName(name))}.`
}

export function hasBlock(text: string, name: string): boolean {
  return text.split('\n').some((line) => line === beginOf(name) || line === endOf(name))
}

/** The block is there and covers all that the file speaks of. */
export function isBlockWhole(text: string, name: string): boolean {
  return `\n${text}\n`.includes(`\n${blockLines(text, name).join('\n')}\n`)
}

/** With a whole block at the end. */
export function withBlock(text: string, name: string): string {
  if (isBlockWhole(text, name)) return text
  return withLinesAtEnd(withoutBlock(text, name), blockLines(text, name))
}

/** Without the block. Lines that somebody else wrote into it, or right after it, stay that user's. */
export function withoutBlock(text: string, name: string): string {
  const lines = text.split('\n')
  const begin = lines.findIndex((line) => line === beginOf(name) || line === endOf(name))
  if (begin < 0) return text
  const isOurs = (line: string | undefined) =>
    line !== undefined && (isMarkOrHead(line, name) || /^topic deny (#|\$[^/]*\/#)$/.test(line))
  const end = lines.indexOf(endOf(name), begin)
  let last = end < 0 ? begin : end
  if (end < 0) while (isOurs(lines[last + 1])) last += 1
  const strange = lines.slice(begin, last + 1).filter((line) => !isOurs(line))
  const after = lines.slice(last + 1)
  const isHeadNeeded = isRule(strange) || isRule(untilNextUser(after))
  return [
    ...lines.slice(0, begin),
    ...(isHeadNeeded ? [headOf(name)] : []),
    ...strange,
    ...after,
  ].join('\n')
}

function isMarkOrHead(line: string, name: string): boolean {
  return [beginOf(name), endOf(name), headOf(name)].includes(line)
}

function untilNextUser(lines: readonly string[]): readonly string[] {
  const next = lines.findIndex((line) => /^ *user /.test(line))
  return next < 0 ? lines : lines.slice(0, next)
}

function isRule(lines: readonly string[]): boolean {
  return lines.some((line) => /^topic( |$)/.test(trimmed(line)))
}
