import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from './chain.ts'

/** A hash of each setting by its name, such as `training.windowDays` or `sources.plant.url`. */
const settingsPrint = z.record(z.string(), z.string())
export type SettingsPrint = z.infer<typeof settingsPrint>

/** What makes one of several alike known to people. */
const naming = ['id', 'securityProfileName', 'name'] as const

/** Hashes in the place of values: an address or a name is nobody's business but the station's. */
export function printOf(settings: object): SettingsPrint {
  const leaves = Object.entries(settings).flatMap(([name, value]) => leavesOf(name, value))
  return Object.fromEntries(leaves.map(([name, value]) => [name, sha256(canonicalJson(value))]))
}

/** One hash of all settings. */
export function wholePrint(print: SettingsPrint): string {
  return sha256(canonicalJson(print))
}

/** Names of the settings that are new, gone or different, in order. `before` is null at the first start. */
export function changedNames(before: string | null, now: SettingsPrint): string[] {
  if (before === null) return []
  const known = settingsPrint.safeParse(JSON.parse(before)).data ?? {}
  const names = new Set([...Object.keys(known), ...Object.keys(now)])
  return [...names].filter((name) => known[name] !== now[name]).sort()
}

function leavesOf(name: string, value: unknown): [string, unknown][] {
  if (Array.isArray(value) && value.some(isObject)) {
    return value.flatMap((each, index) => leavesOf(`${name}.${nameOf(each) ?? index}`, each))
  }
  if (!isObject(value) || Object.keys(value).length === 0) return [[name, value]]
  return Object.entries(value).flatMap(([key, part]) => leavesOf(`${name}.${key}`, part))
}

function nameOf(value: unknown): string | null {
  if (!isObject(value)) return null
  const known = new Map(Object.entries(value))
  const key = naming.find((each) => typeof known.get(each) === 'string')
  return key === undefined ? null : String(known.get(key))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
