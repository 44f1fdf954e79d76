import type * as Electron from 'electron'
import { app } from './application.ts'
import './control.ts'
import {
  dialog,
  nativeImage,
  nativeTheme,
  powerMonitor,
  safeStorage,
  shell,
  StandInMenu as Menu,
  StandInNotification as Notification,
  StandInTray as Tray,
} from './desk.ts'
import { StandInChannel as MessageChannelMain } from './ports.ts'
import { protocol, session } from './sessions.ts'
import { utilityProcess } from './utility-process.ts'
import { ipcMain, StandInWindow as BrowserWindow } from './windows.ts'

// What the app gets for `electron`. Each part is typed against Electron's own declarations, by name and by shape.
const parts = {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  session,
  shell,
  Tray,
  utilityProcess,
} satisfies Partial<Record<keyof typeof Electron, unknown>>
void parts

export {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  session,
  shell,
  Tray,
  utilityProcess,
}
