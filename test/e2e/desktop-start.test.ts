import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findElectron } from '../../src/cli/electron-binary.ts'
import { until } from '../support/poll.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test.runIf(findElectron() === null)(
  'Where Electron is not and cannot be fetched, `npm start` says so and opens the page in a browser',
  async () => {
    const folder = temporaryFolder()
    const config = join(folder, 'site.yaml')
    writeFileSync(config, 'data: data\npage: { port: 0 }\n')
    const nowhere = 'http://127.0.0.1:9/'
    const program = spawn(process.execPath, ['src/cli/main.ts', 'start', '--config', config], {
      // CI: no browser is opened on the machine that runs the tests.
      env: {
        ...process.env,
        ELECTRON_MIRROR: nowhere,
        npm_config_electron_mirror: nowhere,
        CI: '1',
      },
    })
    let said = ''
    for (const stream of [program.stdout, program.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    }
    const link = await until('there is a page', () => /http:\S+/.exec(said)?.[0] ?? null, 90_000)
    expect(said).toContain(
      'Electron is not installed and cannot be fetched, so Picket opens in a browser instead of a window of its own.',
    )
    expect((await fetch(link)).status).toBe(200)
    program.kill('SIGTERM')
    expect(await once(program, 'exit')).toEqual([0, null])
  },
)
