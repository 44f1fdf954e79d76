import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type {
  Dialog,
  Menu,
  MenuItemConstructorOptions,
  NativeImage,
  Notification,
  SafeStorage,
  Shell,
  Tray,
} from 'electron'
import { assertReady } from './application.ts'
import { wire } from './main-end.ts'

/** What stands on the desktop, and how it behaves. */
export const desk = {
  tray: null as StandInTray | null,
  appMenu: null as StandInMenu | null,
  shown: [] as StandInNotification[],
  dialogs: [] as { message: string; detail: string; buttons: string[] }[],
  dialogResponse: null as number | null,
  opened: [] as string[],
  isNotificationSupported: true,
  keychain: {
    isAvailable: true,
    key: 1,
    backend: 'gnome_libsecret',
    ...(JSON.parse(process.env['STAND_IN_KEYCHAIN'] ?? '{}') as object),
  },
}

export const powerMonitor = new EventEmitter()

class StandInTheme extends EventEmitter {
  shouldUseDarkColors = true
  shouldUseDarkColorsForSystemIntegratedUI = true
}
export const nativeTheme = new StandInTheme()

/** An image by its file, which must be there. */
class StandInImage implements Pick<NativeImage, 'isEmpty'> {
  readonly name: string

  constructor(path: string) {
    this.name = existsSync(path) ? `${basename(dirname(path))}/${basename(path, '.png')}` : ''
  }

  isEmpty(): boolean {
    return this.name === ''
  }
}
export const nativeImage = { createFromPath: (path: string) => new StandInImage(path) }

export class StandInMenu implements Pick<Menu, never> {
  readonly template: MenuItemConstructorOptions[]

  constructor(template: MenuItemConstructorOptions[]) {
    this.template = template
  }

  static buildFromTemplate(template: MenuItemConstructorOptions[]): StandInMenu {
    return new StandInMenu(template)
  }

  static setApplicationMenu(menu: StandInMenu): void {
    desk.appMenu = menu
  }
}

export class StandInTray
  extends EventEmitter
  implements Pick<Tray, 'setToolTip' | 'destroy' | 'isDestroyed'>
{
  image: StandInImage
  toolTip = ''
  menu: StandInMenu | null = null

  constructor(image: StandInImage) {
    super()
    assertReady('Tray')
    this.image = image
    desk.tray = this
  }

  setImage(image: StandInImage): void {
    this.image = image
  }

  setToolTip(toolTip: string): void {
    this.toolTip = toolTip
  }

  setContextMenu(menu: StandInMenu): void {
    this.menu = menu
  }

  isDestroyed(): boolean {
    return desk.tray !== this
  }

  destroy(): void {
    desk.tray = null
  }
}

export class StandInNotification extends EventEmitter implements Pick<Notification, 'show'> {
  readonly options: Electron.NotificationConstructorOptions

  static isSupported(): boolean {
    return desk.isNotificationSupported
  }

  constructor(options: Electron.NotificationConstructorOptions) {
    super()
    this.options = options
  }

  show(): void {
    desk.shown.push(this)
  }
}

export const dialog = {
  async showMessageBox(...given: [unknown, Electron.MessageBoxOptions?]) {
    const options = (given[1] ?? given[0]) as Electron.MessageBoxOptions
    const { message, detail = '', buttons = ['OK'], cancelId = 0 } = options
    desk.dialogs.push({ message, detail, buttons })
    return { response: desk.dialogResponse ?? cancelId, checkboxChecked: false }
  },
  showErrorBox(message, detail) {
    desk.dialogs.push({ message, detail, buttons: [] })
    void wire.ask('error-box', { message, detail })
  },
} satisfies Pick<Dialog, 'showErrorBox'> & {
  showMessageBox: (...given: [Electron.MessageBoxOptions]) => ReturnType<Dialog['showMessageBox']>
}

export const shell = {
  openExternal: async (url) => void desk.opened.push(url),
} satisfies Pick<Shell, 'openExternal'>

/** A keychain whose key can be changed, withheld and lost. */
export const safeStorage = {
  isAsyncEncryptionAvailable: async () => desk.keychain.isAvailable,
  getSelectedStorageBackend: () => desk.keychain.backend as 'gnome_libsecret',
  async encryptStringAsync(text) {
    return Buffer.from(JSON.stringify({ key: desk.keychain.key, text: turned(text) }))
  },
  async decryptStringAsync(sealed) {
    const { key, text } = JSON.parse(String(sealed)) as { key: number; text: string }
    if (key > desk.keychain.key || !desk.keychain.isAvailable) throw new Error('no key for this')
    return { result: turned(text), shouldReEncrypt: key < desk.keychain.key }
  },
} satisfies Pick<
  SafeStorage,
  | 'isAsyncEncryptionAvailable'
  | 'getSelectedStorageBackend'
  | 'encryptStringAsync'
  | 'decryptStringAsync'
>

/** Not encryption: enough that no test finds the secret in the file by looking for it. */
function turned(text: string): string {
  return [...text].reverse().join('')
}
