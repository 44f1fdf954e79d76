import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { StationError } from '../contract/errors.ts'

/** How the CLI finds and speaks to the station of a data folder. */
const connection = z.object({ url: z.string(), cliKey: z.string(), pid: z.number().int() })
export type Connection = z.infer<typeof connection>

/** Readable by the station's own user alone: the key opens everything the page can do. */
export async function writeConnection(folder: string, facts: Connection): Promise<void> {
  await rm(fileIn(folder), { force: true })
  await writeFile(fileIn(folder), JSON.stringify(facts), { mode: 0o600 })
}

export async function removeConnection(folder: string): Promise<void> {
  await rm(fileIn(folder), { force: true })
}

/** Throws STATION_UNREACHABLE where no station has left word. */
export async function readConnection(folder: string): Promise<Connection> {
  try {
    return connection.parse(JSON.parse(await readFile(fileIn(folder), 'utf8')))
  } catch {
    throw new StationError(
      'STATION_UNREACHABLE',
      `No station runs on the data folder ${folder}. Start one with \`picket serve\`, or name its folder with --data.`,
    )
  }
}

function fileIn(folder: string): string {
  return join(folder, 'station.connection.json')
}
