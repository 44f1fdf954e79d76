import { once } from 'node:events'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { StationClient } from '../../src/contract/contract.ts'

/** Signs in as a browser does, with a link, and speaks to the station over the page's WebSocket. */
export async function openPage(signInLink: string): Promise<StationClient> {
  const { origin, host } = new URL(signInLink)
  const answer = await fetch(signInLink, { redirect: 'manual' })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (!cookie) throw new Error(`the link did not sign in: ${answer.status}`)
  const socket = new WebSocket(`ws://${host}/rpc`, { headers: { cookie, origin } })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }))
}
