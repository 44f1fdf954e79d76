import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { untilInterrupted } from '../../../src/cli/interrupt.ts'

/** The product runs on so many files at once. */
export const filesAtOnce = 2

export interface BenchOptions {
  /** Folder of this benchmark's data. */
  folder: string
  json: boolean
}

/** `--data` names the benchmark's own folder or the one it is in, say `nab` in it. */
export function readOptions(args: string[], name: string): BenchOptions {
  const { values } = parseArgs({
    args,
    options: { data: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  if (values.data === undefined) throw new RangeError('--data is the folder of the data')
  if (!existsSync(values.data)) throw new RangeError(`There is no folder ${values.data}`)
  const inside = join(values.data, name)
  return { folder: existsSync(inside) ? inside : values.data, json: values.json }
}

export interface Workplace {
  /** Deleted in the end. */
  folder: string
  /** Ends the processes that were started. */
  signal: AbortSignal
}

/** Lends a folder; Ctrl-C ends what was started there and makes the answer undefined. */
export async function inWorkplace<Answer>(
  work: (place: Workplace) => Promise<Answer>,
): Promise<Answer | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-bench-'))
  const abort = new AbortController()
  try {
    const working = work({ folder, signal: abort.signal })
    const answer = await Promise.race([working, untilInterrupted()])
    abort.abort()
    await working.catch(() => undefined)
    return answer ?? undefined
  } finally {
    abort.abort()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Progress is for people; what a program reads is on standard output. */
export function tell(sentence: string): void {
  console.error(sentence)
}
