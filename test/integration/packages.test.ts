import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { setFuses, wrongFuses } from '../../packaging/fuses.ts'
import { billOfMaterials } from '../../packaging/sbom.ts'
import { writeElectronDistribution } from '../support/electron-distribution.ts'
import { keptFolder, temporaryFolder } from '../support/temporary-folder.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const packager = join(project, 'node_modules/electron-builder/cli.js')
const settingsFile = join(project, 'packaging/electron-builder.yml')

describe('the packaged app, around an Electron that is only a stand-in', () => {
  const folder = keptFolder()
  const packed = join(folder, 'dist/linux-unpacked')

  beforeAll(async () => {
    await writeElectronDistribution(join(folder, 'electron'))
    const run = promisify(execFile)
    await run(process.execPath, ['packaging/sbom.ts', 'dist/sbom.cdx.json'], { cwd: project })
    await run(
      process.execPath,
      [
        ...[packager, '--linux', 'dir', '--x64', '--publish', 'never', '--config', settingsFile],
        `-c.electronDist=${join(folder, 'electron')}`,
        `-c.directories.output=${join(folder, 'dist')}`,
      ],
      { cwd: project, maxBuffer: 64 << 20 },
    )
  }, 120_000)

  test('its archive has the build, and nothing of the source, the tests or the packages that only build', () => {
    const files = archivedFiles(join(packed, 'resources/app.asar'))
    expect(files).toContain('out/main/index.js')
    expect(files).toContain('out/main/engine.js')
    expect(files).toContain('out/main/embedded-broker.js')
    expect(files).toContain('out/preload/index.cjs')
    expect(files).toContain('out/renderer/index.html')
    const allowed = /^(package\.json|out\/(main|preload|renderer)\/|node_modules\/better-sqlite3\/)/
    expect(files.filter((file) => !allowed.test(file) || file.endsWith('.map'))).toEqual([])
  })

  test('what its programs load from outside the build is there', () => {
    const files = archivedFiles(join(packed, 'resources/app.asar'))
    const programs = globSync('out/{main,preload}/**/*.{js,cjs}', { cwd: project })
    const loaded = programs.flatMap((file) => packagesLoadedBy(join(project, file)))
    expect(loaded).toContain('better-sqlite3')
    const missing = loaded.filter(
      (name) => name !== 'electron' && !files.includes(`node_modules/${name}/package.json`),
    )
    expect(missing).toEqual([])
  })

  test('the native file of SQLite lies outside the archive, and only for this system and processor', () => {
    const natives = globSync('**/*.node', { cwd: join(packed, 'resources') }).toSorted()
    const place = 'app.asar.unpacked/node_modules/better-sqlite3/prebuilds'
    expect(natives).toContain(join(place, 'linux-x64.node'))
    expect(natives.filter((file) => !/linux(musl)?-x64\.node$/.test(file))).toEqual([])
  })

  test('its fuses are set, and were read back', async () => {
    expect(await wrongFuses(join(packed, 'picket'))).toEqual([])
  })

  test('the list of what it is made of is in it', () => {
    const bill = readFileSync(join(packed, 'resources/sbom.cdx.json'), 'utf8')
    expect(JSON.parse(bill)).toMatchObject({ bomFormat: 'CycloneDX' })
  })
})

test('fuses as Electron is delivered are told by name, and set', async () => {
  const folder = temporaryFolder()
  await writeElectronDistribution(folder)
  const binary = join(folder, 'electron')
  expect(await wrongFuses(binary)).toContain('RunAsNode')
  await setFuses(binary)
  expect(await wrongFuses(binary)).toEqual([])
})

test('the bill of materials has what ships, its licences and hashes, and not what only builds or tests', () => {
  const { components } = billOfMaterials()
  const names = components.map(({ name }) => name)
  for (const shipped of ['electron', 'better-sqlite3', 'svelte', 'chart.js', 'mqtt', 'ws']) {
    expect(names).toContain(shipped)
  }
  for (const tool of ['eslint', 'vitest', 'typescript', 'electron-builder', '@electron/get']) {
    expect(names).not.toContain(tool)
  }
  const without = components.filter((one) => !('licenses' in one) || !('hashes' in one))
  expect(without.map(({ name }) => name)).toEqual([])
})

test('each system is given its own kind of package, by one identity', () => {
  const settings: unknown = parse(readFileSync(settingsFile, 'utf8'))
  const manifest: unknown = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  expect(settings).toMatchObject({
    win: { target: [{ target: 'nsis' }] },
    mac: { target: [{ target: 'dmg' }], hardenedRuntime: true },
    linux: { target: [{ target: 'deb' }, { target: 'rpm' }], syncDesktopName: true },
    publish: null,
  })
  const appId = settings && typeof settings === 'object' && 'appId' in settings && settings.appId
  // Portals and notifications know the app by the name of its desktop entry.
  expect(manifest).toMatchObject({ desktopName: `${String(appId)}.desktop` })
  expect(globSync('packaging/icons/icon.{ico,icns}', { cwd: project })).toHaveLength(2)
})

/** Paths of the files in an archive: a length, and the tree as JSON. */
function archivedFiles(path: string): string[] {
  const archive = readFileSync(path)
  const header: unknown = JSON.parse(archive.toString('utf8', 16, 16 + archive.readUInt32LE(12)))
  return pathsIn(header, '')
}

function pathsIn(node: unknown, path: string): string[] {
  if (!node || typeof node !== 'object' || !('files' in node)) return [path]
  return Object.entries(Object(node.files) as object).flatMap(([name, child]) =>
    pathsIn(child, path === '' ? name : `${path}/${name}`),
  )
}

/** Packages, Node's own left out, that a built file imports, or requires as the bundler writes it. */
function packagesLoadedBy(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  const names = [
    ...text.matchAll(/^\s*import\s(?:[^;'"]*\sfrom\s)?["']([^"'.][^"']*)["']/gm),
    ...text.matchAll(/\b__require\(["']([^"'.][^"']*)["']\)/g),
  ].map(([, name = '']) => name)
  return names.filter((name) => !isBuiltin(name))
}
