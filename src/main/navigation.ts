import { app, shell, type Event, type WebContents } from 'electron'
import type { Log } from '../station/ports.ts'
import { openExternal } from './open-external.ts'

// SECURITY: whatever web contents come to be, they stay where they are and open nothing.
export function lockNavigation(log: Log): void {
  app.on('web-contents-created', (_event, contents) => lock(contents, log))
}

function lock(contents: WebContents, log: Log): void {
  const refuse = (event: Event<{ url: string }>) => {
    event.preventDefault()
    log.warn({ url: event.url }, 'The page tried to go elsewhere')
  }
  contents.on('will-navigate', refuse)
  contents.on('will-redirect', refuse)
  contents.on('will-frame-navigate', refuse)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    const isOpened = openExternal(url, (address) => void shell.openExternal(address))
    log.info({ url, isOpened }, 'The page asked for a window')
    return { action: 'deny' }
  })
}
