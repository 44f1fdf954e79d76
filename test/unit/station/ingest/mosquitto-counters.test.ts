import { describe, expect, test } from 'vitest'
import {
  createBrokerCounters,
  takeCounter,
} from '../../../../src/station/ingest/mosquitto-counters.ts'

describe('what Mosquitto publishes of itself', () => {
  const taking = () => {
    const counters = createBrokerCounters()
    const take = (name: string, payload: string) =>
      takeCounter(counters, `$SYS/broker/${name}`, payload)
    return { counters, take }
  }

  test('names its version', () => {
    const { counters, take } = taking()
    take('version', 'mosquitto version 2.0.11')
    expect(counters.version).toBe('2.0.11')
    take('version', '<img src=x>')
    expect(counters.version).toBeNull()
  })

  test('tells a restart by its uptime, and counts what it dropped anew from then', () => {
    const { take } = taking()
    expect(take('publish/messages/dropped', '100')).toBeNull()
    expect(take('uptime', '500 seconds')).toBeNull()
    expect(take('uptime', '510 seconds')).toBeNull()
    expect(take('publish/messages/dropped', '105')).toEqual({ kind: 'dropped', messages: 5 })
    expect(take('publish/messages/dropped', '105')).toBeNull()
    expect(take('uptime', '1 second')).toEqual({ kind: 'restarted' })
    expect(take('publish/messages/dropped', '3')).toEqual({ kind: 'dropped', messages: 3 })
  })

  test('counts its clients', () => {
    const { counters, take } = taking()
    expect(take('clients/connected', '12')).toEqual({ kind: 'clients' })
    expect(counters.connectedClients).toBe(12)
  })

  test('may be anything, and is then not known', () => {
    const { counters, take } = taking()
    for (const payload of ['', '-1', '1e9', 'many', '9'.repeat(400)]) {
      take('uptime', payload)
      take('clients/connected', payload)
      expect(counters).toMatchObject({ uptimeSeconds: null, connectedClients: null })
    }
    expect(take('heap/current', '1')).toBeNull()
  })
})
