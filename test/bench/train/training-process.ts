import { trainGroup } from '../../../src/detect/trained/train.ts'
import { encodeModel } from '../../../src/detect/trained/codec.ts'
import { slotMs } from '../../../src/contract/model/time.ts'
import { groupDevices } from '../../../src/station/store/datapoints.ts'
import { closeReader, openReader } from '../../../src/station/store/open.ts'
import { metricNames } from '../fleet-simulator/index.ts'

/**
 * `node training-process.ts read|train DATABASE FROM_SLOT TO_SLOT`: reads all histories as training does, or trains
 * on them. Answers with a line of JSON. A process of its own, so that its peak memory is that of the one job.
 */
const minimumDatapoints = 25_000

const [job, path = '', fromSlot, toSlot] = process.argv.slice(2)
const reader = openReader(path)
const window = { metricIds: metricNames, fromSlot: Number(fromSlot), toSlot: Number(toSlot) }
const cpuBefore = process.cpuUsage()
const startedAt = performance.now()
const did = job === 'train' ? learn() : readAll()
const tookMs = performance.now() - startedAt
const { user, system } = process.cpuUsage(cpuBefore)
closeReader(reader)
const used = { cpuMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 }
console.log(JSON.stringify({ ...did, tookMs, ...used }))

function readAll() {
  let datapoints = 0
  for (const { series } of groupDevices(reader, window)) {
    for (const data of series) datapoints += data?.values.length ?? 0
  }
  return { datapoints, modelBytes: 0 }
}

function learn() {
  const history = { slotMs, metricIds: metricNames, devices: groupDevices(reader, window) }
  const { model } = trainGroup(history, { minimumDatapoints })
  if (!model) throw new Error('no metric has enough datapoints')
  const datapoints = model.metrics.reduce((sum, metric) => sum + (metric?.datapoints ?? 0), 0)
  return { datapoints, modelBytes: encodeModel(model).length }
}
