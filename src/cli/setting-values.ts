import { StationError } from '../contract/errors.ts'
import { severity } from '../contract/model/alarm.ts'
import {
  preferencesChange,
  weekday,
  type Preferences,
  type PreferencesChange,
} from '../contract/model/settings.ts'

/** A setting as the command line has it: its name, and its value as text, both ways. */
interface Setting {
  /** What may be given, for the sentence that refuses what may not. */
  usage: string
  show(preferences: Preferences): string
  /** What the text asks for; the contract says whether that may be. */
  read(text: string, now: number): unknown
  key: keyof Preferences
}

const off = 'off'

/** Every setting that can be changed while the station runs, by its name on the command line. */
export const settingsByName: Readonly<Record<string, Setting>> = {
  'quiet-hours': {
    key: 'quietHours',
    usage:
      'off, or 22:00-06:00, or with days 22:00-06:00 sat,sun (days are those of the first time)',
    show: ({ quietHours }) =>
      quietHours ? `${quietHours.from}-${quietHours.to} ${quietHours.days.join(',')}` : off,
    read: readQuietHours,
  },
  'paused-until': {
    key: 'pausedUntil',
    usage: 'off, hours from now such as 1h, or an instant such as 2026-11-23T06:00:00Z',
    show: ({ pausedUntil }) => (pausedUntil === null ? off : new Date(pausedUntil).toISOString()),
    read: readInstant,
  },
  'notify-severities': {
    key: 'notifySeverities',
    usage: `none, or some of ${severity.options.join(',')}`,
    show: ({ notifySeverities }) => notifySeverities.join(',') || 'none',
    read: (text) => (text === 'none' ? [] : text.split(',')),
  },
  'store-limit': {
    key: 'storeLimitBytes',
    usage: 'off, or a size such as 500MB or 2GB, at least 17MB',
    show: ({ storeLimitBytes }) => (storeLimitBytes === null ? off : `${storeLimitBytes} bytes`),
    read: readBytes,
  },
  'listen-only': {
    key: 'listenOnly',
    usage: 'on or off',
    show: ({ listenOnly }) => (listenOnly ? 'on' : off),
    read: (text) => ({ on: true, [off]: false })[text],
  },
}

/** The change that a name and a text ask for. Throws INPUT_INVALID, which says what may be given. */
export function readSetting(name: string, text: string, now: number): PreferencesChange {
  const setting = Object.hasOwn(settingsByName, name) ? settingsByName[name] : undefined
  if (!setting) {
    const names = Object.keys(settingsByName).join(', ')
    throw new StationError('INPUT_INVALID', `No setting is named ${name}. There are ${names}.`)
  }
  const value = setting.read(text.trim(), now)
  const change = preferencesChange.safeParse({ [setting.key]: value })
  if (change.success && value !== undefined) return change.data
  throw new StationError(
    'INPUT_INVALID',
    `${text} is no value for ${name}. It takes ${setting.usage}. Nothing was changed.`,
  )
}

function readQuietHours(text: string): unknown {
  if (text === off) return null
  const [, from, to, days] = /^([\d:]+)-([\d:]+)(?: ([a-z,]+))?$/.exec(text) ?? []
  return from && { from, to, days: days ? days.split(',') : [...weekday.options] }
}

function readInstant(text: string, now: number): unknown {
  if (text === off) return null
  const [, hours] = /^(\d+)h$/.exec(text) ?? []
  const at = hours ? Math.round(now) + Number(hours) * 3_600_000 : Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  bytes: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
}

function readBytes(text: string): unknown {
  if (text === off) return null
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?(|bytes|kB|MB|GB|TB)$/.exec(text) ?? []
  return number === '' ? undefined : Math.round(Number(number) * (unitBytes[unit] ?? NaN))
}
