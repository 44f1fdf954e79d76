import type { ByteReader, ByteWriter } from '../bytes.ts'
import { componentsOf, headsOf } from './components.ts'
import type { DeviceTable, MetricModel, Ratio, Relation, Tail } from './model.ts'

export function writeMetric(writer: ByteWriter, metric: MetricModel): void {
  const { family, isSigned, unit, between, toSlot, datapoints } = metric
  writer.count(Number(family === 'sparse') + 2 * Number(isSigned))
  for (const number of [unit, between, toSlot, datapoints]) writer.double(number)
  writeRelation(writer, metric.relation)
  writeRatio(writer, metric.ratio)
  writeDoubles(writer, metric.shape)
  writeTable(writer, metric.devices)
  for (const tail of [...metric.tails, ...metric.heads]) writeTail(writer, tail)
}

export function readMetric(
  reader: ByteReader,
  metricId: string,
  rows: ReadonlyMap<string, number>,
): MetricModel {
  const flags = reader.count()
  const family = flags % 2 === 1 ? 'sparse' : 'dense'
  const [unit, between] = [reader.double(), reader.double()]
  const [toSlot, datapoints] = [reader.double(), reader.double()]
  const relation = readRelation(reader)
  const ratio = readRatio(reader, rows)
  const shape = readDoubles(reader)
  const devices = readTable(reader, rows)
  const sides = 2 * componentsOf({ family, relation, ratio }).length
  const tails = Array.from({ length: sides }, () => readTail(reader))
  const heads = Array.from({ length: headsOf({ family, relation, ratio }) }, () => readTail(reader))
  const isSigned = flags >= 2
  const baseline = { family, unit, isSigned, shape, between, devices, relation, ratio } as const
  return { metricId, toSlot, datapoints, ...baseline, tails, heads }
}

export function writeTail(writer: ByteWriter, tail: Tail): void {
  const { points, start, startScore, scale, shape, limit } = tail
  for (const number of [points, start, startScore, scale, shape, limit]) writer.double(number)
  writeDoubles(writer, tail.knots)
  writeDoubles(writer, tail.scores)
}

export function readTail(reader: ByteReader): Tail {
  const [points, start, startScore] = [reader.double(), reader.double(), reader.double()]
  const [scale, shape, limit] = [reader.double(), reader.double(), reader.double()]
  const [knots, scores] = [readDoubles(reader), readDoubles(reader)]
  return { points, knots, scores, start, startScore, scale, shape, limit }
}

function writeRelation(writer: ByteWriter, relation: Relation | null): void {
  writer.count(relation ? relation.partners.length + 1 : 0)
  if (!relation) return
  relation.partners.forEach(writer.text)
  relation.weights.forEach(writer.double)
}

function readRelation(reader: ByteReader): Relation | null {
  const length = reader.count() - 1
  if (length < 0) return null
  const partners = Array.from({ length }, reader.text)
  return { partners, weights: Float64Array.from({ length }, reader.double) }
}

function writeRatio(writer: ByteWriter, ratio: Ratio | null): void {
  writer.count(Number(ratio !== null))
  if (!ratio) return
  writer.text(ratio.partner)
  writer.double(ratio.unit)
  writeTable(writer, ratio.devices)
}

function readRatio(reader: ByteReader, rows: ReadonlyMap<string, number>): Ratio | null {
  if (reader.count() === 0) return null
  return { partner: reader.text(), unit: reader.double(), devices: readTable(reader, rows) }
}

function writeTable(writer: ByteWriter, table: DeviceTable): void {
  writeDoubles(writer, table.datapoints)
  writeDoubles(writer, table.levels)
  writeDoubles(writer, table.scales)
  writeFloats(writer, table.centres)
  writeFloats(writer, table.margins)
  writeFloats(writer, table.doubts)
  writeFloats(writer, table.habits)
}

function readTable(reader: ByteReader, rows: ReadonlyMap<string, number>): DeviceTable {
  const [datapoints, levels, scales] = [
    readDoubles(reader),
    readDoubles(reader),
    readDoubles(reader),
  ]
  return {
    rows,
    datapoints,
    levels,
    scales,
    centres: readFloats(reader),
    margins: readFloats(reader),
    doubts: readFloats(reader),
    habits: readFloats(reader),
  }
}

function writeDoubles(writer: ByteWriter, values: Float64Array): void {
  writer.count(values.length)
  values.forEach(writer.double)
}

function readDoubles(reader: ByteReader): Float64Array {
  return Float64Array.from({ length: reader.count() }, reader.double)
}

function writeFloats(writer: ByteWriter, values: Float32Array): void {
  writer.count(values.length)
  values.forEach(writer.float)
}

function readFloats(reader: ByteReader): Float32Array {
  return Float32Array.from({ length: reader.count() }, reader.float)
}
