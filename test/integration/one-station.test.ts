import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createTestHost } from '../support/test-host.ts'
import { freePort, kill, startPicket, untilListening, writeSite } from '../support/serve-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a second station on a data folder is refused with a sentence that says who holds it', async () => {
  const { data, first } = await startFirst()
  const second = startPicket('serve', '--data', data)
  const complaint = second.stderr ? text(second.stderr) : ''
  const [exitCode] = await once(second, 'exit')
  expect(exitCode).toBe(1)
  expect(await complaint).toContain(`${data} is used by picket serve (process ${first.pid}, since `)
  expect(await complaint).toContain('Stop that one, or use another folder.')
})

test('a second station in another host is refused the same way and leaves the first alone', async () => {
  const { data, first } = await startFirst()
  const { host } = createTestHost({ data })
  await expect(host.start()).rejects.toMatchObject({
    code: 'DATA_FOLDER_HELD',
    message: expect.stringContaining(`picket serve (process ${first.pid}`),
  })
  expect(first.exitCode).toBeNull()
})

test('after kill -9 of the first the folder opens at once', async () => {
  const { data, first } = await startFirst()
  await kill(first)
  const { host } = createTestHost({ data })
  await host.start()
  expect(host.station.status().store.state).toBe('ok')
  await host.stop()
})

/** A station in a process of its own that watches already. */
async function startFirst() {
  const folder = temporaryFolder()
  const data = join(folder, 'data')
  const port = await freePort()
  const site = { data, page: { port: 0 }, sources: [{ kind: 'embedded-broker', port }] }
  const first = startPicket('serve', '--config', writeSite(folder, site))
  await untilListening(port)
  return { data, first }
}
