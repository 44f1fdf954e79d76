/** The fields of one line of CSV (RFC 4180). Null where a quoted field does not end on it. */
export function fieldsOf(line: string): string[] | null {
  if (!line.includes('"')) return line.split(',')
  const fields: string[] = []
  for (let start = 0; start <= line.length;) {
    const end = line[start] === '"' ? endOfQuoted(line, start) : endOfPlain(line, start)
    if (end === null) return null
    fields.push(unquoted(line.slice(start, end)))
    start = end + 1
  }
  return fields
}

/** As one field of a line. */
export function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function endOfPlain(line: string, start: number): number {
  const end = line.indexOf(',', start)
  return end === -1 ? line.length : end
}

/** The comma behind the closing quote, or the end of the line. */
function endOfQuoted(line: string, start: number): number | null {
  let at = start + 1
  for (;;) {
    at = line.indexOf('"', at)
    if (at === -1) return null
    if (line[at + 1] !== '"') break
    at += 2
  }
  const next = at + 1
  return next === line.length || line[next] === ',' ? next : null
}

function unquoted(field: string): string {
  return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field
}
