import {
  actionParameters,
  type ActionParameters,
  type NotificationTarget,
} from '../../contract/model/mitigation.ts'
import { minutesOf, type TimerChoice } from './quarantine.ts'

/** What a person writes to make a mitigation action. */
export interface ActionForm {
  name: string
  type: ActionParameters['type']
  timer: TimerChoice
  customHours: string
  target: NotificationTarget['kind']
  /** Of a webhook or a broker; of a collector its host and port, `10.0.0.9:514`. */
  address: string
  topic: string
  username: string
  transport: 'udp' | 'tcp'
  secret: string
}

export const emptyActionForm: ActionForm = {
  name: '',
  type: 'notify',
  timer: '1440',
  customHours: '',
  target: 'webhook',
  address: '',
  topic: '',
  username: '',
  transport: 'udp',
  secret: '',
}

export const actionTypes = [
  { value: 'notify', words: 'Tell somebody' },
  { value: 'quarantine', words: 'Take the device off the network' },
  { value: 'release', words: 'Bring the device back' },
  { value: 'ticket', words: 'Write a ticket' },
] as const

export const targetKinds = [
  { value: 'webhook', words: 'Webhook' },
  { value: 'mqtt', words: 'MQTT' },
  { value: 'syslog', words: 'Syslog' },
] as const

/** The parameters that a form stands for, or what is wrong with it. */
export function parametersOf(
  form: ActionForm,
): { parameters: ActionParameters; mistake: null } | { parameters: null; mistake: string } {
  const parsed = actionParameters.safeParse(writtenIn(form))
  if (parsed.success) return { parameters: parsed.data, mistake: null }
  const [issue] = parsed.error.issues
  return {
    parameters: null,
    mistake: `${String(issue?.path.at(-1) ?? 'it')}: ${issue?.message ?? ''}`,
  }
}

function writtenIn(form: ActionForm): unknown {
  const { type } = form
  if (type === 'quarantine') {
    const releaseAfterMinutes = minutesOf(form.timer, form.customHours)
    // Hours that are no number are not to be taken for no time at all.
    return {
      type,
      releaseAfterMinutes: releaseAfterMinutes === undefined ? NaN : releaseAfterMinutes,
    }
  }
  return type === 'notify' ? { type, target: targetIn(form) } : { type }
}

function targetIn({ target: kind, address, topic, username, transport }: ActionForm): unknown {
  if (kind === 'webhook') return { kind, url: address }
  if (kind === 'mqtt') return { kind, url: address, topic, ...(username && { username }) }
  const [, host = '', port = '514'] = /^(.*?)(?::(\d+))?$/.exec(address) ?? []
  return { kind, host, port: Number(port), transport }
}
