/** Electron's `process.parentPort`, as far as it is used. It wraps messages, `process.on('message')` does not. */
interface UtilityPort {
  postMessage(message: unknown): void
  on(event: 'message', receive: (event: { data: unknown }) => void): void
}

/** For a program of its own process: listens to the station that started it, and returns how to answer. */
export function listenToStation(receive: (message: unknown) => void): (message: unknown) => void {
  if ('parentPort' in process && isUtilityPort(process.parentPort)) {
    const port = process.parentPort
    port.on('message', ({ data }) => receive(data))
    return (message) => port.postMessage(message)
  }
  if (!process.send) {
    throw new Error('This program must be started by a station: there is no one to answer.')
  }
  process.on('message', receive)
  process.once('disconnect', () => process.exit())
  // Ctrl-C in a terminal reaches every process of it: the station ends its programs when it is ready to.
  process.on('SIGINT', () => undefined)
  return (message) => void process.send?.(message)
}

function isUtilityPort(port: unknown): port is UtilityPort {
  return typeof port === 'object' && port !== null && 'postMessage' in port && 'on' in port
}
