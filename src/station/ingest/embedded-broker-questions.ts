import { StationError } from '../../contract/errors.ts'
import type { Clock } from '../ports.ts'
import type { DeviceView } from './embedded-broker-protocol.ts'

/** Real milliseconds that the broker's process has for an answer. */
const patienceMs = 10_000

/** Questions to the broker's process about devices, each with a number of its own. */
export function createQuestions(clock: Clock, post: (id: number, deviceName: string) => void) {
  const open = new Map<number, (view: DeviceView | null) => void>()
  let lastId = 0

  /** Null: the process ended meanwhile. Throws BROKER_UNREACHABLE where it does not answer. */
  function ask(deviceName: string): Promise<DeviceView | null> {
    const id = ++lastId
    return new Promise((resolve, reject) => {
      const cancel = clock.after(patienceMs * clock.speed, () => {
        open.delete(id)
        reject(new StationError('BROKER_UNREACHABLE', 'The embedded broker does not answer.'))
      })
      open.set(id, (view) => {
        open.delete(id)
        cancel()
        resolve(view)
      })
      post(id, deviceName)
    })
  }

  return {
    ask,
    answer: (id: number, view: DeviceView) => open.get(id)?.(view),
    abandon() {
      for (const settle of open.values()) settle(null)
    },
  }
}
