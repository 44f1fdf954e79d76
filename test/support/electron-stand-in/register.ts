import { registerHooks } from 'node:module'

// Loaded before the built app: `electron` is the stand-in. The app itself is run as it was built.
const standIn = new URL('./electron.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: standIn, shortCircuit: true } : next(specifier, context),
})

Object.defineProperties(process.versions, {
  electron: { value: 'stand-in', enumerable: true },
  chrome: { value: 'stand-in', enumerable: true },
})

const aheadMs = Number(process.env['STAND_IN_CLOCK_AHEAD_MS'] ?? 0)
if (aheadMs !== 0) {
  const now = Date.now
  Date.now = () => now() + aheadMs
}

// The app alone believes to be on another system: what it is built on must find its native files.
const platform = process.env['STAND_IN_PLATFORM']
if (platform) {
  const real = process.platform
  Object.defineProperty(process, 'platform', {
    get() {
      const caller = new Error().stack?.split('\n')[2] ?? ''
      return caller.includes('/out/main/index.js') ? platform : real
    },
  })
}
