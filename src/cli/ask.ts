import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { WebSocket } from 'ws'
import type { StationClient } from '../contract/contract.ts'
import { StationError } from '../contract/errors.ts'
import { readConnection, type Connection } from '../server/holder-file.ts'

/** Asks the station of a data folder, then hangs up. Throws STATION_UNREACHABLE where none runs. */
export async function askStation<Answer>(
  folder: string,
  question: (station: StationClient) => Promise<Answer>,
): Promise<Answer> {
  const { url, cliKey } = await readConnection(folder)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/rpc`, {
    headers: { authorization: `Bearer ${cliKey}` },
  })
  try {
    await opened(socket, folder)
    const station: StationClient = createORPCClient(
      new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }),
    )
    return await question(station)
  } finally {
    socket.terminate()
  }
}

function opened(socket: WebSocket, folder: string): Promise<void> {
  const sentence = `The station on ${folder} does not answer; it may just have ended. Start it with \`picket serve\`.`
  return new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', () => reject(new StationError('STATION_UNREACHABLE', sentence)))
  })
}

/** A link to the station's page that signs in once. */
export async function signInLink({ url, cliKey }: Connection): Promise<string> {
  const headers = { authorization: `Bearer ${cliKey}` }
  const answer = await fetch(`${url}/link`, { method: 'POST', headers }).catch(() => null)
  if (answer?.ok) return answer.text()
  throw new StationError('STATION_UNREACHABLE', `The station at ${url} does not answer.`)
}
