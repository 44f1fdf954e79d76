import { contextBridge, ipcRenderer } from 'electron'

// The page listens first and asks then, so that the port cannot come before there is anybody to take it.
ipcRenderer.on('port', ({ ports }) => {
  window.postMessage('picket:port', location.origin, ports)
})

// SECURITY: the one thing that the page gains: to ask for its way to the station.
contextBridge.exposeInMainWorld('askForPort', () => ipcRenderer.send('hello'))
