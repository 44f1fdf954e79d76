import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

describe('the rule that imports go one way', () => {
  test('refuses a planted import of a Node module in detect', () => {
    expect(violatedRules('test/support/planted')).toContain('detect-runs-anywhere')
  })

  test('refuses a planted import against the direction', () => {
    expect(violatedRules('test/support/planted')).toContain('contract-imports-only-what-it-may')
  })
})

function violatedRules(folder: string): string[] {
  const report: unknown = JSON.parse(cruise(folder))
  return [...JSON.stringify(report).matchAll(/"rule":\{[^}]*"name":"([^"]+)"/g)].map((m) =>
    String(m[1]),
  )
}

function cruise(folder: string): string {
  try {
    return execFileSync(process.execPath, [
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.js',
      '--output-type',
      'json',
      folder,
    ]).toString()
  } catch (failed) {
    // A violation is told by the exit code; the report is on standard output all the same.
    return String((failed as { stdout: Buffer }).stdout)
  }
}
