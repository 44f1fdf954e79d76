import type { Alarm } from '../contract/model/alarm.ts'
import { HeadlessHost } from '../server/headless-host.ts'
import { machineClock } from '../server/machine-clock.ts'
import { defaultSettings, readSettingsFile } from '../server/settings-file.ts'
import { alarmLine } from './alarm-line.ts'
import { createLog } from './log.ts'
import { say } from './terminal.ts'
import { untilInterrupted } from './interrupt.ts'

export interface ServeOptions {
  config?: string
  data?: string
}

/** `picket serve`: watches until Ctrl-C. */
export async function serve({ config, data }: ServeOptions): Promise<void> {
  const settings = config ? await readSettingsFile(config) : defaultSettings({})
  const host = new HeadlessHost({
    settings: data ? { ...settings, data } : settings,
    clock: machineClock,
    log: createLog(),
    notifier: { alarmChanged: (alarm: Alarm) => say(alarmLine(alarm)) },
    holder: 'picket serve',
  })
  const interrupted = untilInterrupted()
  await host.start()
  say(`Picket watches ${settings.site}. Its page: ${host.signInLink()}`)
  say('The link is good once; `picket open` prints another. Ctrl-C stops.')
  await interrupted
  await host.stop()
  say('Stopped. Everything that was acknowledged is stored.')
}
