import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** A folder that is deleted after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'picket-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder that is deleted after all tests of a file or group. */
export function keptFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'picket-test-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
