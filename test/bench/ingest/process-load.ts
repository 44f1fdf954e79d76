import { monitorEventLoopDelay } from 'node:perf_hooks'

/** What a subscriber has done so far. */
export interface Taken {
  count: number
  /** Of all threads of the process. */
  cpuMs: number
  /** By the process's own clock, ms. */
  at: number
}

/** The timer that measures wakes up every millisecond: its own wait is not a stall. */
const resolutionMs = 1
const stalls = monitorEventLoopDelay({ resolution: resolutionMs })

/** What this process has used and when. */
export function processLoad(): Pick<Taken, 'cpuMs' | 'at'> {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, at: performance.now() }
}

/** Forgets the stalls so far and watches from now. */
export function watchStalls(): void {
  stalls.enable()
  stalls.reset()
}

/** Longest and 99th-percentile stall of this thread's event loop since then, ms. */
export function readStalls(): { longestMs: number; p99Ms: number } {
  const past = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs)
  return { longestMs: past(stalls.max), p99Ms: past(stalls.percentile(99)) }
}
