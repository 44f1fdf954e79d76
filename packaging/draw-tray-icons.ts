import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { startBrowser } from '../test/support/browser.ts'

// Draws the tray's icons: `node packaging/draw-tray-icons.ts`. What it writes is checked in.

const folder = new URL('../resources/tray/', import.meta.url)
const appIcon = new URL('../src/renderer/public/icon.svg', import.meta.url)

/** Pixels of a side, and of one on a fine display. Linux takes the first alone. */
const side = 24
const scales = { '': 1, '@2x': 2 }

/** Ink on panels of either kind, and what is written on a signal colour. */
const panels = {
  dark: { ink: '#f2f5f9', faint: '#8d99a8', alarm: '#ff7a45', trouble: '#eba3cd', on: '#0e1217' },
  light: { ink: '#161d26', faint: '#6b7785', alarm: '#b63700', trouble: '#96336f', on: '#ffffff' },
}
type Inks = (typeof panels)['dark']

const counts = [1, 2, 3, 4, 5, 6, 7, 8, 9]

/** Every state by its file's name; told apart by shape, not by colour alone. */
const states: Record<string, (inks: Inks) => string> = {
  well: ({ ink }) => fence(ink),
  learning: ({ ink, on }) => fence(ink) + badge(ink, dots(on)),
  lost: ({ faint, trouble }) => fence(faint) + strokeOf('M3 21 21 3', trouble),
  down: ({ faint, trouble, on }) => fence(faint) + badge(trouble, cross(on)),
  ...Object.fromEntries(counts.map((count) => [`alarms-${count}`, alarm(`${count}`)])),
  'alarms-more': alarm('9+'),
}

function fence(ink: string): string {
  return `<path d="M5 20V9l2.5-3.5L10 9v11M14 20V9l2.5-3.5L19 9v11M2.5 12h19M2.5 16.5h19" fill="none" stroke="${ink}" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"/>`
}

function badge(ground: string, content: string): string {
  return `<circle cx="17" cy="17" r="7" fill="${ground}"/>${content}`
}

function dots(ink: string): string {
  return [13.6, 17, 20.4].map((x) => `<circle cx="${x}" cy="17" r="1.35" fill="${ink}"/>`).join('')
}

function cross(ink: string): string {
  return strokeOf('M14.3 14.3l5.4 5.4M19.7 14.3l-5.4 5.4', ink)
}

function strokeOf(path: string, ink: string): string {
  return `<path d="${path}" fill="none" stroke="${ink}" stroke-width="2.2" stroke-linecap="round"/>`
}

/** The octagon that stands for a critical alarm in the page, with the count in it. */
function alarm(words: string): (inks: Inks) => string {
  const size = words.length === 1 ? 16 : 12.5
  return ({ alarm, on }) =>
    `<path d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z" fill="${alarm}"/>
     <text x="12" y="12.4" font-family="sans-serif" font-weight="700" font-size="${size}" fill="${on}"
       text-anchor="middle" dominant-baseline="central">${words}</text>`
}

const browser = await startBrowser()
try {
  for (const [panel, inks] of Object.entries(panels)) {
    await mkdir(new URL(`${panel}/`, folder), { recursive: true })
    for (const [state, draw] of Object.entries(states)) {
      await drawAll(`${panel}/${state}`, `<svg viewBox="0 0 24 24">${draw(inks)}</svg>`)
    }
  }
  await drawAll('app', await readFile(appIcon, 'utf8'), 64)
} finally {
  await browser.close()
}

async function drawAll(name: string, svg: string, pixels = side): Promise<void> {
  for (const [suffix, scale] of Object.entries(scales)) {
    const page = await browser.newPage({
      viewport: { width: pixels, height: pixels },
      deviceScaleFactor: scale,
    })
    await page.setContent(`<style>*{margin:0}svg{display:block;width:100vw}</style>${svg}`)
    const image = await page.screenshot({ omitBackground: true })
    await writeFile(new URL(`${name}${suffix}.png`, folder), image)
    await page.close()
  }
}
