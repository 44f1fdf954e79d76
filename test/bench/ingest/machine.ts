import { cpus, totalmem } from 'node:os'

export interface MachineFacts {
  date: string
  processor: string
  cores: number
  memoryGigabytes: number
  node: string
}

/** What the figures were measured on. */
export function machineFacts(): MachineFacts {
  const cores = cpus()
  return {
    date: new Date().toISOString(),
    processor: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  }
}
