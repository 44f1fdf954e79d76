import type { MenuItemConstructorOptions } from 'electron'
import { app, preventable, told } from './application.ts'
import { desk, nativeTheme, powerMonitor } from './desk.ts'
import { wire } from './main-end.ts'
import { countPorts } from './ports.ts'
import { schemes, sessions } from './sessions.ts'
import type { DesktopActs, DesktopRecord } from '../desktop/shapes.ts'
import { processes } from './utility-process.ts'
import { ipcMain, receiveIpc, StandInWindow, windows } from './windows.ts'

/** What people and the system do to the app, done to the stand-in. */
const acts: { [Name in keyof DesktopActs]: (given: DesktopActs[Name]) => unknown } = {
  clickTray: () => desk.tray?.emit('click'),
  clickMenu: ({ label }) => clickMenu(label),
  clickNotification: ({ title }) =>
    desk.shown.findLast(({ options }) => options.title === title)?.emit('click'),
  closeWindow: () => theWindow()?.close(),
  minimizeWindow: () => theWindow()?.minimize(),
  power: ({ event }) => powerMonitor.emit(event),
  quit: () => app.quit(),
  activate: () => app.emit('activate'),
  openUrl: ({ url }) => app.emit('open-url', preventable({}), url),
  theme: ({ isDark }) => {
    nativeTheme.shouldUseDarkColors = isDark
    nativeTheme.shouldUseDarkColorsForSystemIntegratedUI = isDark
    nativeTheme.emit('updated')
  },
  answerDialogs: ({ response }) => void (desk.dialogResponse = response),
  keychain: (change) => void Object.assign(desk.keychain, change),
  notificationsSupported: ({ isSupported }) => void (desk.isNotificationSupported = isSupported),
  permission: ({ permission, origin }) => sessions[0]?.permission(permission, origin),
  navigation: ({ event: name, url }) => {
    const event = preventable({ url })
    theWindow()?.webContents.emit(name, event)
    return event.defaultPrevented
  },
  hello: ({ origin, isTop, isGone, isOurWindow }) => {
    const ours = theWindow()
    if (!ours) throw new Error('there is no window')
    const stranger = Object.create(ours, { webContents: { value: {} } }) as StandInWindow
    const frame = isGone ? null : { origin, isTop }
    receiveIpc({ window: isOurWindow ? ours : stranger, frame, channel: 'hello' })
  },
  crashPage: () =>
    theWindow()?.webContents.emit('render-process-gone', preventable({}), { reason: 'crashed' }),
}

function theWindow(): StandInWindow | undefined {
  return [...windows.values()][0]
}

function clickMenu(label: string): void {
  const items = [desk.tray?.menu, desk.appMenu].flatMap((menu) => menu?.template ?? [])
  const item = items.find((each) => each.label === label)
  if (!item?.click) throw new Error(`no menu has ${label}: ${labelsOf(items).join(', ')}`)
  ;(item.click as () => void)()
}

function labelsOf(items: readonly MenuItemConstructorOptions[]): string[] {
  return items.flatMap(({ label, role, submenu }) => {
    const own = label ?? role
    return [...(own ? [own] : []), ...(Array.isArray(submenu) ? labelsOf(submenu) : [])]
  })
}

function record(): DesktopRecord {
  const window = theWindow()
  const { tray } = desk
  const preferences = Object.entries(window?.webContents.preferences ?? {})
  return {
    ...told,
    tray: tray && {
      icon: tray.image.name,
      toolTip: tray.toolTip,
      menu: labelsOf(tray.menu?.template ?? []),
    },
    appMenu: labelsOf(desk.appMenu?.template ?? []),
    notifications: desk.shown.map(({ options }) => {
      const { id = '', title = '', body = '', urgency = '', timeoutType = '' } = options
      return { id, title, body, urgency, timeoutType }
    }),
    dialogs: desk.dialogs,
    window: window
      ? {
          isVisible: window.isVisible(),
          isFocused: window.isVisible() && !window.isMinimized(),
          timesFocused: window.timesFocused,
        }
      : null,
    webPreferences: Object.fromEntries(preferences.filter(([name]) => name !== 'session')),
    opened: desk.opened,
    processes: [...processes].map(([{ pid = 0 }, name]) => ({ name, pid })),
    ...countPorts(),
    helloListeners: ipcMain.listenerCount('hello'),
    schemes: schemes.map((scheme) => ({ ...scheme })),
    partition: { name: sessions[0]?.name ?? '', cache: sessions[0]?.cache ?? true },
  }
}

wire.on('record', record)
wire.on('act', ({ name, given }: { name: keyof DesktopActs; given: never }) => acts[name](given))
wire.on('second-instance-came', (argv: string[]) =>
  app.emit('second-instance', preventable({}), argv, '/', null),
)
