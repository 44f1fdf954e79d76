/** The end of what a process says before it dies is kept, as the reason of its exit. */
const keptWords = 2_000

/** Listens to the standard error of a process. */
export function keepLastWords(from: NodeJS.ReadableStream | null): {
  /** The error's own line out of the stack trace that Node prints, in brackets; empty where there is none. */
  error(): string
} {
  let words = ''
  from?.setEncoding('utf8')
  from?.on('data', (text: string) => (words = (words + text).slice(-keptWords)))
  return {
    error() {
      const line = words.split('\n').find((candidate) => /^\w*Error\b/.test(candidate))
      return line ? ` (${line})` : ''
    },
  }
}
