import type { Alarm } from '../contract/model/alarm.ts'
import { HeadlessHost } from '../server/headless-host.ts'
import { machineClock } from '../station/host/machine-clock.ts'
import { defaultSettings, readSettingsFile } from '../server/settings-file.ts'
import { alarmLine } from './alarm-line.ts'
import { createDemoProcess } from './demo-process.ts'
import { createLog } from './log.ts'
import { noticeLine } from './quarantine-lines.ts'
import { openInBrowser, say } from './terminal.ts'
import { untilInterrupted } from './interrupt.ts'

export interface ServeOptions {
  config?: string
  data?: string
  /** The page is opened in a browser as well, where there is one. */
  isOpened?: boolean
}

/** `picket serve`: watches until Ctrl-C. */
export async function serve({ config, data, isOpened = false }: ServeOptions): Promise<void> {
  const settings = config ? await readSettingsFile(config) : defaultSettings({})
  const demo = createDemoProcess()
  const host = new HeadlessHost({
    settings: data ? { ...settings, data } : settings,
    clock: machineClock,
    log: createLog(),
    notifier: {
      alarmChanged: (alarm: Alarm) => say(alarmLine(alarm)),
      quarantineChanged: (notice) => say(noticeLine(notice)),
    },
    holder: 'picket serve',
    demo,
  })
  const interrupted = untilInterrupted()
  await host.start()
  const link = host.signInLink()
  say(`Picket watches ${settings.site}. Its page: ${link}`)
  say('The link is good once; `picket open` prints another. Ctrl-C stops.')
  if (isOpened) openInBrowser(link)
  await interrupted
  demo.stop()
  await host.stop()
  say('Stopped. Everything that was acknowledged is stored.')
}
