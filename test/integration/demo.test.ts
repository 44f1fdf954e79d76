import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const result = z.object({
  devices: z.number(),
  datapoints: z.number(),
  trainMs: z.number(),
  alarms: z.number(),
  firstAlarmAfterMs: z.number(),
  falseAlarms: z.number(),
  attackAlarmedAndCleared: z.boolean(),
  quarantine: z.object({
    device: z.string(),
    isolated: z.boolean(),
    messagesWhileIsolated: z.number(),
    refusedAttempts: z.number(),
    isolatedAfterMs: z.number(),
    released: z.boolean(),
    backAfterMs: z.number(),
  }),
})

describe('npm run demo', () => {
  test(
    '--once --json learns a fleet, alarms on the attack, takes the device off and back, sees it clear, and leaves nothing behind',
    { timeout: 300_000 },
    async () => {
      const temporary = mkdtempSync(join(tmpdir(), 'picket-demo-test-'))
      const { code, lines } = await demo(['--once', '--json'], temporary)
      const outcome = result.parse(JSON.parse(lines.at(-1) ?? ''))
      expect(code).toBe(0)
      expect(outcome.devices).toBe(24)
      expect(outcome.datapoints).toBeGreaterThan(24 * 13 * 4032)
      expect(outcome.trainMs).toBeGreaterThan(0)
      expect(outcome.alarms).toBeGreaterThan(0)
      expect(outcome.attackAlarmedAndCleared).toBe(true)
      const { quarantine } = outcome
      expect(quarantine).toMatchObject({ isolated: true, messagesWhileIsolated: 0, released: true })
      expect(quarantine.refusedAttempts).toBeGreaterThan(0)
      expect(quarantine.isolatedAfterMs).toBeGreaterThan(0)
      expect(quarantine.backAfterMs).toBeGreaterThan(0)
      const isTold = (words: string) =>
        lines.some((line) => line.startsWith(`QUARANTINE ${quarantine.device}: ${words}`))
      expect(['isolated: 0 messages in ', 'back: '].filter((words) => !isTold(words))).toEqual([])
      expect(
        lines.some((line) => /^Reading 14 days .* datapoints\/s, \d+ s left$/.test(line)),
      ).toBe(true)
      expect(
        lines.some((line) => /^ALARM .* · usually .* · confidence HIGH .* · since /.test(line)),
      ).toBe(true)
      expect(readdirSync(temporary)).toEqual([])
    },
  )

  test('Ctrl-C in the middle stops cleanly and keeps the data where that was asked for', async () => {
    const data = mkdtempSync(join(tmpdir(), 'picket-demo-kept-'))
    const { code, lines } = await demo(['--data', data, '--devices', '3'], tmpdir(), 'Reading')
    expect(code).toBe(0)
    expect(lines.at(-1)).toBe(`Stopped. The data are kept in ${data}.`)
    expect(readdirSync(data)).toContain('picket.db')
  })
})

/** Runs the README's command; sends one Ctrl-C, at the first line that begins with `interruptAt`. */
async function demo(args: string[], temporary: string, interruptAt?: string) {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'demo', ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stderr.on('data', (part) => (errors += part))
  child.stdout.on('data', (part) => {
    output += part
    if (child.killed || !interruptAt || !output.includes(`\n${interruptAt}`)) return
    child.kill('SIGINT')
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0) console.error(output, errors)
  return { code, lines: output.trim().split('\n') }
}
