import { type Link, type LinkOpener, SignInNeeded } from './link.ts'

/** What the page is told of its link. */
export interface LinkWatcher {
  /** Uses an open link until it fails or ends. */
  use: (link: Link) => Promise<void>
  lost: () => void
  signedOut: () => void
}

const firstWaitMs = 500
const longestWaitMs = 10_000
const signedOutWaitMs = 5_000

/** Keeps a link open until `signal` aborts, with growing pauses between tries. */
export async function stayConnected(
  open: LinkOpener,
  watcher: LinkWatcher,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const result = await useOnce(open, watcher)
    failures = result === 'used' ? 0 : failures + 1
    await pause(result === 'signed-out' ? signedOutWaitMs : waitMs(failures), signal)
  }
}

/** Pause before the next try, after so many failures in a row. */
export function waitMs(failures: number): number {
  return Math.min(longestWaitMs, firstWaitMs * 2 ** failures)
}

async function useOnce(
  open: LinkOpener,
  watcher: LinkWatcher,
): Promise<'used' | 'refused' | 'signed-out'> {
  let link: Link | undefined
  try {
    link = await open()
    await Promise.race([watcher.use(link), link.closed])
  } catch (error) {
    if (error instanceof SignInNeeded) {
      watcher.signedOut()
      return 'signed-out'
    }
  }
  link?.close()
  watcher.lost()
  return link ? 'used' : 'refused'
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
