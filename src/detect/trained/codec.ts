import { createByteReader, createByteWriter, type ByteReader, type ByteWriter } from '../bytes.ts'
import { readReport, writeReport } from './codec-report.ts'
import { readMetric, readTail, writeMetric, writeTail } from './codec-metric.ts'
import type { GroupModel } from './model.ts'

/** "PGM", a group's model, and the version of this layout. */
const magic = 0x50474d00
const version = 7

/** Magic, version and checksum of all that follows. */
const headerBytes = 8

/** Little-endian, floats exactly as they are: the decoded model gives the same verdicts. */
export function encodeModel(model: GroupModel): Uint8Array {
  const writer = createByteWriter()
  for (const number of [model.slotMs, model.fromSlot, model.toSlot]) writer.double(number)
  writeTexts(writer, model.metricIds)
  writeTexts(writer, model.shifted)
  const rosters = rostersOf(model)
  writer.count(rosters.length)
  for (const { deviceIds } of rosters) writeTexts(writer, deviceIds)
  for (const metric of model.metrics) {
    const roster = rosters.findIndex(
      ({ rows }) => metric && isSameRoster(rows, metric.devices.rows),
    )
    writer.count(metric ? roster + 1 : 0)
    if (metric) writeMetric(writer, metric)
  }
  writer.count(Number(model.device !== null))
  if (model.device) writeTail(writer, model.device)
  writeReport(writer, model.calibration)
  return withHeader(writer.bytes())
}

/** Throws an Error that says whether the bytes are damaged or of a version this program does not know. */
export function decodeModel(bytes: Uint8Array): GroupModel {
  const reader = createByteReader(bodyOf(bytes))
  const [slotMs, fromSlot, toSlot] = [reader.double(), reader.double(), reader.double()]
  const metricIds = readTexts(reader)
  const shifted = readTexts(reader)
  const rosters = Array.from({ length: reader.count() }, () => readRoster(reader))
  const metrics = metricIds.map((metricId) => {
    const rows = rosters[reader.count() - 1]
    return rows ? readMetric(reader, metricId, rows) : null
  })
  const device = reader.count() === 1 ? readTail(reader) : null
  const calibration = readReport(reader)
  return { version, slotMs, metricIds, fromSlot, toSlot, metrics, device, shifted, calibration }
}

/** The distinct lists of devices: as a rule all metrics share one, which is then written once. */
function rostersOf({ metrics }: GroupModel) {
  const rosters: { rows: ReadonlyMap<string, number>; deviceIds: string[] }[] = []
  for (const metric of metrics) {
    const rows = metric?.devices.rows
    if (!rows || rosters.some((known) => isSameRoster(known.rows, rows))) continue
    rosters.push({ rows, deviceIds: [...rows.keys()] })
  }
  return rosters
}

function isSameRoster(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  if (a === b) return true
  return a.size === b.size && [...a].every(([deviceId, row]) => b.get(deviceId) === row)
}

/** Rows are numbered in the order of the ids. */
function readRoster(reader: ByteReader): Map<string, number> {
  return new Map(readTexts(reader).map((deviceId, row) => [deviceId, row]))
}

function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.count(texts.length)
  texts.forEach(writer.text)
}

function readTexts(reader: ByteReader): string[] {
  return Array.from({ length: reader.count() }, reader.text)
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
