// Loaded into real Electron before the app (`electron -r`): writes down what the app shows, and does to it what a
// person or the system would do. The stand-in has the same as `control.ts`.
const {
  app,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  Notification,
  powerMonitor,
  shell,
  Tray,
} = require('electron')
const { BrowserWindow, nativeImage, protocol, session, utilityProcess } = require('electron')
const { join } = require('node:path')

const home = process.env.STAND_IN_HOME
app.setPath('appData', join(home, 'config'))
app.setPath('userData', join(home, 'config/Picket'))
app.setAppLogsPath(join(home, 'config/Picket/logs'))

const aheadMs = Number(process.env.STAND_IN_CLOCK_AHEAD_MS ?? 0)
const now = Date.now
if (aheadMs !== 0) Date.now = () => now() + aheadMs

const seen = {
  tray: null,
  icon: '',
  toolTip: '',
  trayMenu: [],
  appMenu: [],
  shown: [],
  dialogs: [],
  opened: [],
}
const counts = { openPorts: 0, handedOver: 0, timesFocused: 0 }
const told = { protocolClients: [], windowsIdentity: [], isSandboxed: false, schemes: [] }
const processes = new Map()
const handlers = {}
let response = null
let partition = { name: '', cache: true }

/** Puts something before a function of Electron's. */
function before(object, name, note) {
  const original = object[name]
  object[name] = function (...given) {
    note.apply(this, given)
    return original.apply(this, given)
  }
}

before(app, 'enableSandbox', () => (told.isSandboxed = true))
before(app, 'setAsDefaultProtocolClient', (name) => told.protocolClients.push(name))
before(app, 'setAppUserModelId', (id) => told.windowsIdentity.push(id))
before(protocol, 'registerSchemesAsPrivileged', (schemes) => told.schemes.push(...schemes))
before(session, 'fromPartition', (name, { cache }) => (partition = { name, cache }))
before(Tray.prototype, 'setToolTip', function (toolTip) {
  seen.tray = this
  seen.toolTip = toolTip
})
before(Tray.prototype, 'setContextMenu', (menu) => (seen.trayMenu = menu.items))
before(Menu, 'setApplicationMenu', (menu) => (seen.appMenu = menu.items))
before(nativeImage, 'createFromPath', (path) => (seen.icon = path))
before(Notification.prototype, 'show', function () {
  seen.shown.push(this)
})
shell.openExternal = async (url) => void seen.opened.push(url)
dialog.showMessageBox = async (...given) => {
  const { message, detail = '', buttons = ['OK'], cancelId = 0 } = given.at(-1)
  seen.dialogs.push({ message, detail, buttons })
  return { response: response ?? cancelId, checkboxChecked: false }
}

const fork = utilityProcess.fork
utilityProcess.fork = (path, args, options) => {
  const child = fork(path, args, options)
  processes.set(child, options.serviceName)
  child.once('exit', () => processes.delete(child))
  return child
}
app.on('session-created', (made) => {
  for (const name of [
    'setPermissionRequestHandler',
    'setPermissionCheckHandler',
    'setDevicePermissionHandler',
  ]) {
    before(made, name, (handler) => (handlers[name] = handler))
  }
})
app.on('web-contents-created', (_event, contents) => {
  before(
    contents.mainFrame.constructor.prototype,
    'postMessage',
    (_channel, _message, ports = []) => {
      counts.handedOver += ports.length
    },
  )
})

const theWindow = () => BrowserWindow.getAllWindows()[0]
const preventable = (params) => {
  const event = {
    ...params,
    defaultPrevented: false,
    preventDefault: () => (event.defaultPrevented = true),
  }
  return event
}
const labelsOf = (items) =>
  items.flatMap(({ label, role, submenu }) => [label || role, ...labelsOf(submenu?.items ?? [])])

const acts = {
  clickTray: () => seen.tray.emit('click'),
  clickMenu: ({ label }) => seen.trayMenu.find((item) => item.label === label).click(),
  clickNotification: ({ title }) =>
    seen.shown.findLast((each) => each.title === title).emit('click'),
  closeWindow: () => theWindow().close(),
  minimizeWindow: () => theWindow().minimize(),
  power: ({ event }) => powerMonitor.emit(event),
  quit: () => app.quit(),
  activate: () => app.emit('activate'),
  openUrl: ({ url }) => app.emit('open-url', preventable({}), url),
  theme: ({ isDark }) => (nativeTheme.themeSource = isDark ? 'dark' : 'light'),
  answerDialogs: (given) => (response = given.response),
  keychain: () => undefined,
  notificationsSupported: ({ isSupported }) => (Notification.isSupported = () => isSupported),
  async permission({ permission, origin }) {
    const details = { isMainFrame: true, requestingUrl: `${origin}/index.html` }
    const isRequestGranted = await new Promise((resolve) =>
      handlers.setPermissionRequestHandler(null, permission, resolve, details),
    )
    return {
      isRequestGranted,
      isCheckGranted: handlers.setPermissionCheckHandler(null, permission, `${origin}/`, details),
      isDeviceGranted: handlers.setDevicePermissionHandler({ deviceType: 'usb', origin }),
    }
  },
  navigation({ event: name, url }) {
    const event = preventable({ url })
    theWindow().webContents.emit(name, event)
    return event.defaultPrevented
  },
  hello({ origin, isTop, isGone, isOurWindow }) {
    const postMessage = (_channel, _message, ports) => (counts.handedOver += ports.length)
    const senderFrame = isGone ? null : { origin, parent: isTop ? null : {}, postMessage }
    ipcMain.emit('hello', { senderFrame, sender: isOurWindow ? theWindow().webContents : {} })
  },
  crashPage: () => theWindow().webContents.forcefullyCrashRenderer(),
}

function record() {
  const window = theWindow()
  return {
    ...told,
    ...counts,
    // Electron does not tell which ports are open: one is, once a page has got one.
    openPorts: Math.min(1, counts.handedOver),
    tray: seen.tray && {
      icon: seen.icon.replace(/.*[\\/](\w+)[\\/]([\w-]+)\.png$/, '$1/$2'),
      toolTip: seen.toolTip,
      menu: labelsOf(seen.trayMenu),
    },
    badge: app.badgeCount,
    appMenu: labelsOf(seen.appMenu),
    notifications: seen.shown.map(({ id, title, body, urgency, timeoutType }) => ({
      id,
      title,
      body,
      urgency,
      timeoutType,
    })),
    dialogs: seen.dialogs,
    window: window
      ? {
          isVisible: window.isVisible(),
          isFocused: window.isFocused(),
          timesFocused: counts.timesFocused,
        }
      : null,
    webPreferences: window?.webContents.getLastWebPreferences() ?? {},
    opened: seen.opened,
    processes: [...processes].map(([{ pid }, name]) => ({ name, pid: pid ?? 0 })),
    helloListeners: ipcMain.listenerCount('hello'),
    partition,
    loginItem: null,
  }
}

globalThis.picketDesk = (name, given) => (name === 'record' ? record() : acts[name](given))
