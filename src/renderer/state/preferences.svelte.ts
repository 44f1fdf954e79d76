import type { Zone } from '../words/instant.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** What the reader has chosen, kept in this browser. */
export interface Preferences {
  theme: Theme
  zone: Zone
  /** How the reader calls herself; stands beside what she does. */
  name: string
  /** True when the page is dark now, whichever way that came about. */
  readonly isDark: boolean
}

export function createPreferences(): Preferences {
  let theme = $state(readTheme())
  let zone = $state<Zone>(localStorage.getItem('picket.zone') === 'local' ? 'local' : 'utc')
  let name = $state(localStorage.getItem('picket.name') ?? '')
  const systemDark = matchMedia('(prefers-color-scheme: dark)')
  let isSystemDark = $state(systemDark.matches)
  systemDark.addEventListener('change', ({ matches }) => (isSystemDark = matches))
  return {
    get theme() {
      return theme
    },
    set theme(chosen) {
      theme = chosen
      localStorage.setItem('picket.theme', chosen)
      document.documentElement.dataset.theme = chosen
    },
    get zone() {
      return zone
    },
    set zone(chosen) {
      zone = chosen
      localStorage.setItem('picket.zone', chosen)
    },
    get name() {
      return name
    },
    set name(chosen) {
      name = chosen
      localStorage.setItem('picket.name', chosen)
    },
    get isDark() {
      return theme === 'dark' || (theme === 'system' && isSystemDark)
    },
  }
}

function readTheme(): Theme {
  const saved = localStorage.getItem('picket.theme')
  return themes.find((theme) => theme === saved) ?? 'system'
}
