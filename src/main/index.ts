import { join } from 'node:path'
import { app, dialog } from 'electron'
import packageJson from '../../package.json' with { type: 'json' }
import { alarmOfLink, readArguments, type StartRequest } from '../station/host/start-request.ts'
import { DesktopHost } from './desktop-host.ts'
import { openLog } from './log.ts'
import { setAppMenu } from './menu.ts'
import { lockNavigation } from './navigation.ts'
import { registerPageScheme } from './page-protocol.ts'
import { readDesktopSettings } from './settings.ts'

/** Windows finds the app of a notification by these; the installer's shortcut has the same. */
const appUserModelId = 'io.github.picket'
const toastActivator = '{6E0B4E7C-52A1-4C0B-9B0E-6B7C1F0D3A58}'

// SECURITY: every renderer, whatever its window says.
app.enableSandbox()
registerPageScheme()
if (process.platform === 'win32') identifyToWindows()
// Of a working copy there is no program that could be started by a link.
if (app.isPackaged) app.setAsDefaultProtocolClient('picket')

// Before anything is opened: the one that runs already takes the request.
if (app.requestSingleInstanceLock()) void run(readArguments(process.argv))
else app.quit()

function identifyToWindows(): void {
  app.setAppUserModelId(appUserModelId)
  app.setToastActivatorCLSID(toastActivator)
}

async function run(request: StartRequest): Promise<void> {
  let desktop: DesktopHost | null = null
  const waiting = [request]
  const take = (next: StartRequest) => void (desktop ? desktop.take(next) : waiting.push(next))
  app.on('second-instance', (_event, argv) => take(readArguments(argv)))
  // macOS hands links over so, maybe before the app is ready.
  app.on('open-url', (_event, url) => take({ ...request, alarmId: alarmOfLink(url) }))
  await app.whenReady()
  try {
    desktop = await openDesktop(request)
    for (const each of waiting) desktop.take(each)
  } catch (error) {
    dialog.showErrorBox('Picket cannot start', error instanceof Error ? error.message : '')
    app.exit(1)
  }
}

async function openDesktop({ config }: StartRequest): Promise<DesktopHost> {
  const log = openLog(app.getPath('logs'))
  lockNavigation(log)
  setAppMenu(!app.isPackaged)
  const desktop = new DesktopHost({
    log,
    settings: await readDesktopSettings(config),
    built: join(import.meta.dirname, '..'),
    desktopName: packageJson.desktopName,
  })
  await desktop.start()
  return desktop
}
