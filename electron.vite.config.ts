import { cpSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'electron-vite'
import page from './vite.renderer.config.ts'

const source = (path: string) => resolve(import.meta.dirname, 'src', path)

/** Builds everything that the desktop app consists of into `out`; the page is the same for every host. */
export default defineConfig({
  main: {
    build: {
      // All but SQLite, whose native file is taken as it comes, so that no other package is to be installed.
      externalizeDeps: false,
      sourcemap: true,
      rolldownOptions: {
        external: ['better-sqlite3'],
        input: {
          index: source('main/index.ts'),
          engine: source('station/engine/entry.ts'),
          'embedded-broker': source('station/ingest/embedded-broker-entry.ts'),
        },
      },
    },
    plugins: [
      {
        name: 'tray-icons',
        closeBundle: () => cpSync('resources/tray', 'out/main/tray', { recursive: true }),
      },
    ],
  },
  preload: {
    build: {
      externalizeDeps: false,
      sourcemap: true,
      rolldownOptions: {
        input: { index: source('main/preload/index.ts') },
        // A sandboxed preload must be one CommonJS file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: page,
})
