// Control, bidi, invisible and line-breaking characters can make a name look like another one.
const treacherous =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u034f\u180b-\u180e]/gu

/** Hostile text with every character that hides or reorders others written as an escape, `\u202e`. */
export function inert(text: string): string {
  return text.replace(treacherous, escapeOf)
}

/** Inert text of at most `limit` characters; a longer one ends in an ellipsis. */
export function inertShort(text: string, limit = 48): string {
  const characters = Array.from(inert(text))
  if (characters.length <= limit) return characters.join('')
  return `${characters.slice(0, limit - 1).join('')}…`
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const digits = code.toString(16)
  return code > 0xffff ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`
}
