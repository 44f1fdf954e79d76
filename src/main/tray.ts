import { join } from 'node:path'
import {
  app,
  Menu,
  nativeImage,
  nativeTheme,
  Tray,
  type MenuItemConstructorOptions,
} from 'electron'
import { alarmPlace, alarmTitle } from '../station/notify/alarm-words.ts'
import type { Pause, TrayPicture } from '../station/notify/tray-follower.ts'

export interface TrayActions {
  /** Opens the window, at a place of the page where one is given. */
  open: (place?: string) => void
  pause: (until: Pause) => void
  quit: () => void
}

const shownAlarms = 5

/** The icon in the tray, its menu, and the same count on the app's own icon where the desktop has no tray. */
export class StationTray {
  readonly #icons: string
  readonly #actions: TrayActions
  readonly #tray: Tray
  #picture: TrayPicture | null = null
  #shown = ''

  constructor(icons: string, actions: TrayActions) {
    this.#icons = icons
    this.#actions = actions
    this.#tray = new Tray(this.#image('learning'))
    this.#tray.on('click', () => actions.open())
    nativeTheme.on('updated', () => this.#draw())
  }

  /** Draws only what changed: a menu that is set anew closes under the pointer. */
  show(picture: TrayPicture): void {
    const { state, alarms, count, isPaused } = picture
    const shown = JSON.stringify([state, alarms.map(({ id }) => id), count, isPaused])
    if (shown === this.#shown) return
    this.#shown = shown
    this.#picture = picture
    this.#draw()
  }

  destroy(): void {
    this.#tray.destroy()
  }

  #draw(): void {
    if (!this.#picture) return
    const { state, count } = this.#picture
    this.#tray.setImage(this.#image(state.icon))
    this.#tray.setToolTip(state.sentence)
    // On Linux a menu is copied when it is set, so it is set again after each change.
    this.#tray.setContextMenu(Menu.buildFromTemplate(this.#menu(this.#picture)))
    app.setBadgeCount(count)
  }

  #image(icon: string) {
    const panel = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI ? 'dark' : 'light'
    return nativeImage.createFromPath(join(this.#icons, panel, `${icon}.png`))
  }

  #menu({ state, alarms, isPaused }: TrayPicture): MenuItemConstructorOptions[] {
    const { open, quit } = this.#actions
    const last = alarms.slice(0, shownAlarms)
    return [
      { label: state.sentence, enabled: false },
      { type: 'separator' },
      ...last.map((alarm) => ({
        label: alarmTitle(alarm),
        click: () => open(alarmPlace(alarm.id)),
      })),
      ...(last.length === 0 ? [{ label: 'No active alarms', enabled: false }] : []),
      { type: 'separator' },
      ...this.#pauses(isPaused),
      { type: 'separator' },
      { label: 'Open Picket', click: () => open() },
      { label: 'Quit', click: quit },
    ]
  }

  #pauses(isPaused: boolean): MenuItemConstructorOptions[] {
    const { pause } = this.#actions
    if (isPaused) return [{ label: 'Resume notifications', click: () => pause('none') }]
    return [
      { label: 'Pause notifications for 1 hour', click: () => pause('hour') },
      { label: 'Pause notifications until 6 in the morning', click: () => pause('morning') },
    ]
  }
}
