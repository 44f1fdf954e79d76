/** npm hands Ctrl-C on to a process that had it from the terminal already: that is one wish, not two. */
const sameWishMs = 1000

/** Resolves at the first Ctrl-C or SIGTERM; another one, a while later, ends the process at once. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | null = null
    const stop = () => {
      if (firstAt !== null && performance.now() - firstAt > sameWishMs) process.exit(130)
      firstAt ??= performance.now()
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
