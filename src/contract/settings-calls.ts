import { z } from 'zod'
import { call } from './call.ts'
import { diagnostics as diagnosticsShape } from './model/diagnostics.ts'
import { hostFeatures } from './model/host.ts'
import { preferencesChange, settingsReport } from './model/settings.ts'

/** What a person sets while the station runs. */
export const settings = {
  get: call.output(settingsReport),
  change: call.input(preferencesChange).output(settingsReport),
}

/** What the machine that Picket runs on offers beside watching. Each throws HOST_MISSING or HOST_REFUSED. */
export const host = {
  features: call.output(hostFeatures),
  setStartAtLogin: call.input(z.object({ isOn: z.boolean() })).output(hostFeatures),
  /** Shows one now. `sentence`: what should be seen. */
  testNotification: call.output(z.object({ sentence: z.string() })),
  /** `link`: the page of the simulated fleet; null: this page changes over to it by itself. */
  startDemo: call.output(z.object({ link: z.string().nullable() })),
}

export const diagnostics = {
  get: call.output(diagnosticsShape),
}
