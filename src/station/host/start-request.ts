import { parseArgs } from 'node:util'

/** What a start asks for. */
export interface StartRequest {
  /** Start in the tray, as at login. */
  isHidden: boolean
  /** Path of a `site.yaml`. */
  config: string | null
  /** The alarm that a `picket://alarm/ID` link names. */
  alarmId: string | null
}

/** Chromium's own switches and whatever else stands there are passed over. */
export function readArguments(argv: readonly string[]): StartRequest {
  const { values, positionals } = parseArgs({
    args: argv.slice(1),
    options: { hidden: { type: 'boolean' }, config: { type: 'string' } },
    strict: false,
  })
  const ids = positionals.map(alarmOfLink)
  return {
    isHidden: values['hidden'] === true,
    config: typeof values['config'] === 'string' ? values['config'] : null,
    alarmId: ids.find((id) => id !== null) ?? null,
  }
}

// SECURITY: any page and any mail can hold such a link, so it is an id and nothing else.
export function alarmOfLink(link: string): string | null {
  return /^picket:\/\/alarm\/([a-f0-9]{32})\/?$/.exec(link)?.[1] ?? null
}
