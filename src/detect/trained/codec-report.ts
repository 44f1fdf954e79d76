import type { ByteReader, ByteWriter } from '../bytes.ts'
import type {
  CalibrationReport,
  LevelCalibration,
  MetricCalibration,
} from './calibration-report.ts'

export function writeReport(writer: ByteWriter, { metrics }: CalibrationReport): void {
  writer.count(metrics.length)
  for (const { metricId, points, pointsPerDay, levels } of metrics) {
    writer.text(metricId)
    writer.double(points)
    writer.double(pointsPerDay)
    for (const level of [levels.LOW, levels.MEDIUM, levels.HIGH]) writeLevel(writer, level)
  }
}

export function readReport(reader: ByteReader): CalibrationReport {
  const metrics = Array.from({ length: reader.count() }, (): MetricCalibration => {
    const metricId = reader.text()
    const [points, pointsPerDay] = [reader.double(), reader.double()]
    const [LOW, MEDIUM, HIGH] = [readLevel(reader), readLevel(reader), readLevel(reader)]
    return { metricId, points, pointsPerDay, levels: { LOW, MEDIUM, HIGH } }
  })
  return { metrics }
}

function writeLevel(writer: ByteWriter, level: LevelCalibration): void {
  const { nominal, measured, datapointsPerDay, episodesPerDay } = level
  for (const number of [nominal, measured, datapointsPerDay, episodesPerDay]) writer.double(number)
}

function readLevel(reader: ByteReader): LevelCalibration {
  const [nominal, measured] = [reader.double(), reader.double()]
  return { nominal, measured, datapointsPerDay: reader.double(), episodesPerDay: reader.double() }
}
