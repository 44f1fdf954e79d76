import type { DeviceId } from '../contract/model/device.ts'
import type { Core } from './core.ts'
import type { DoubleIdentity } from './ingest/sessions.ts'
import type { WatchedSource } from './source-desk.ts'

/** Of a hostile name, so much is quoted. */
const quotedLength = 64

/** What a source saw that is no metric of any device, in sentences. */
export function noticesOfSource({ source, observations }: WatchedSource): string[] {
  const { unattributed, sessions } = observations
  const { size } = sessions.doubles
  return [
    ...(source.facts().notices ?? []),
    ...(unattributed === 0
      ? []
      : [
          `${unattributed} refused connection ${unattributed === 1 ? 'attempt' : 'attempts'} since the start named no known device.`,
        ]),
    ...(size === 0
      ? []
      : [
          `${size} ${size === 1 ? 'device was' : 'devices were'} connected more than once at the same time. Where devices share a login, set identity: [clientId].`,
        ]),
  ]
}

/** What sources saw of a device that is no metric, in sentences. May quote hostile text. */
export function noticesOfDevice({ sources }: Core, deviceId: DeviceId): string[] {
  return sources.flatMap(({ source, observations }) => {
    const double = observations.sessions.doubles.get(deviceId)
    return double ? [doubleSentence(source.id, double)] : []
  })
}

function doubleSentence(sourceId: string, double: DoubleIdentity): string {
  const { times, lastAt, addresses, clientIds } = double
  const how = [
    ...(clientIds.length > 1 ? [`with the client ids ${quoted(clientIds)}`] : []),
    ...(addresses.length > 1 ? [`from the addresses ${quoted(addresses)}`] : []),
  ].join(' and ')
  const last = new Date(lastAt).toISOString().slice(0, 16).replace('T', ' ')
  return `Connected more than once at the same time ${how}: ${times === 1 ? 'once' : `${times} times`} at ${sourceId} since the start, last at ${last} UTC.`
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name.slice(0, quotedLength))).join(', ')
}
