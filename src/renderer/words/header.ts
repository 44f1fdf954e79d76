import type { SystemStatus } from '../../contract/model/status.ts'
import { formatAgo, formatSpan } from './age.ts'
import { dataAgeMs, engineStateWords, isStale } from './health.ts'

/** One fact of the status header. */
export interface HeaderFact {
  name: string
  value: string
  isTrouble: boolean
  /** 0..1 of something under way. */
  progress?: number
}

/** The facts that are always on screen: silence must never look like health. */
export function headerFacts(status: SystemStatus, now: number): HeaderFact[] {
  return [
    dataFact(status, now),
    deviceFact(status),
    sourceFact(status),
    engineFact(status),
    learningFact(status, now),
  ]
}

function dataFact(status: SystemStatus, now: number): HeaderFact {
  const age = dataAgeMs(status, now)
  const value = age === null ? 'none yet' : formatAgo(age)
  return { name: 'Last datapoint', value, isTrouble: isStale(status, now) }
}

function deviceFact({ devices }: SystemStatus): HeaderFact {
  const value = `${devices.reporting} of ${devices.total}`
  return {
    name: 'Devices reporting',
    value,
    isTrouble: devices.total > 0 && devices.reporting === 0,
  }
}

function sourceFact({ sources }: SystemStatus): HeaderFact {
  const connected = sources.filter(({ state }) => state === 'connected').length
  const isAll = connected === sources.length
  const value = sources.length === 0 ? 'none' : `${connected} of ${sources.length} connected`
  return { name: 'Sources', value, isTrouble: !isAll }
}

function engineFact({ engine }: SystemStatus): HeaderFact {
  return {
    name: 'Engine',
    value: engineStateWords[engine.state],
    isTrouble: engine.state === 'down',
  }
}

function learningFact(status: SystemStatus, now: number): HeaderFact {
  const { training } = status
  if (status.import) return importFact(status.import)
  if (training.state === 'failed') return { name: 'Training', value: 'failed', isTrouble: true }
  if (training.state === 'trained' && training.trainedAt !== null)
    return { name: 'Models trained', value: formatAgo(now - training.trainedAt), isTrouble: false }
  const name = training.state === 'training' ? 'Training' : 'Learning'
  const percent = Math.floor(training.progress * 100)
  const value = training.state === 'training' ? `${percent} %` : `${percent} % of the data`
  return { name, value, isTrouble: false, progress: training.progress }
}

function importFact({ done, total, remainingMs }: NonNullable<SystemStatus['import']>): HeaderFact {
  const progress = total > 0 ? Math.min(1, done / total) : 0
  const left = remainingMs === null ? '' : `, ${formatSpan(remainingMs)} left`
  return {
    name: 'Reading history',
    value: `${Math.floor(progress * 100)} %${left}`,
    isTrouble: false,
    progress,
  }
}
