import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { StationError } from '../../contract/errors.ts'
import type {
  ControllerSettings,
  EmbeddedBrokerSettings,
  MqttLinkSettings,
  SourceSettings,
  StationSettings,
} from '../settings.ts'

/**
 * Reads `site.yaml` as a host's schema has it. Paths in it are relative to its folder. Throws SETTINGS_INVALID with
 * the line, the key and what was expected, one line a mistake.
 */
export async function readSettings<Settings extends StationSettings>(
  path: string,
  schema: z.ZodType<Settings>,
): Promise<Settings> {
  const lines = new LineCounter()
  const document = parseDocument(await readText(path), { lineCounter: lines })
  const mistakes = document.errors.map(({ message, linePos }) => {
    return `${path}:${linePos?.[0].line ?? 1}: ${message.split('\n')[0]}`
  })
  if (mistakes.length > 0) throw invalid(mistakes)
  const parsed = schema.safeParse(document.toJS() ?? {})
  if (parsed.success) return withPaths(parsed.data, dirname(resolve(path)))
  throw invalid(
    parsed.error.issues.flatMap((issue) => sentencesOf(issue, { path, document, lines })),
  )
}

interface Place {
  path: string
  document: Document.Parsed
  lines: LineCounter
}

type Issue = z.core.$ZodIssue

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw invalid([`${path} cannot be read: ${String(error)}. Copy resources/site.example.yaml.`])
  }
}

function invalid(mistakes: readonly string[]): StationError {
  return new StationError('SETTINGS_INVALID', mistakes.join('\n'))
}

function sentencesOf(issue: Issue, place: Place): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      sentenceAt(
        [...issue.path, key],
        'is not a setting; resources/site.example.yaml has them all',
        place,
      ),
    )
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((a, b) => (deepest(b) > deepest(a) ? b : a))
    return nearest.flatMap((inner) =>
      sentencesOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue, place),
    )
  }
  return [sentenceAt(issue.path, `expected ${expectation(issue)}`, place)]
}

/** The alternative that was meant is the one whose mistakes lie deepest. */
function deepest(issues: readonly Issue[]): number {
  return Math.max(
    0,
    ...issues.map(({ path, code }) => (code === 'unrecognized_keys' ? -1 : path.length)),
  )
}

function sentenceAt(path: readonly PropertyKey[], what: string, place: Place): string {
  return `${place.path}:${lineOf(path, place)}: ${keyOf(path)}: ${what}`
}

function keyOf(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
  return text.replace(/^\./, '') || 'the file'
}

/** The line of the key itself or, where it is missing, of the nearest thing that holds it. */
function lineOf(path: readonly PropertyKey[], { document, lines }: Place): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    const range = node && typeof node === 'object' && 'range' in node ? node.range : null
    if (Array.isArray(range)) return lines.linePos(Number(range[0])).line
  }
  return 1
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return issue.expected
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ')
  if (issue.code === 'invalid_union') return issue.message.replace(/^.*Expected /, '')
  if (issue.code === 'too_small') return `at least ${issue.minimum}`
  if (issue.code === 'too_big') return `at most ${issue.maximum}`
  return issue.message
}

function withPaths<Settings extends StationSettings>(settings: Settings, folder: string): Settings {
  const data = resolve(folder, settings.data)
  return {
    ...settings,
    data,
    sources: settings.sources.map((source) => sourceWithPaths(source, folder)),
    controllers: settings.controllers.map((control) => controlWithPaths(control, folder)),
  }
}

const fileKeys = ['passwordFile', 'ca', 'cert', 'key'] as const satisfies (keyof MqttLinkSettings)[]

function sourceWithPaths(source: SourceSettings, folder: string): SourceSettings {
  if (source.kind === 'mosquitto-log' && source.file !== undefined) {
    return { ...source, file: resolve(folder, source.file) }
  }
  if (source.kind === 'embedded-broker') return brokerWithPaths(source, folder)
  if (!('url' in source)) return source
  const files = fileKeys.flatMap((key) =>
    source[key] ? [[key, resolve(folder, source[key])]] : [],
  )
  return { ...source, ...Object.fromEntries(files) }
}

const controlKeys = ['passwordFile', 'ca', 'cert', 'key', 'aclFile', 'pidFile', 'apiKeyFile']

function controlWithPaths(control: ControllerSettings, folder: string): ControllerSettings {
  const files = Object.entries(control).flatMap(([key, file]) =>
    controlKeys.includes(key) && typeof file === 'string' ? [[key, resolve(folder, file)]] : [],
  )
  return { ...control, ...Object.fromEntries(files) }
}

function brokerWithPaths(source: EmbeddedBrokerSettings, folder: string): EmbeddedBrokerSettings {
  const { logins, tls } = source
  const files = Object.entries(tls ?? {}).flatMap(([key, file]) =>
    file === undefined ? [] : [[key, resolve(folder, file)]],
  )
  return {
    ...source,
    ...(logins ? { logins: resolve(folder, logins) } : {}),
    ...(tls ? { tls: { ...tls, ...Object.fromEntries(files) } } : {}),
  }
}
