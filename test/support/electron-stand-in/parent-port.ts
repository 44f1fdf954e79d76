import { EventEmitter } from 'node:events'

// What a utility process has in the place of `process.send`: its messages come wrapped.
const send = process.send?.bind(process)
const port = Object.assign(new EventEmitter(), {
  postMessage: (message: object) => void send?.(message, undefined, undefined, () => undefined),
})
process.on('message', (data) => port.emit('message', { data, ports: [] }))
process.once('disconnect', () => process.exit())
Object.defineProperty(process, 'parentPort', { value: port })
Object.defineProperty(process, 'send', { value: undefined })
