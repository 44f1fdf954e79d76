import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workerData, type MessagePort } from 'node:worker_threads'
import { serveOnPort } from '../../src/station/message-port.ts'
import { createSmallStation } from './small-station.ts'

/** A station in a thread of its own that is reached through a message port, as in the desktop host. */
const { port } = workerData as { port: MessagePort }
const station = await createSmallStation(mkdtempSync(join(tmpdir(), 'picket-thread-')))
serveOnPort(station.router, port)
