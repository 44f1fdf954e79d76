import type { Isolation } from '../../contract/model/quarantine.ts'
import { getDesk } from './desk.svelte.ts'
import { createReading, type Reading } from './reading.svelte.ts'

/** The most isolations that the page holds; the rest of the history is in the journal. */
export const mostIsolations = 500

export interface IsolationList {
  total: number
  isolations: Isolation[]
}

/** Reads isolations, of one device or all, now and whenever one changes. */
export function createIsolations(deviceName?: () => string): Reading<IsolationList> {
  const desk = getDesk()
  return createReading((client) => {
    void desk.isolationChanges
    const deviceId = deviceName?.()
    return client.quarantine.list({
      limit: mostIsolations,
      ...(deviceId !== undefined && { deviceId: deviceId as Isolation['deviceId'] }),
    })
  })
}
