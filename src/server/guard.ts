import type { IncomingHttpHeaders } from 'node:http'

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

/** Headers of every answer. The page loads nothing from anywhere else and runs no inline script or style. */
export function securityHeaders({ host, port }: PageAddress): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ws://${host}:${port} ws://localhost:${port}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  }
}
