import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { protocol, type Protocol } from 'electron'
import { pageHeaders } from '../station/host/page-headers.ts'

const scheme = 'app'
export const pageOrigin = `${scheme}://station`

/** The address of the page, at a place in it: `#/alarms/ID`. */
export function pageAddress(place: string): string {
  return `${pageOrigin}/index.html${place}`
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Must be called before the app is ready. */
export function registerPageScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true }
  protocol.registerSchemesAsPrivileged([{ scheme, privileges }])
}

// SECURITY: the page comes from a list of files made at the start, never from a path that a request names.
export function servePage(of: Protocol, folder: string): void {
  const files = new Map(filesOf(folder).map((path) => [`/${path}`, join(folder, path)]))
  of.handle(scheme, async ({ method, url }) => {
    const { host, pathname } = new URL(url)
    const file = files.get(pathname)
    const headers = pageHeaders([])
    if (!file || method !== 'GET' || `${scheme}://${host}` !== pageOrigin) {
      return new Response('Not a part of the page.', { status: 404, headers })
    }
    const contentType = contentTypes[extname(file)] ?? 'application/octet-stream'
    return new Response(await readFile(file), {
      headers: { ...headers, 'content-type': contentType },
    })
  })
}

function filesOf(folder: string, inside = ''): string[] {
  return readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
    const path = `${inside}${entry.name}`
    return entry.isDirectory() ? filesOf(folder, `${path}/`) : [path]
  })
}
