import { readFileSync } from 'node:fs'

/** What a process and those it started have used. */
export interface Used {
  /** Of all threads. */
  cpuMs: number
  /** The most that each held, added up: pages that they share count for each. */
  peakMb: number
}

/** Of Linux: `sysconf(_SC_CLK_TCK)` is 100 wherever Node runs. */
const msPerTick = 10

/** `/proc/<pid>/stat` counted from the state, which follows the name in brackets (proc(5)). */
const ticksOfUser = 11
const ticksOfSystem = 12

/** This process alone. */
export function usedByProcess(): Used {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 }
}

/** This process and its children, such as the engine and the embedded broker. Throws where there is no `/proc`. */
export function usedByTree(): Used {
  const own = usedByProcess()
  const { pid } = process
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
  const all = [own, ...children.filter((child) => child !== '').map(usedByChild)]
  return {
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    peakMb: all.reduce((sum, { peakMb }) => sum + peakMb, 0),
  }
}

function usedByChild(pid: string): Used {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const peakKb = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  return {
    cpuMs: (Number(fields[ticksOfUser]) + Number(fields[ticksOfSystem])) * msPerTick,
    peakMb: Number(peakKb) / 1024,
  }
}
