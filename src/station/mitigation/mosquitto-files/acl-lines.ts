import { asInFile, trimmed, withLinesAtEnd } from './file-lines.ts'

/** A line of an access list, and the user whose lines it stands among: null before the first. */
interface AclLine {
  line: string
  /** As in the file. */
  user: string | null
  kind: 'user' | 'topic' | 'pattern' | 'other'
}

function linesOf(text: string): AclLine[] {
  let user: string | null = null
  return text.split('\n').map((line) => {
    const [word = ''] = line.replace(/^ +/, '').split(/[ \r]/, 1)
    const kind = word === 'user' || word === 'topic' || word === 'pattern' ? word : 'other'
    if (kind === 'user') user = trimmed(line.replace(/^ *user/, ''))
    return { line, user, kind }
  })
}

/** What a user's own lines allow and deny, as they stand there. */
export function topicLinesOf(text: string, name: string): string[] {
  const own = linesOf(text).filter(({ user, kind }) => kind === 'topic' && user === asInFile(name))
  return own.map(({ line }) => line)
}

/** With just these lines of a user's own, where the user's first lines are, or at the end. */
export function withTopicLines(text: string, name: string, wanted: readonly string[]): string {
  const lines = linesOf(text)
  const isOwn = ({ user, kind }: AclLine) => kind === 'topic' && user === asInFile(name)
  const head = lines.findIndex(({ user, kind }) => kind === 'user' && user === asInFile(name))
  if (head < 0) {
    return wanted.length === 0 ? text : withLinesAtEnd(text, [headOf(name), ...wanted])
  }
  return lines
    .flatMap((each, index) => {
      if (index === head) return [each.line, ...wanted]
      return isOwn(each) ? [] : [each.line]
    })
    .join('\n')
}

export function headOf(name: string): string {
  return `user ${asInFile(name)}`
}

const access = /^ *(?:topic|pattern) +(?:(?:read|write|readwrite|deny) +)?(\$[^/]*)/

/** First levels of topics under `$` that some line speaks of: `#` does not match them. */
export function treesOf(text: string): string[] {
  const trees = text.split('\n').flatMap((line) => access.exec(line)?.slice(1, 2) ?? [])
  return trees.map(trimmed)
}

/** True where lines of the user's own let it write to what administers a broker. */
export function mayAdminister(text: string, name: string): boolean {
  return topicLinesOf(text, name).some((line) =>
    /^ *topic +(?:(?:write|readwrite) +)?\$CONTROL(\/|$)/.test(line),
  )
}
