import { inert } from '../../../contract/words/inert.ts'

/** A name as one word of a shell's command (sh where it is plain, bash where it has characters that hide). */
export function shellWord(name: string): string {
  if (inert(name) === name) return `'${name.replaceAll("'", `'\\''`)}'`
  const escaped = Array.from(name, (character) => {
    if (inert(character) !== character) return bashEscape(character)
    return /['\\]/.test(character) ? `\\${character}` : character
  })
  return `$'${escaped.join('')}'`
}

function bashEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** A name in the running text of Markdown: neither markup nor a link, whatever it holds. */
export function markdownName(name: string): string {
  return `\`${inert(name).replaceAll('`', '\\u0060')}\``
}

/** Lines of commands in Markdown. Each begins with a word of Picket's, so none can end the block. */
export function markdownCommands(lines: readonly string[]): string[] {
  return ['```sh', ...lines, '```']
}
