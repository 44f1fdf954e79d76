import type { Severity } from '../../contract/model/alarm.ts'

const tokens = {
  line: '--line',
  envelope: '--envelope',
  bandEdge: '--band-edge',
  bandFill: '--band-fill',
  grid: '--grid',
  hatch: '--hatch',
  quiet: '--quiet',
  panel: '--panel',
  critical: '--critical',
  high: '--high',
  medium: '--medium',
  low: '--low',
} as const

/** Colours of a chart, resolved for the theme in force: a canvas cannot read tokens. */
export type ChartColours = Record<keyof typeof tokens, string> & Record<Severity, string>

/** Reads the tokens as they are at an element, through its `color`, which resolves light and dark. */
export function readColours(host: HTMLElement): ChartColours {
  const probe = host.appendChild(document.createElement('span'))
  const entries = Object.entries(tokens).map(([name, token]) => {
    probe.style.color = `var(${token})`
    return [name, getComputedStyle(probe).color]
  })
  probe.remove()
  return Object.fromEntries(entries) as ChartColours
}
