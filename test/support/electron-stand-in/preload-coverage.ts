import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CDPSession } from 'playwright-core'
import { preloadOffset } from './isolated-world.ts'

/** Which parts of the preload ran in Chromium, in the form in which Node writes what ran in it. */
export interface PreloadCoverage {
  write(): Promise<void>
}

const built = pathToFileURL('out/preload/index.cjs').href

/** Writes into the folder of `NODE_V8_COVERAGE`'s kind that a test names with `PICKET_COVERAGE`. */
export async function createPreloadCoverage(session: CDPSession): Promise<PreloadCoverage> {
  const folder = process.env['PICKET_COVERAGE']
  if (!folder) return { write: async () => undefined }
  await session.send('Profiler.enable')
  await session.send('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return {
    async write() {
      const { result } = await session.send('Profiler.takePreciseCoverage')
      const preloads = result
        .filter(({ functions }) =>
          functions.some(({ functionName }) => functionName === 'standInPreload'),
        )
        .map((script) => ({ ...script, url: built, functions: shifted(script.functions) }))
      const name = `preload-${process.pid}-${performance.now()}.json`
      await writeFile(join(folder, name), JSON.stringify({ result: preloads }))
    },
  }
}

type Functions = { ranges: { startOffset: number; endOffset: number; count: number }[] }[]

function shifted(functions: Functions): Functions {
  const by = preloadOffset()
  return functions.map((each) => ({
    ...each,
    ranges: each.ranges.map(({ startOffset, endOffset, count }) => {
      return { startOffset: startOffset - by, endOffset: endOffset - by, count }
    }),
  }))
}
