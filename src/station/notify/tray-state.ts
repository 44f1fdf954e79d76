import type { SystemStatus } from '../../contract/model/status.ts'

/** The whole station as an icon of `resources/tray` and a sentence. */
export interface TrayState {
  icon: string
  sentence: string
}

/** Larger counts have one icon. */
const largestCount = 9

/**
 * The icon is of what a person must know first; the sentence names everything that is not well. Where nothing can be
 * found wrong because nothing is looked at, that is not well either.
 */
export function trayState(status: SystemStatus): TrayState {
  const lost = status.sources.filter(({ state }) => state !== 'connected').length
  const { active } = status.alarms
  const findings: [icon: string, words: string][] = []
  if (active > 0) findings.push([alarmIcon(active), counted(active, 'alarm')])
  if (status.store.state !== 'ok') findings.push(['down', 'the data cannot be used'])
  if (status.engine.state === 'down') findings.push(['down', 'the detection engine is down'])
  if (lost > 0) findings.push(['lost', `${counted(lost, 'source')} not connected`])
  if (status.sources.length === 0) findings.push(['learning', 'nothing is watched yet'])
  else if (status.training.trainedAt === null) findings.push(['learning', 'still learning'])
  const [first] = findings
  if (!first) return { icon: 'well', sentence: 'Picket: all well' }
  return { icon: first[0], sentence: `Picket: ${findings.map(([, words]) => words).join('; ')}` }
}

function alarmIcon(active: number): string {
  return `alarms-${active > largestCount ? 'more' : active}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
