import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const tokens = readFileSync(new URL('../../src/renderer/tokens.css', import.meta.url), 'utf8')

type Theme = 'light' | 'dark'

const grounds = ['ground', 'panel', 'raised', 'hover', 'chosen']
const textColours = ['text', 'quiet', 'accent', 'trouble', 'critical', 'high', 'medium', 'low']
const graphicColours = ['line', 'band-edge', 'edge', 'critical', 'high', 'medium', 'low', 'accent']

const everyday = readTokens(tokens.slice(0, tokens.indexOf('@media')))
const highContrast = { ...everyday, ...readTokens(section('prefers-contrast: more')) }

const palettes = [
  ['everyday', everyday],
  ['high contrast', highContrast],
] as const

test.each(palettes)(
  'text of the %s palette stands out at least 4.5 to 1 on every ground',
  (_, palette) => {
    const pairs = textColours.flatMap((text) => grounds.map((ground) => [text, ground] as const))
    expect(
      tooFaint(
        [
          ...pairs,
          ['trouble', 'trouble-ground'],
          ['text', 'trouble-ground'],
          ['on-accent', 'accent'],
        ],
        palette,
        4.5,
      ),
    ).toEqual([])
  },
)

test.each(palettes)(
  'graphics of the %s palette stand out at least 3 to 1 on panels',
  (_, palette) => {
    const pairs = graphicColours.flatMap((graphic) =>
      ['ground', 'panel'].map((ground) => [graphic, ground] as const),
    )
    expect(tooFaint(pairs, palette, 3)).toEqual([])
  },
)

test('the measure of contrast tells black on white and a colour on itself', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrast('#3153c9', '#3153c9')).toBe(1)
})

function tooFaint(
  pairs: (readonly [string, string])[],
  palette: Record<string, Record<Theme, string>>,
  least: number,
): string[] {
  return (['light', 'dark'] as const).flatMap((theme) =>
    pairs
      .map(([front, back]) => ({
        front,
        back,
        ratio: contrast(colour(palette, front, theme), colour(palette, back, theme)),
      }))
      .filter(({ ratio }) => ratio < least)
      .map(({ front, back, ratio }) => `${theme}: ${front} on ${back} is ${ratio.toFixed(2)}`),
  )
}

function colour(
  palette: Record<string, Record<Theme, string>>,
  name: string,
  theme: Theme,
): string {
  const found = palette[name]?.[theme]
  if (found === undefined) throw new Error(`there is no token --${name}`)
  return found
}

function readTokens(css: string): Record<string, Record<Theme, string>> {
  const pattern = /--([\w-]+): light-dark\((#[0-9a-f]{6,8}), (#[0-9a-f]{6,8})\)/g
  return Object.fromEntries(
    [...css.matchAll(pattern)].map(([, name = '', light = '', dark = '']) => [
      name,
      { light, dark },
    ]),
  )
}

function section(query: string): string {
  const start = tokens.indexOf(query)
  return tokens.slice(start, tokens.indexOf('@media', start))
}

/** Contrast as WCAG 2.2 defines it: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => parseInt(hex.slice(start, start + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
