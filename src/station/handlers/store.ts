import type { Core } from '../core.ts'
import { createEngineLink } from '../engine/link.ts'

/** Reads the whole database in an engine of its own: it may take minutes, and scoring must go on. */
export async function checkStore({ ports, store }: Core) {
  const { processes: host, clock, log } = ports
  const engine = createEngineLink({ host, clock, log, role: 'The database check' })
  engine.start()
  try {
    return await engine.check(store.path)
  } finally {
    await engine.stop()
  }
}
