import type { Command } from 'commander'
import { diagnosticsLines } from '../contract/words/diagnostics.ts'
import { asking, folderOf, type AskOptions } from './ask-commands.ts'
import { askStation } from './ask.ts'
import { readSetting, settingsByName } from './setting-values.ts'
import { inert, say, sayJson } from './terminal.ts'

/** Commands for what is set while the station runs, and for what Picket is connected to. */
export function addSettingsCommands(program: Command): void {
  const settings = program.command('settings').description('what is set while the station runs')
  asking(settings, 'list', 'every setting and its value').action(list)
  asking(
    settings,
    'set <name> <value...>',
    'change one; a wrong value says what may be given',
  ).action(set)
  asking(program, 'diagnostics', 'every connection that Picket holds').action(diagnostics)
}

async function list({ json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), (station) => station.settings.get())
  if (json) return sayJson(answer)
  for (const [name, { show }] of Object.entries(settingsByName)) {
    say(`${name.padEnd(18)} ${show(answer.preferences)}`)
  }
}

async function set(name: string, values: string[], { json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), async (station) => {
    const { now } = await station.system.status()
    return station.settings.change(readSetting(name, values.join(' '), now))
  })
  if (json) sayJson(answer)
  else say(`${name}: ${settingsByName[name]?.show(answer.preferences)}`)
}

async function diagnostics({ json, ...where }: AskOptions): Promise<void> {
  const answer = await askStation(await folderOf(where), (station) => station.diagnostics.get())
  if (json) sayJson(answer)
  else for (const line of diagnosticsLines(answer, inert)) say(line)
}
