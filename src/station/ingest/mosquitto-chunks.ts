const newline = 10

/** Mosquitto's lines are at most 999 bytes; a syslog daemon puts some more before them. */
const longestLine = 2048

/** Cuts a stream of bytes into lines, in bounded memory. */
export interface LineCutter {
  /** Bytes of the line that has begun. */
  pending: Buffer
  /** It is too long, or began in the middle: nothing of it is kept. */
  isSkipping: boolean
}

export interface LinePorts {
  line(text: string): void
  /** A line of more bytes than any of Mosquitto's, which was not kept. */
  tooLong(): void
}

const nothing = Buffer.alloc(0)

export function createLineCutter(): LineCutter {
  return { pending: nothing, isSkipping: false }
}

/** Forgets the line that has begun, to go on with the next whole one. */
export function skipToNextLine(cutter: LineCutter): void {
  cutter.pending = nothing
  cutter.isSkipping = true
}

/** Takes a chunk. Returns how many of its bytes belong to whole lines. */
export function takeChunk(cutter: LineCutter, chunk: Buffer, ports: LinePorts): number {
  let start = 0
  for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
    endLine(cutter, chunk.subarray(start, end), ports)
    start = end + 1
  }
  keep(cutter, chunk.subarray(start), ports)
  return start
}

/** The stream is over: what is pending is a line. */
export function endChunks(cutter: LineCutter, ports: LinePorts): void {
  if (cutter.pending.length > 0 || cutter.isSkipping) endLine(cutter, nothing, ports)
}

function endLine(cutter: LineCutter, rest: Buffer, ports: LinePorts): void {
  const { pending, isSkipping } = cutter
  cutter.pending = nothing
  cutter.isSkipping = false
  if (isSkipping) return
  const bytes = pending.length === 0 ? rest : Buffer.concat([pending, rest])
  if (bytes.length > longestLine) ports.tooLong()
  else ports.line(bytes.toString('utf8'))
}

function keep(cutter: LineCutter, rest: Buffer, ports: LinePorts): void {
  if (rest.length === 0 || cutter.isSkipping) return
  // A copy: a part of the chunk would hold on to all of it.
  cutter.pending = Buffer.concat([cutter.pending, rest])
  if (cutter.pending.length <= longestLine) return
  ports.tooLong()
  skipToNextLine(cutter)
}
