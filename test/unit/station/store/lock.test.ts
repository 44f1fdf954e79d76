import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readState, writeState } from '../../../../src/station/store/state.ts'
import { holdElsewhere, openElsewhere, storeIn, temporaryFolder, thrownBy } from './store-folder.ts'

describe('a data folder in use', () => {
  test('is refused with the holder, its process and its time', async () => {
    const folder = temporaryFolder()
    const holder = await holdElsewhere(folder)
    const error = thrownBy(() => storeIn(folder))
    expect(error).toMatchObject({ code: 'DATA_FOLDER_HELD' })
    expect(String(error)).toContain(folder)
    expect(String(error)).toMatch(
      new RegExp(`picket serve \\(process ${holder.pid}, since \\d{4}-\\d\\d-\\d\\dT`),
    )
  })

  test('opens again after its process was killed', async () => {
    const folder = temporaryFolder()
    const holder = await holdElsewhere(folder)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const store = storeIn(folder)
    writeState(store.write, 'key', 'value')
    expect(readState(store.read, 'key')).toBe('value')
  })

  test('stays held when the same process tries to open it again', () => {
    const folder = temporaryFolder()
    storeIn(folder)
    expect(thrownBy(() => storeIn(folder))).toMatchObject({ code: 'DATA_FOLDER_HELD' })
    expect(openElsewhere(folder)).toMatch(/^DATA_FOLDER_HELD: .*a test \(process/)
  })

  test('is refused without a name when nobody wrote one', () => {
    const folder = temporaryFolder()
    storeIn(folder)
    rmSync(join(folder, 'station.holder.json'))
    expect(String(thrownBy(() => storeIn(folder)))).toContain('used by another station')
  })

  test('is free for another process once closed', () => {
    const folder = temporaryFolder()
    const store = storeIn(folder)
    store.close()
    expect(openElsewhere(folder)).toBe('opened')
  })

  test('is not freed by closing an earlier store of it once more', () => {
    const folder = temporaryFolder()
    const earlier = storeIn(folder)
    earlier.close()
    storeIn(folder)
    earlier.close()
    expect(openElsewhere(folder)).toMatch(/a test \(process/)
  })
})
