import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LogStream } from '../../src/station/ingest/mosquitto-stream.ts'
import { until } from '../support/poll.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { watchedSource, type WatchedSource } from '../support/watched-source.ts'

const stamp = '1795335361'
const connect = `${stamp}: New client connected from 10.0.0.7:1 as c1 (p2, c1, k60, u'pump-1').`
const message = `${stamp}: Received PUBLISH from c1 (d0, q0, r0, m0, 't', ... (5 bytes))`

describe('standard input of a forwarder', () => {
  test('is read as lines come, at the time they come, until it ends', async () => {
    const input = new PassThrough()
    const watched = await started(watchedSource((context) => new LogStream({}, context, input)))
    input.write(`${connect}\n${message.slice(0, 20)}`)
    input.write(`${message.slice(20)}\n`)
    await until('it is counted', () => watched.counted('pump-1').sent === 1)
    expect(Math.abs(Number(watched.source.facts().lastMessageAt) - Date.now())).toBeLessThan(5000)
    expect(watched.states.at(-1)?.state).toBe('connected')
    input.end()
    await until('it is told', () => watched.states.at(-1)?.state === 'disconnected')
    expect(watched.states.at(-1)?.sentence).toContain('the program that forwards the log is gone')
  })

  test('is read no faster than its lines are taken', async () => {
    const input = new PassThrough({ highWaterMark: 1000 })
    const watched = await started(watchedSource((context) => new LogStream({}, context, input)))
    const lines = Array.from({ length: 20_000 }, () => message).join('\n')
    input.end(`${connect}\n${lines}\n`)
    await until('all are counted', () => watched.counted('pump-1').sent === 20_000)
    expect(watched.counted('pump-1').bytes).toBe(100_000)
  })
})

describe('the journal', () => {
  test('is followed, and who connected before is known', async () => {
    const { watched, calls } = await journal(`
      case "$*" in
        *--follow*) echo "${escaped(message)}"; exec sleep 60 ;;
        *) echo "${escaped(connect)}" ;;
      esac`)
    await until('it is counted', () => watched.counted('pump-1').sent === 1)
    expect(watched.counted('pump-1')).toMatchObject({ attempts: 0 })
    expect(calls()).toContain('--unit mosquitto --lines 0 --follow --output cat')
    await watched.source.stop()
  })

  test('is opened again when journalctl ends, and that is a gap with its reason', async () => {
    const { watched, calls } = await journal(`
      case "$*" in
        *--follow*) echo "${escaped(connect)}"; echo "no permission" >&2; exit 1 ;;
      esac`)
    await until('it was tried again', () => calls().split('--follow').length > 2)
    const sentences = watched.states.map(({ sentence }) => sentence)
    expect(sentences).toContainEqual(expect.stringContaining('journalctl ended (no permission)'))
    expect(watched.counted('pump-1').attempts).toBeGreaterThan(1)
    // Nobody knows when the first connection ended, so no end is counted.
    expect(watched.counted('pump-1').disconnects).toBe(0)
    await watched.source.stop()
  })

  test('that is not there is a state, and does not keep the station from starting', async () => {
    const { watched } = await journal(null)
    await until('it is told', () => watched.states.at(-1)?.state === 'disconnected')
    expect(watched.states.at(-1)?.sentence).toContain('ENOENT')
    await watched.source.stop()
  })

  test('stops at once, also while it waits to try again', async () => {
    const { watched } = await journal('exit 1')
    await until('it ended', () => watched.states.at(-1)?.sentence.includes('journalctl ended'))
    const stopped = await Promise.race([watched.source.stop().then(() => true), pause(2000, false)])
    expect(stopped).toBe(true)
  })

  test('that left lines out says how many, and that who is there is not known', async () => {
    const suppressed = 'Suppressed 812 messages from mosquitto.service'
    const { watched } = await journal(`
      case "$*" in *--follow*) echo "${escaped(connect)}"; echo "${suppressed}"; exec sleep 60 ;; esac`)
    await until('it is told', () => watched.refused.length > 0)
    expect(watched.refused).toEqual([
      { reason: 'overload', detail: expect.stringContaining('812 lines') },
    ])
    const sentences = watched.states.map(({ sentence }) => sentence)
    expect(sentences).toContainEqual(expect.stringContaining('left out 812 lines'))
    expect(watched.states.at(-1)?.state).toBe('connected')
    await watched.source.stop()
  })
})

/** A source that reads what a stand-in for journalctl writes; null: there is none. */
async function journal(script: string | null) {
  const folder = temporaryFolder()
  const calls = join(folder, 'calls')
  const path = process.env['PATH'] ?? ''
  onTestFinished(() => void (process.env['PATH'] = path))
  process.env['PATH'] = script === null ? folder : `${folder}${delimiter}${path}`
  if (script !== null) {
    const program = join(folder, 'journalctl')
    writeFileSync(program, `#!/bin/sh\necho "$*" >> ${calls}\n${script}\n`)
    chmodSync(program, 0o755)
  }
  const watched = watchedSource((context) => new LogStream({ journal: 'mosquitto' }, context))
  await watched.source.start()
  return { watched, calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8') : '') }
}

async function started(watched: WatchedSource): Promise<WatchedSource> {
  await watched.source.start()
  onTestFinished(() => watched.source.stop())
  return watched
}

/** Within double quotes of a shell. */
function escaped(line: string): string {
  return line.replace(/["$`\\]/g, '\\$&')
}
