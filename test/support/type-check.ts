import { spawnSync } from 'node:child_process'
import { readdirSync, existsSync } from 'node:fs'
import { join } from 'node:path'

/** Checks every folder under its own tsconfig: each sees only the environment it may use. */
const parts = readdirSync('src').map((name) => join('src', name))
const folders = ['test', 'packaging', ...parts, 'src/main/preload']
const checked = folders.filter((folder) => existsSync(join(folder, 'tsconfig.json')))
const failed = checked.filter((folder) => !isSound(folder))
if (failed.length > 0) console.error(`Type errors in ${failed.join(', ')}`)
process.exitCode = failed.length

function isSound(folder: string): boolean {
  const project = join(folder, 'tsconfig.json')
  const [command, ...args] = folder.endsWith('renderer')
    ? ['svelte-check', '--tsconfig', project, '--fail-on-warnings']
    : ['tsc', '--project', project]
  return spawnSync(String(command), args, { stdio: 'inherit' }).status === 0
}
