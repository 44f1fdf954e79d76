/** A Sparkplug B payload with the metric `bdSeq`, and others to fill it up. */
export function sparkplugPayload(session: number | null, others = 1): Buffer {
  const metrics = Array.from({ length: others }, (_, index) =>
    metric(`Inputs/${index}`, 300 + index),
  )
  if (session !== null) metrics.push(metric('bdSeq', session))
  const timestamp = [...tag(1, 0), ...varint(1_790_000_000_000)]
  return Buffer.from([...timestamp, ...metrics.flat(), ...tag(3, 0), ...varint(0)])
}

function metric(name: string, value: number): number[] {
  const text = [...Buffer.from(name)]
  const fields = [
    ...[...tag(1, 2), ...varint(text.length), ...text],
    ...[...tag(3, 0), ...varint(1_790_000_000_000)],
    ...[...tag(4, 0), ...varint(8)],
    ...[...tag(11, 0), ...varint(value)],
  ]
  return [...tag(2, 2), ...varint(fields.length), ...fields]
}

function tag(field: number, wireType: number): number[] {
  return varint(field * 8 + wireType)
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
