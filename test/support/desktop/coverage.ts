import { readdirSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Range {
  startOffset: number
  endOffset: number
  count: number
}
interface Script {
  url: string
  functions: { ranges: Range[] }[]
}

/**
 * Lines under `folder` that no run executed, as `src/main/tray.ts:12`. `reports`: a folder that NODE_V8_COVERAGE
 * filled; `built`: the files that were run, which have source maps beside them. A line counts as executed if any part
 * of it was.
 */
export function unexecutedLines({
  reports,
  built,
  folder,
}: {
  reports: string
  built: readonly string[]
  folder: string
}): { missed: string[]; lines: number } {
  const scripts = readdirSync(reports).flatMap((name) => scriptsOf(join(reports, name)))
  const executed = new Map<string, boolean>()
  for (const file of built) {
    const runs = scripts.filter(({ url }) => url.endsWith(`/${file}`))
    markLines(executed, { file, folder, ranParts: partsThatRan(readFileSync(file, 'utf8'), runs) })
  }
  const missed = [...executed].filter(([, isExecuted]) => !isExecuted).map(([line]) => line)
  return { missed, lines: executed.size }
}

function scriptsOf(path: string): Script[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { result: Script[] }).result
}

/** One byte a character of the file: 1 where some run came by. */
function partsThatRan(text: string, runs: readonly Script[]): Uint8Array {
  const ran = new Uint8Array(text.length)
  for (const { functions } of runs) {
    const own = new Uint8Array(text.length)
    // Outer ranges come before those within them, which have the last word.
    for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
      own.fill(count > 0 ? 1 : 0, Math.max(0, startOffset), Math.max(0, endOffset))
    }
    for (const [at, isRun] of own.entries()) if (isRun) ran[at] = 1
  }
  return ran
}

function markLines(
  executed: Map<string, boolean>,
  { file, folder, ranParts }: { file: string; folder: string; ranParts: Uint8Array },
): void {
  const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')) as never)
  const isOurs = new Map<string, string | null>()
  let offset = 0
  for (const [line, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    for (const { index } of text.matchAll(/[\w'"`([{]+/g)) {
      const entry = map.findEntry(line, index)
      if (!('originalSource' in entry)) continue
      const source = sourceIn(isOurs, { entry: entry.originalSource, file, folder })
      if (source === null) continue
      const key = `${source}:${entry.originalLine + 1}`
      executed.set(key, executed.get(key) === true || ranParts[offset + index] === 1)
    }
    offset += text.length + 1
  }
}

/** The source's path from here, or null where it lies elsewhere. */
function sourceIn(
  known: Map<string, string | null>,
  { entry, file, folder }: { entry: string; file: string; folder: string },
): string | null {
  const before = known.get(entry)
  if (before !== undefined) return before
  const path = join(file, '..', fileURLToPathIfUrl(entry))
  const found = path.startsWith(`${folder}/`) ? path : null
  known.set(entry, found)
  return found
}

function fileURLToPathIfUrl(source: string): string {
  return source.startsWith('file:') ? fileURLToPath(source) : source
}
