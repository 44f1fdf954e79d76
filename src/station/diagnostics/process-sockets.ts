import { readdir, readFile, readlink } from 'node:fs/promises'
import { readSocketTable, type TableSocket } from './socket-table.ts'

/** What Linux knows of the sockets of a process and of those it started. */
export interface ProcessSockets {
  sockets: (TableSocket & { pid: number })[]
  /** Processes that may not be looked into. */
  closedPids: number[]
  /** Processes that were started in a session of their own: a browser, for one. They were not looked into. */
  otherPids: number[]
}

const tables = ['tcp', 'tcp6', 'udp', 'udp6'] as const

interface ProcessFacts {
  pid: number
  parent: number
  session: number
}

/** Reads `/proc`. Throws where there is none. */
export async function readProcessSockets(root: number): Promise<ProcessSockets> {
  const { own, others } = familyOf(root, await readProcesses())
  const found: ProcessSockets = { sockets: [], closedPids: [], otherPids: others }
  for (const pid of own) {
    const inodes = await inodesOf(pid)
    if (!inodes) found.closedPids.push(pid)
    else if (inodes.size > 0) found.sockets.push(...(await socketsOf(pid, inodes)))
  }
  return found
}

/** The process, and those that it and its like started, by their session. */
export function familyOf(root: number, all: readonly ProcessFacts[]) {
  const session = all.find(({ pid }) => pid === root)?.session
  const own = [root]
  const others: number[] = []
  for (let index = 0; index < own.length; index += 1) {
    for (const child of all.filter(({ parent }) => parent === own[index])) {
      const list = child.session === session ? own : others
      list.push(child.pid)
    }
  }
  return { own, others }
}

async function readProcesses(): Promise<ProcessFacts[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(pids.map(readFacts))
  return all.filter((facts) => facts !== null)
}

/** Null for one that has just ended. */
async function readFacts(pid: string): Promise<ProcessFacts | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The name, in parentheses, may hold anything, parentheses included.
  const [, parent, , session] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? []
  return parent === undefined || session === undefined
    ? null
    : { pid: Number(pid), parent: Number(parent), session: Number(session) }
}

/** Of its open sockets; null where this user may not know them. A process that has ended has none. */
async function inodesOf(pid: number): Promise<Set<string> | null> {
  try {
    const names = await readdir(`/proc/${pid}/fd`)
    const links = await Promise.all(
      names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')),
    )
    return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isGone ? new Set() : null
  }
}

/** A process may have a network of its own: its own tables have them. */
async function socketsOf(pid: number, inodes: ReadonlySet<string>) {
  const texts = await Promise.all(
    tables.map(async (protocol) => ({
      protocol,
      text: await readFile(`/proc/${pid}/net/${protocol}`, 'utf8').catch(() => ''),
    })),
  )
  return texts
    .flatMap(({ protocol, text }) => readSocketTable(protocol, text))
    .filter(({ inode }) => inodes.has(inode))
    .map((socket) => ({ ...socket, pid }))
}
