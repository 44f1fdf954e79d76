import type { IncomingHttpHeaders } from 'node:http'
import { pageHeaders } from '../station/host/page-headers.ts'

/** The address a page is served at. */
export interface PageAddress {
  host: string
  port: number
}

/**
 * Only requests that name this very address pass, so that no other site's page (DNS rebinding) and no other
 * origin can talk to the station.
 */
export function isForUs(headers: IncomingHttpHeaders, { host, port }: PageAddress): boolean {
  const names = host === '127.0.0.1' ? [host, 'localhost'] : [host]
  const hosts = names.map((name) => `${name}:${port}`)
  if (!headers.host || !hosts.includes(headers.host)) return false
  const { origin } = headers
  return origin === undefined || origin === `http://${headers.host}`
}

/** Headers of every answer. */
export function securityHeaders({ host, port }: PageAddress): Record<string, string> {
  return pageHeaders([`ws://${host}:${port}`, `ws://localhost:${port}`])
}
