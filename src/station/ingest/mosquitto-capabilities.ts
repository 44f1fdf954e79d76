import type { Metric } from '../../contract/model/metric.ts'
import { reportsNotTaken, type Level } from './capabilities.ts'
import type { Evidence } from './mosquitto-log-state.ts'

const noConnections: Level = {
  level: 'not-measurable',
  reason:
    'The log has shown no connection yet. In mosquitto.conf, connection_messages must not be false and log_type must have notice.',
}

const noMessages: Level = {
  level: 'not-measurable',
  reason: 'The log has shown no messages yet. Set `log_type all` in mosquitto.conf.',
}

const seen: Level = { level: 'observed', reason: 'Read from the broker’s log.' }

const namelessAttempts: Level = {
  level: 'partial',
  reason:
    'Accepted attempts are all counted. Mosquitto before 2.1 does not log who was refused, only from where: refused attempts count for the one device known at that address.',
}

const namelessFailures: Level = {
  level: 'partial',
  reason:
    'Denied publishes and subscriptions are all counted. Mosquitto before 2.1 does not log who was refused a login, only from where: that counts for the one device known at that address.',
}

const noDenials: Level = {
  level: 'partial',
  reason:
    'The log has shown no granted subscription yet, so denied ones cannot be told. `log_type all` has both.',
}

/** What a log with this evidence can say of a metric. `version`: of the broker, if it is known. */
export function logLevelOf(
  { id, origin }: Metric,
  { evidence, version }: { evidence: Evidence; version: string | null },
): Level {
  if (origin !== 'broker') return reportsNotTaken
  const namesRefused = version !== null && !/^[01]\.|^2\.0(\.|$)/.test(version)
  if (id === 'aws:num-connection-attempts' || id === 'aws:num-disconnects') {
    if (!evidence.connections) return noConnections
    return id === 'aws:num-disconnects' || namesRefused ? seen : namelessAttempts
  }
  if (!evidence.messages) return noMessages
  if (id !== 'aws:num-authorization-failures') return seen
  if (!evidence.grants) return noDenials
  return namesRefused ? seen : namelessFailures
}
