import { asInFile } from './file-lines.ts'

/** Before a login that Picket put aside: a comment to Mosquitto. The password's hash never leaves the file. */
const aside = '#picket-quarantine '

/** `active`: it can log in. `aside`: Picket took that away. */
export function loginOf(text: string, name: string): { active: boolean; aside: boolean } {
  const lines = text.split('\n')
  return {
    active: lines.some((line) => line.startsWith(headOf(name))),
    aside: lines.some((line) => line.startsWith(aside + headOf(name))),
  }
}

/** Every login of the user becomes a comment, where it stands. */
export function withoutLogin(text: string, name: string): string {
  const lines = text.split('\n')
  return lines.map((line) => (line.startsWith(headOf(name)) ? aside + line : line)).join('\n')
}

/** The login is there again as it was; one that somebody made meanwhile is not. */
export function withLoginAsBefore(text: string, name: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith(headOf(name)))
  return lines
    .map((line) => (line.startsWith(aside + headOf(name)) ? line.slice(aside.length) : line))
    .join('\n')
}

/** What Picket put aside is back, or gone where somebody made another login meanwhile. */
export function withLoginLifted(text: string, name: string): string {
  if (!loginOf(text, name).active) return withLoginAsBefore(text, name)
  const lines = text.split('\n')
  return lines.filter((line) => !line.startsWith(aside + headOf(name))).join('\n')
}

function headOf(name: string): string {
  return `${asInFile(name)}:`
}
