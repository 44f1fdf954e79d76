import { Menu, type MenuItemConstructorOptions } from 'electron'

/** The window's own menu, so that all that the tray offers is there where a desktop has no tray. */
export function setAppMenu(hasDevTools: boolean): void {
  const view: MenuItemConstructorOptions[] = [
    { role: 'reload' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
    ...(hasDevTools ? [{ role: 'toggleDevTools' as const }] : []),
  ]
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      { label: 'Picket', submenu: [{ role: 'close' }, { role: 'quit' }] },
      { role: 'editMenu' },
      { label: 'View', submenu: view },
    ]),
  )
}
