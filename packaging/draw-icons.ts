import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { startBrowser } from '../test/support/browser.ts'

// Draws the installers' icons from the page's own: `node packaging/draw-icons.ts`. What it writes is checked in.

const drawing = new URL('../src/renderer/public/icon.svg', import.meta.url)
const folder = new URL('./icons/', import.meta.url)

/** Pixels of a side. */
const linuxSizes = [16, 32, 48, 64, 128, 256, 512]
const windowsSizes = [16, 24, 32, 48, 64, 128, 256]

/** Types of Apple's icon container that hold a PNG, with their pixels. */
const macTypes = { icp4: 16, icp5: 32, icp6: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1024 }

const images = await drawAll([...linuxSizes, ...windowsSizes, ...Object.values(macTypes)])
await mkdir(folder, { recursive: true })
for (const size of linuxSizes) {
  await writeFile(new URL(`${size}x${size}.png`, folder), imageOf(size))
}
await writeFile(new URL('icon.ico', folder), windowsIcon())
await writeFile(new URL('icon.icns', folder), macIcon())

async function drawAll(sizes: readonly number[]): Promise<Map<number, Buffer>> {
  const svg = await readFile(drawing, 'utf8')
  const browser = await startBrowser()
  const drawn = new Map<number, Buffer>()
  try {
    const page = await browser.newPage()
    for (const size of new Set(sizes)) {
      await page.setViewportSize({ width: size, height: size })
      await page.setContent(`<style>*{margin:0}svg{display:block;width:100vw}</style>${svg}`)
      drawn.set(size, await page.screenshot({ omitBackground: true }))
    }
  } finally {
    await browser.close()
  }
  return drawn
}

function imageOf(size: number): Buffer {
  const image = images.get(size)
  if (!image) throw new Error(`No image of ${size} pixels was drawn.`)
  return image
}

/** ICONDIR and its entries, then PNGs as they are (Windows Vista and later). */
function windowsIcon(): Buffer {
  const header = Buffer.from([0, 0, 1, 0, windowsSizes.length, 0])
  const entryBytes = 16
  let offset = header.length + entryBytes * windowsSizes.length
  const entries = windowsSizes.map((size) => {
    const entry = Buffer.alloc(entryBytes)
    // 256 is written as 0.
    entry.writeUInt8(size % 256, 0)
    entry.writeUInt8(size % 256, 1)
    entry.writeUInt16LE(1, 4)
    entry.writeUInt16LE(32, 6)
    entry.writeUInt32LE(imageOf(size).length, 8)
    entry.writeUInt32LE(offset, 12)
    offset += imageOf(size).length
    return entry
  })
  return Buffer.concat([header, ...entries, ...windowsSizes.map(imageOf)])
}

/** `icns`, the length of the whole, then type, length and PNG of each. */
function macIcon(): Buffer {
  const parts = Object.entries(macTypes).map(([type, size]) => chunk(type, imageOf(size)))
  return chunk('icns', Buffer.concat(parts))
}

function chunk(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.write(type, 'latin1')
  header.writeUInt32BE(header.length + content.length, 4)
  return Buffer.concat([header, content])
}
