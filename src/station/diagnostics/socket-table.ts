import type { SystemSocket } from '../../contract/model/diagnostics.ts'

/** A line of `/proc/net/tcp` and its like. */
export type TableSocket = Pick<SystemSocket, 'protocol' | 'local' | 'remote'> & { inode: string }

/** In hexadecimal, as the kernel numbers TCP's states; others come and go with a connection. */
const listening = '0A'

/**
 * The sockets in the text of a table of the kernel (Linux, Documentation/networking/proc_net_tcp.rst). Those that no
 * process holds any more have inode 0 and are left out.
 */
export function readSocketTable(protocol: SystemSocket['protocol'], text: string): TableSocket[] {
  const sockets: TableSocket[] = []
  for (const line of text.split('\n').slice(1)) {
    const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/)
    if (!local || !remote || !inode || inode === '0') continue
    const isBound = state === listening || /^0+:0000$/.test(remote)
    sockets.push({
      protocol,
      inode,
      local: endpointOf(local),
      remote: isBound ? null : endpointOf(remote),
    })
  }
  return sockets
}

/** `0100007F:1F90` is `127.0.0.1:8080`: words of four bytes, each in the machine's order. */
function endpointOf(text: string): string {
  const [address = '', port = ''] = text.split(':')
  const bytes = address.match(/.{8}/g)?.flatMap(bytesOfWord) ?? []
  const isMapped =
    bytes.length === 16 && bytes.slice(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 255))
  const host =
    bytes.length === 4 ? bytes.join('.') : isMapped ? bytes.slice(12).join('.') : longAddress(bytes)
  return `${host}:${parseInt(port, 16)}`
}

/** Every machine that Picket is made for has the lowest byte first. */
function bytesOfWord(word: string): number[] {
  return (word.match(/../g) ?? []).map((byte) => parseInt(byte, 16)).reverse()
}

/** In brackets, its longest run of zeros shortened. */
function longAddress(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  )
  return `[${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}]`
}
