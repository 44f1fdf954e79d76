import { execFile } from 'node:child_process'
import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alarm } from '../../src/contract/model/alarm.ts'
import type { JournalEntry } from '../../src/contract/model/journal.ts'
import type { SettingsReport } from '../../src/contract/model/settings.ts'
import type { SystemStatus } from '../../src/contract/model/status.ts'
import { connectAsync } from 'mqtt'
import { until } from '../support/poll.ts'
import { createTestHost, type TestHost } from '../support/test-host.ts'

describe('the picket command', () => {
  let started: TestHost

  beforeAll(async () => {
    const behavior = {
      name: 'udp',
      metric: 'aws:num-listening-udp-ports',
      criteria: { comparisonOperator: 'less-than' as const, value: { count: 1 } },
    }
    const settings = {
      sources: [{ kind: 'embedded-broker' as const, port: 0 }],
      profiles: [{ securityProfileName: 'limits', behaviors: [behavior] }],
    }
    started = createTestHost(settings, { speed: 300 })
    await started.host.start()
    await reportOnce(started.host.station.status().sources[0]?.address ?? '')
    await until('the alarm', () => started.alarms.length > 0)
  })

  afterAll(() => started.host.stop())

  test('status, devices, series and alarms ask the station of a data folder, in words and in JSON', async () => {
    const status = await picketJson<SystemStatus>('status')
    expect(status.devices.total).toBe(1)
    expect((await picket('status', '--data', started.data)).out).toContain('1 of 1 reporting')
    expect(await picketJson<{ id: string }[]>('devices')).toMatchObject([{ id: 'meter-1' }])
    const series = await picketJson<{ mean: number[] }>(
      'series',
      'meter-1',
      'aws:num-listening-udp-ports',
    )
    expect(series.mean).toEqual([2])
    const { alarms } = await picketJson<{ alarms: Alarm[] }>('alarms', 'list')
    expect(alarms).toMatchObject([{ deviceId: 'meter-1', value: 2, state: 'in-alarm' }])
    const words = await picket('alarms', 'list', '--data', started.data)
    expect(words.out).toMatch(
      /^ALARM HIGH meter-1 · Listening UDP ports 2 ports · usually at most 1/,
    )
    expect((await picket('alarms', 'list', '--history', '--data', started.data)).out).toBe(
      words.out,
    )
  })

  test('open prints a link that signs in', async () => {
    const { link } = await picketJson<{ link: string }>('open')
    const answer = await fetch(link, { redirect: 'manual' })
    expect(answer.status).toBe(302)
  })

  test('store check and backup work on a running station', async () => {
    const copy = join(mkdtempSync(join(tmpdir(), 'picket-copy-')), 'copy.db')
    expect((await picket('store', 'check', '--data', started.data)).out).toContain('sound')
    expect((await picket('store', 'backup', copy, '--data', started.data)).code).toBe(0)
    expect(statSync(copy).size).toBeGreaterThan(0)
  })

  test('settings are listed, changed for as long as the data folder lives, and written in the journal', async () => {
    const usual = await picket('settings', 'list', '--data', started.data)
    expect(usual.out).toContain('quiet-hours        off')
    expect(usual.out).toContain('notify-severities  critical,high,medium,low')
    const changed = await picket(
      'settings',
      'set',
      'quiet-hours',
      '22:00-06:00',
      'sat,sun',
      '--data',
      started.data,
    )
    expect(changed.out).toBe('quiet-hours: 22:00-06:00 sat,sun\n')
    await picketJson('settings', 'set', 'store-limit', '2GB')
    const { preferences } = await picketJson<SettingsReport>('settings', 'list')
    expect(preferences).toMatchObject({
      quietHours: { from: '22:00', to: '06:00', days: ['sat', 'sun'] },
      storeLimitBytes: 2_000_000_000,
    })
    expect(started.host.station.preferences()).toEqual(preferences)
    const journal = await picketJson<JournalEntry[]>('journal', 'list')
    expect(journal.filter(({ kind }) => kind === 'setting-changed')).toEqual([
      expect.objectContaining({
        detail: { name: 'storeLimitBytes', from: null, to: 2_000_000_000 },
      }),
      expect.objectContaining({ detail: expect.objectContaining({ name: 'quietHours' }) }),
    ])
  })

  test.each([
    [['settings', 'set', 'listen-only', 'maybe'], 'It takes on or off'],
    [['settings', 'set', 'nothing', 'on'], 'No setting is named nothing. There are quiet-hours'],
    [['series', 'nobody', 'aws:all-bytes-out'], 'No device of this name'],
    [['series', 'meter-1', 'aws:nothing'], 'never reported this metric'],
  ])('%j fails with a sentence', async (args, sentence) => {
    const { code, error } = await picket(...args, '--data', started.data)
    expect(code).toBe(1)
    expect(error).toContain(sentence)
    expect(error).not.toContain('    at ')
  })

  test('says that no station runs on a folder', async () => {
    const { code, error } = await picket('status', '--data', '/nowhere')
    expect(code).toBe(1)
    expect(error).toMatch(
      /No station runs on the data folder \/nowhere\. Start one with `picket serve`/,
    )
  })

  test.each([
    ['site: 3', /:1: site: expected string/],
    ['slots:\n  graceSeconds: 900', /:2: slots.graceSeconds: expected at most 300/],
    ['sourcs: []', /:1: sourcs: is not a setting/],
    [
      'sources:\n  - kind: mqtt\n    id: a\n    url: http://x',
      /:4: sources\[0\]\.url: expected an address/,
    ],
    ['sources:\n  - kind: kafka', /:2: sources\[0\]\.kind: expected 'embedded-broker' \| 'mqtt'/],
    [
      'profiles:\n  - securityProfileName: a\n    behaviors:\n      - name: b\n        metric: m\n        criteria:\n          mlDetectionConfig:\n            confidenceLevel: high',
      /:8: profiles\[0\]\.behaviors\[0\]\.criteria\.mlDetectionConfig\.confidenceLevel: expected LOW, MEDIUM, HIGH/,
    ],
    ['a: [', /:1: |:2: /],
  ])('serve names the line, the key and what was expected: %j', async (text, sentence) => {
    const file = join(mkdtempSync(join(tmpdir(), 'picket-config-')), 'site.yaml')
    writeFileSync(file, `${text}\n`)
    const { code, error } = await picket('serve', '--config', file)
    expect(code).toBe(1)
    expect(error).toMatch(sentence)
  })

  async function picketJson<Answer>(...args: string[]): Promise<Answer> {
    const { out, error } = await picket(...args, '--json', '--data', started.data)
    expect(error).toBe('')
    return JSON.parse(out) as Answer
  }
})

interface Ended {
  code: number
  out: string
  error: string
}

function picket(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/cli/main.ts', ...args], (failed, out, error) => {
      resolve({ code: failed ? Number(failed.code) : 0, out, error })
    })
  })
}

async function reportOnce(url: string): Promise<void> {
  const client = await connectAsync(url, { clientId: 'meter-1', username: 'meter-1' })
  const body = { header: { report_id: 1 }, metrics: { listening_udp_ports: { total: 2 } } }
  const topic = '$aws/things/meter-1/defender/metrics/json'
  await client.publishAsync(topic, JSON.stringify(body), { qos: 1 })
  await client.endAsync()
}
