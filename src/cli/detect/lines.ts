import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Nobody's datapoint is longer. What is past it is dropped, so that a file without line ends fits in memory. */
export const longestLine = 65_536

const chunkBytes = 1 << 20

/**
 * The lines of a text file, a batch at a time, without line ends and without a byte order mark. Compressed files
 * are known by their first bytes. Throws what the file system or gzip says, after all lines that could be read.
 */
export async function* linesOf(path: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of await bytesOf(path)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = (lines.pop() ?? '').slice(0, longestLine + 1)
    if (lines.length > 0) yield lines.map(withoutReturn)
  }
  rest += decoder.decode()
  if (rest !== '') yield [withoutReturn(rest)]
}

async function bytesOf(path: string): Promise<AsyncIterable<Uint8Array>> {
  const isCompressed = await isGzip(path)
  const file = createReadStream(path, { highWaterMark: chunkBytes })
  if (!isCompressed) return file
  const unpacked = createGunzip({ chunkSize: chunkBytes })
  file.on('error', (error) => unpacked.destroy(error))
  return file.pipe(unpacked) satisfies Readable
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const start = new Uint8Array(2)
    const { bytesRead } = await file.read(start, 0, 2, null)
    return bytesRead === 2 && start[0] === 0x1f && start[1] === 0x8b
  } finally {
    await file.close()
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
