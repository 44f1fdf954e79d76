/** The name of the world in which preloads run, apart from the page's own scripts but on its document. */
export const preloadWorld = 'preload'

/** How the preload's world speaks to the launcher. */
export const tellBinding = 'standInTell'

/**
 * In the page's own world, before its scripts: takes what a preload exposes, and tells both ends of a port when the
 * other one closes it, which Electron does and Chromium alone does not.
 */
export const mainWorldScript = `
  addEventListener('stand-in:expose', ({ detail }) => {
    globalThis[detail] = () => void dispatchEvent(new CustomEvent('stand-in:call:' + detail))
  })
  addEventListener('message', ({ ports }) => {
    for (const port of ports) {
      const close = () => MessagePort.prototype.close.call(port)
      port.addEventListener('message', (event) => {
        if (event.data !== 'stand-in:close') return
        event.stopImmediatePropagation()
        close()
        port.dispatchEvent(new Event('close'))
      })
      port.close = () => {
        port.postMessage('stand-in:close')
        close()
      }
    }
  })
`

/** In the preload's world: what a sandboxed preload gets of Electron, and the preload itself as it was built. */
export function preloadScript(preload: string): string {
  return `${beforePreload}${preload}${afterPreload}`
}

/** So many characters stand before the preload, for its coverage. */
export const preloadOffset = () => beforePreload.length

const beforePreload = `(() => {
  if (window !== window.top) return
  const listeners = new Map()
  const ports = new Map()
  const tell = (message) => globalThis.${tellBinding}(JSON.stringify(message))
  const toText = (data) => typeof data === 'string' ? { text: data }
    : { base64: btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join('')) }
  const fromText = ({ text, base64 }) => text ??
    Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const ipcRenderer = {
    on: (channel, listener) => void listeners.set(channel, listener),
    send: (channel) => tell({ kind: 'ipc', channel, origin: location.origin }),
  }
  const contextBridge = {
    exposeInMainWorld(name, call) {
      addEventListener('stand-in:call:' + name, () => call())
      dispatchEvent(new CustomEvent('stand-in:expose', { detail: name }))
    },
  }
  globalThis.standInReceive = {
    post({ channel, message, ports: ids }) {
      const theirs = ids.map((id) => {
        const { port1, port2 } = new MessageChannel()
        ports.set(id, port1)
        port1.onmessage = ({ data }) => data === 'stand-in:close'
          ? tell({ kind: 'port-closed', id })
          : tell({ kind: 'port', id, data: toText(data) })
        return port2
      })
      listeners.get(channel)?.({ ports: theirs }, message)
    },
    port: ({ id, data }) => ports.get(id)?.postMessage(fromText(data)),
    close({ id }) {
      ports.get(id)?.postMessage('stand-in:close')
      ports.delete(id)
    },
  }
  const module = { exports: {} }
  const require = () => ({ ipcRenderer, contextBridge })
  ;(function standInPreload(require, module, exports) {
`

const afterPreload = `
  })(require, module, module.exports)
})()`
