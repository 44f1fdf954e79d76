import { session, type Session } from 'electron'
import { pageOrigin } from './page-protocol.ts'

/** All that the page may ask the browser for. Whatever Chromium adds is denied until it stands here. */
const granted: readonly string[] = ['clipboard-sanitized-write']

/** A session of the page's own: nothing of it is cached, and no request of it leaves the machine. */
export function openPageSession(): Session {
  // SECURITY: no cache, so that nothing of the site lies in a profile that roams.
  const own = session.fromPartition('persist:picket', { cache: false })
  // SECURITY: the page speaks to the station through its port alone.
  own.webRequest.onBeforeRequest(({ url }, answer) => {
    answer({ cancel: !isOfPage(url) })
  })
  // SECURITY: three handlers, because Chromium asks in three ways.
  own.setPermissionRequestHandler((_contents, ...[permission, answer, { requestingUrl }]) => {
    answer(isGranted(permission, requestingUrl))
  })
  own.setPermissionCheckHandler((_contents, permission, origin) => isGranted(permission, origin))
  own.setDevicePermissionHandler(() => false)
  return own
}

function isGranted(permission: string, requester: string): boolean {
  return granted.includes(permission) && isOfPage(requester)
}

function isOfPage(url: string): boolean {
  return `${url}/`.startsWith(`${pageOrigin}/`)
}
