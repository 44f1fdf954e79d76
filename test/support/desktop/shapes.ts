/** What a desktop showed, whichever launcher ran it. */
export interface DesktopRecord {
  tray: { icon: string; toolTip: string; menu: string[] } | null
  badge: number
  appMenu: string[]
  notifications: ShownNotification[]
  dialogs: { message: string; detail: string; buttons: string[] }[]
  window: { isVisible: boolean; isFocused: boolean; timesFocused: number } | null
  webPreferences: Record<string, unknown>
  /** Addresses that were handed to the person's own browser. */
  opened: string[]
  processes: { name: string; pid: number }[]
  /** Ports whose other end a page holds. */
  openPorts: number
  /** How many were ever handed over to a page. */
  handedOver: number
  helloListeners: number
  schemes: Record<string, unknown>[]
  protocolClients: string[]
  isSandboxed: boolean
  partition: { name: string; cache: boolean }
  loginItem: { openAtLogin: boolean; args: string[] } | null
  windowsIdentity: string[]
}

export interface ShownNotification {
  id: string
  title: string
  body: string
  urgency: string
  timeoutType: string
}

/** What a person or the system does to a desktop. Each resolves with what came of it. */
export interface DesktopActs {
  clickTray: undefined
  clickMenu: { label: string }
  clickNotification: { title: string }
  /** The window's own close button. */
  closeWindow: undefined
  minimizeWindow: undefined
  power: { event: 'suspend' | 'resume' | 'shutdown' }
  quit: undefined
  activate: undefined
  openUrl: { url: string }
  theme: { isDark: boolean }
  /** What dialogs are answered with from now on: the button's index. */
  answerDialogs: { response: number }
  keychain: { isAvailable?: boolean; key?: number; backend?: string }
  notificationsSupported: { isSupported: boolean }
  /** Resolves with what the page's session lets `origin` do. */
  permission: { permission: string; origin: string }
  /** Resolves with true where it was prevented. */
  navigation: { event: string; url: string }
  /** A frame says hello. `isGone`: it has left meanwhile. */
  hello: { origin: string; isTop: boolean; isGone: boolean; isOurWindow: boolean }
  crashPage: undefined
}
