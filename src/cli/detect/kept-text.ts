/** Texts of ASCII letters, kept as bytes: millions of small strings would cost several times as much. */
export interface KeptText {
  /** At most 65,535 letters. */
  push(text: string): void
  get(index: number): string
}

const pieceBytes = 1 << 22
const firstCapacity = 1024

export function createKeptText(): KeptText {
  const pieces: Buffer[] = []
  let starts = new Float64Array(firstCapacity)
  let lengths = new Uint16Array(firstCapacity)
  let count = 0
  let end = 0
  return {
    push(text) {
      if (count === starts.length) {
        starts = grown(starts, new Float64Array(2 * count))
        lengths = grown(lengths, new Uint16Array(2 * count))
      }
      if ((end % pieceBytes) + text.length > pieceBytes) end = pieces.length * pieceBytes
      const piece = (pieces[Math.floor(end / pieceBytes)] ??= Buffer.allocUnsafe(pieceBytes))
      piece.write(text, end % pieceBytes, 'latin1')
      starts[count] = end
      lengths[count] = text.length
      count += 1
      end += text.length
    },
    get(index) {
      const start = starts[index] ?? 0
      const from = start % pieceBytes
      const piece = pieces[Math.floor(start / pieceBytes)]
      return piece?.toString('latin1', from, from + (lengths[index] ?? 0)) ?? ''
    },
  }
}

function grown<Column extends Float64Array | Uint16Array>(from: Column, to: Column): Column {
  to.set(from)
  return to
}
