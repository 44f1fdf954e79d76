import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What `@electron/fuses` looks for in a binary: then the version of the wire, its length, and a digit a fuse. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'

/** Fuses as Electron 45 is delivered: it is Node for whoever asks. */
const deliveredFuses = '101100010'

/**
 * A folder that looks like a downloaded Electron to the packager, for machines that cannot download one: its binary
 * does nothing, but it has fuses.
 */
export async function writeElectronDistribution(folder: string): Promise<void> {
  await mkdir(join(folder, 'locales'), { recursive: true })
  await mkdir(join(folder, 'resources'), { recursive: true })
  const wire = Buffer.concat([
    Buffer.alloc(1000, 1),
    Buffer.from(sentinel, 'latin1'),
    Buffer.from([1, deliveredFuses.length]),
    Buffer.from(deliveredFuses, 'latin1'),
    Buffer.alloc(1000, 2),
  ])
  await writeFile(join(folder, 'electron'), wire, { mode: 0o755 })
  const others = ['version', 'LICENSE', 'LICENSES.chromium.html', 'chrome-sandbox']
  for (const file of [...others, 'locales/en-US.pak'])
    await writeFile(join(folder, file), 'stand-in')
}
