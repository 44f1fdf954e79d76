import { createWire } from './wire.ts'

if (!process.send) throw new Error('The stand-in is started by its launcher.')

/** The app's end of the wire. */
export const wire = createWire({
  send: (message, done) => void process.send?.(message, undefined, undefined, done),
  receive: (take) => void process.on('message', take),
})

// Nobody is left to show it to.
process.once('disconnect', () => process.exit())
