import { open, stat, type FileHandle } from 'node:fs/promises'
import {
  createLineCutter,
  endChunks,
  skipToNextLine,
  takeChunk,
  type LineCutter,
} from './mosquitto-chunks.ts'
import {
  filesAfter,
  hasMark,
  markBytes,
  planReading,
  type LogPosition,
} from './mosquitto-rotation.ts'

const chunkBytes = 65_536

/** What a log being read tells. */
export interface FileTailPorts {
  line(text: string): void
  tooLong(): void
  /** Lines that nobody will see: why, in a sentence. */
  lost(sentence: string): void
  /** The reader is so far behind that it gave up this many bytes. */
  gaveUp(bytes: number): void
}

interface OpenLog {
  file: FileHandle
  device: number
  inode: number
  /** Bytes read, and bytes of whole lines among them. */
  readTo: number
  linesTo: number
  mark: Buffer
}

/** Reads a log file to its end, and on as it grows; through rotation by renaming and by copying. */
export class FileTail {
  readonly #path: string
  readonly #ports: FileTailPorts
  readonly #mostBehindBytes: number
  readonly #chunk = Buffer.alloc(chunkBytes)
  #cutter: LineCutter = createLineCutter()
  #log: OpenLog | null = null
  #left: LogPosition | null = null
  /** Files to be read after this one. */
  #next: string[] = []

  constructor(
    path: string,
    ports: FileTailPorts,
    { mostBehindBytes }: { mostBehindBytes: number },
  ) {
    this.#path = path
    this.#ports = ports
    this.#mostBehindBytes = mostBehindBytes
  }

  /**
   * Opens the log where it was left; without a position at most `pastBytes` before its end. Returns whether all
   * that was written since is there to be read. Throws as `fs` does.
   */
  async begin(position: LogPosition | null, pastBytes: number): Promise<boolean> {
    if (!position) {
      const { size } = await stat(this.#path)
      await this.#open(this.#path, Math.max(0, size - pastBytes))
      if (size > pastBytes) skipToNextLine(this.#cutter)
      return true
    }
    const { files, isPartMissing } = await planReading(this.#path, position)
    const [first, ...later] = files
    if (!first) return false
    await this.#open(first.path, first.offset)
    if (this.#log) this.#log.mark = first.offset > 0 ? Buffer.from(position.mark, 'base64') : none
    this.#next = later.map(({ path }) => path)
    if (isPartMissing) this.#ports.lost('The log was rotated away while Picket was not reading it.')
    return !isPartMissing
  }

  /** How far whole lines were read; null before the log was found. Also known once stopped. */
  position(): LogPosition | null {
    if (!this.#log) return this.#left
    const { device, inode, linesTo, mark } = this.#log
    return { device, inode, offset: linesTo, mark: mark.toString('base64') }
  }

  /** Reads what there is. Returns false where time ran out before the end. Throws as `fs` does. */
  async readAvailable(hasTime: () => boolean = () => true): Promise<boolean> {
    if (!this.#log) await this.#open(this.#path, 0)
    do {
      if (!(await this.#readToEnd(hasTime))) return false
    } while (await this.#turnOver(hasTime))
    return true
  }

  async stop(): Promise<void> {
    this.#left = this.position()
    await this.#log?.file.close()
    this.#log = null
  }

  async #open(path: string, offset: number): Promise<void> {
    const file = await open(path, 'r')
    await this.#log?.file.close()
    const { dev, ino } = await file.stat()
    this.#cutter = createLineCutter()
    this.#log = {
      file,
      device: dev,
      inode: ino,
      readTo: offset,
      linesTo: offset,
      mark: none,
    }
  }

  async #readToEnd(hasTime: () => boolean): Promise<boolean> {
    const log = this.#log
    if (!log) return true
    await this.#checkTruncation(log)
    for (;;) {
      if (!hasTime()) return false
      const { bytesRead } = await log.file.read(this.#chunk, 0, chunkBytes, log.readTo)
      if (bytesRead === 0) return true
      this.#take(log, this.#chunk.subarray(0, bytesRead))
    }
  }

  #take(log: OpenLog, chunk: Buffer): void {
    const { pending, isSkipping } = this.#cutter
    const whole = takeChunk(this.#cutter, chunk, this.#ports)
    if (whole > 0) {
      const seen = chunk.subarray(0, whole)
      const isEnough = whole >= markBytes || isSkipping
      const enough = isEnough ? seen : Buffer.concat([log.mark, pending, seen])
      log.mark = Buffer.from(enough.subarray(-markBytes))
      log.linesTo = log.readTo + whole
    }
    log.readTo += chunk.length
  }

  /** A file that was cut to nothing and written to again is told by its size, or by what was read last. */
  async #checkTruncation(log: OpenLog): Promise<void> {
    const { size } = await log.file.stat()
    const at = { offset: log.linesTo, mark: log.mark.toString('base64') }
    if (size < log.readTo || (size > log.readTo && !(await hasMark(log.file, at)))) {
      Object.assign(log, { readTo: 0, linesTo: 0, mark: none })
      this.#cutter = createLineCutter()
      this.#ports.lost(
        'The log was cut to nothing where it was; lines written just before may be lost.',
      )
      return
    }
    const behind = size - log.readTo
    if (behind <= this.#mostBehindBytes) return
    log.readTo = size
    log.linesTo = size
    log.mark = none
    skipToNextLine(this.#cutter)
    this.#ports.gaveUp(behind)
  }

  /** Goes on to the next file, once this one is over. Returns whether it did. */
  async #turnOver(hasTime: () => boolean): Promise<boolean> {
    if (this.#next.length === 0) await this.#lookForNext()
    const [next] = this.#next
    if (next === undefined) return false
    // The broker may have written to the old file until it began the new one.
    if (!(await this.#readToEnd(hasTime))) return false
    endChunks(this.#cutter, this.#ports)
    await this.#open(next, 0)
    this.#next.shift()
    return true
  }

  /** A new file counts once something is in it: until then the broker still writes to the old one. */
  async #lookForNext(): Promise<void> {
    const log = this.#log
    if (!log) return
    const present = await stat(this.#path).catch(() => null)
    const isSame = present?.dev === log.device && present.ino === log.inode
    if (!present || isSame || present.size === 0) return
    const { mtimeMs } = await log.file.stat()
    const { device, inode } = log
    const later = await filesAfter(this.#path, { device, inode, modifiedAt: mtimeMs })
    this.#next = later.files
    if (later.isPartMissing) this.#ports.lost('The log was rotated away before Picket had read it.')
  }
}

const none = Buffer.alloc(0)
