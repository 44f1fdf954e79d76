import { spawn } from 'node:child_process'

/** Control, bidi and line-breaking characters as escapes: names of devices are hostile text. */
export function inert(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}

export function say(line: string): void {
  console.log(line)
}

/** A result for a program, on one line. */
export function sayJson(value: unknown): void {
  console.log(JSON.stringify(value))
}

const barWidth = 30

/** A progress bar with rate and time left; redrawn in place on a terminal, every tenth elsewhere. */
export function createProgressBar(label: string) {
  let lastTenth = -1
  return (progress: { done: number; total: number; rate: number; remainingMs: number | null }) => {
    const share = progress.total === 0 ? 1 : Math.min(1, progress.done / progress.total)
    const tenth = Math.floor(share * 10)
    if (!process.stdout.isTTY && tenth === lastTenth) return
    lastTenth = tenth
    const line = `${label} ${barOf(share)} ${Math.round(share * 100)} %  ${rateOf(progress)}`
    process.stdout.write(
      process.stdout.isTTY ? `\r\x1b[2K${line}${share === 1 ? '\n' : ''}` : `${line}\n`,
    )
  }
}

function barOf(share: number): string {
  const full = Math.round(share * barWidth)
  return '█'.repeat(full) + '░'.repeat(barWidth - full)
}

function rateOf({ rate, remainingMs }: { rate: number; remainingMs: number | null }): string {
  const left = remainingMs === null ? '' : `, ${Math.ceil(remainingMs / 1000)} s left`
  return `${Math.round(rate).toLocaleString('en')} datapoints/s${left}`
}

/** Opens a link in the browser where there is a desktop; says nothing where there is none. */
export function openInBrowser(link: string): void {
  if (process.env['CI']) return
  const hasDisplay = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']
  if (process.platform === 'linux' && !hasDisplay) return
  const [command, ...args] = openerOf(link)
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref()
}

function openerOf(link: string): [string, ...string[]] {
  if (process.platform === 'darwin') return ['open', link]
  if (process.platform === 'win32') return ['explorer.exe', link]
  return ['xdg-open', link]
}
