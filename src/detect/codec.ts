import { createByteReader, createByteWriter, type ByteReader, type ByteWriter } from './bytes.ts'
import { bucketCount } from './calendar.ts'
import type { DeviceBaseline, MetricModel, Tail } from './model.ts'

/** "PMM", a metric's model, and the version of this layout. */
const magic = 0x504d4d00
const version = 1

/** Magic, version and checksum of all that follows. */
const headerBytes = 8

/** Little-endian, floats exactly as they are: the decoded model gives the same verdicts. */
export function encodeModel(model: MetricModel): Uint8Array {
  const writer = createByteWriter()
  writer.text(model.metricId)
  for (const number of [model.fromSlot, model.toSlot, model.datapoints]) writer.double(number)
  writer.double(model.baselines.between)
  writer.double(Number(model.baselines.traits.isCount))
  writer.double(Number(model.baselines.traits.isSigned))
  writeDevices(writer, model)
  writeTail(writer, model.above)
  writeTail(writer, model.below)
  return withHeader(writer.bytes())
}

/** Throws an Error that says whether the bytes are damaged or of a version this program does not know. */
export function decodeModel(bytes: Uint8Array): MetricModel {
  const reader = createByteReader(bodyOf(bytes))
  const metricId = reader.text()
  const [fromSlot, toSlot, datapoints] = [reader.double(), reader.double(), reader.double()]
  const between = reader.double()
  const traits = { isCount: reader.double() === 1, isSigned: reader.double() === 1 }
  const [unknown, devices] = [readBaseline(reader), readDevices(reader)]
  const baselines = { traits, between, unknown, devices }
  const [above, below] = [readTail(reader), readTail(reader)]
  return { version, metricId, fromSlot, toSlot, datapoints, baselines, above, below }
}

function withHeader(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + body.length)
  const header = new DataView(bytes.buffer)
  header.setUint32(0, magic + version, true)
  header.setUint32(4, checksumOf(body), true)
  bytes.set(body, headerBytes)
  return bytes
}

function bodyOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length < headerBytes) throw new Error('A stored model is damaged: it ends too early.')
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  const found = header.getUint32(0, true) - magic
  if (found < 0 || found > 0xff) throw new Error('A stored model is damaged: it is not a model.')
  if (found !== version) throw new Error(`A stored model has version ${found}; this is ${version}.`)
  const body = bytes.subarray(headerBytes)
  if (checksumOf(body) === header.getUint32(4, true)) return body
  throw new Error('A stored model is damaged: its checksum does not match.')
}

/** FNV-1a, 32 bits. Against damage, not against forgery. */
function checksumOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

function writeDevices(writer: ByteWriter, { baselines }: MetricModel): void {
  writeBaseline(writer, baselines.unknown)
  writer.count(baselines.devices.size)
  for (const [deviceId, baseline] of baselines.devices) {
    writer.text(deviceId)
    writeBaseline(writer, baseline)
  }
}

function readDevices(reader: ByteReader): Map<string, DeviceBaseline> {
  const devices = new Map<string, DeviceBaseline>()
  for (let left = reader.count(); left > 0; left--) devices.set(reader.text(), readBaseline(reader))
  return devices
}

function writeBaseline(writer: ByteWriter, baseline: DeviceBaseline): void {
  const { datapoints, level, spread, rate, dispersion, centres } = baseline
  for (const number of [datapoints, level, spread, rate, dispersion]) writer.double(number)
  centres.forEach(writer.float)
}

function readBaseline(reader: ByteReader): DeviceBaseline {
  const datapoints = reader.double()
  const level = reader.double()
  const spread = reader.double()
  const rate = reader.double()
  const dispersion = reader.double()
  const centres = Float32Array.from({ length: bucketCount }, reader.float)
  return { datapoints, level, spread, rate, dispersion, centres }
}

function writeTail(writer: ByteWriter, tail: Tail): void {
  const { points, rarest, start, startScore, scale, limit } = tail
  for (const number of [points, rarest, start, startScore, scale, limit]) writer.double(number)
  writer.count(tail.knots.length)
  tail.knots.forEach(writer.double)
  tail.scores.forEach(writer.double)
}

function readTail(reader: ByteReader): Tail {
  const points = reader.double()
  const rarest = reader.double()
  const start = reader.double()
  const startScore = reader.double()
  const scale = reader.double()
  const limit = reader.double()
  const length = reader.count()
  const knots = Float64Array.from({ length }, reader.double)
  const scores = Float64Array.from({ length }, reader.double)
  return { points, rarest, start, startScore, scale, limit, knots, scores }
}
