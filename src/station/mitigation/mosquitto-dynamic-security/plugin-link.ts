import { randomUUID } from 'node:crypto'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { z } from 'zod'
import { StationError } from '../../../contract/errors.ts'
import { loginOptions, readCredentials } from '../../ingest/link-credentials.ts'
import { failureSentence } from '../../probe/link-failure.ts'
import type { ControllerSettings } from '../../settings.ts'
import type { ControllerContext } from '../controller-context.ts'
import { controlTopic, type PluginCommand } from './plugin-state.ts'

export type DynamicSecuritySettings = Extract<
  ControllerSettings,
  { kind: 'mosquitto-dynamic-security' }
>

/** How a controller reaches its broker. */
export interface PluginLink {
  settings: DynamicSecuritySettings
  context: Pick<ControllerContext, 'hostClock' | 'links' | 'ownClients'>
  clientId: string
  /** Ends what is under way, for good. */
  stopped: AbortSignal
}

/** Longest wait for a connection, and for an answer. */
const patienceMs = 10_000

const response = z.object({
  command: z.string().optional(),
  correlationData: z.string().optional(),
  error: z.string().optional(),
  data: z.unknown().optional(),
})
export type PluginResponse = z.infer<typeof response>

const responses = z.object({ responses: response.array() })

/** Sends commands as one, and resolves with an answer to each, in order. */
export type AskPlugin = (commands: readonly PluginCommand[]) => Promise<PluginResponse[]>

/**
 * Connects for as long as there is something to ask. Throws BROKER_UNREACHABLE where nobody answers, BROKER_REFUSED
 * where Picket may not ask.
 */
export async function withPlugin<Result>(
  link: PluginLink,
  use: (ask: AskPlugin) => Promise<Result>,
): Promise<Result> {
  const client = createClient(link, await credentialsOf(link))
  const end = () => void client.end(true)
  link.stopped.addEventListener('abort', end)
  try {
    await opened(client, link)
    await subscribe(client, link)
    return await use((commands) => ask(client, link, commands))
  } finally {
    link.stopped.removeEventListener('abort', end)
    await client.endAsync(true)
  }
}

async function credentialsOf(link: PluginLink): Promise<IClientOptions> {
  const { settings } = link
  try {
    return loginOptions(settings, await readCredentials(settings))
  } catch (error) {
    throw notOpened(link, error)
  }
}

function createClient({ settings, context, clientId }: PluginLink, login: IClientOptions) {
  const client = connect(settings.url, {
    // Its answers have reasons; the plugin came with Mosquitto 2.0, which speaks it.
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: patienceMs,
    manualConnect: true,
    clientId,
    ...login,
  })
  context.ownClients.add(clientId)
  context.links.record(client, { name: `Control of ${settings.source}`, address: settings.url })
  return client
}

/** Resolves once the broker has accepted the login. */
function opened(client: MqttClient, link: PluginLink): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays: an error later on must not end the station. The close tells of it.
    client.on('error', (error) => reject(notOpened(link, error)))
    client.once('connect', () => resolve())
    client.once('close', () => reject(notOpened(link, earlyEnd())))
    client.connect()
  })
}

function earlyEnd(): Error {
  return Object.assign(new Error('it ended the connection'), { code: 'EARLY_END' })
}

function notOpened(link: PluginLink, error: unknown): StationError {
  const code = isAnswer(error) ? 'BROKER_REFUSED' : 'BROKER_UNREACHABLE'
  return new StationError(code, failureSentence(error, hostOf(link)))
}

/** The broker's own refusals have numbers. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
}

async function subscribe(client: MqttClient, link: PluginLink): Promise<void> {
  await client
    .subscribeAsync(`${controlTopic}/response`, { qos: 1 })
    .catch((error) => Promise.reject(client.connected ? refusal(link, error) : cutOff(link)))
}

async function ask(
  client: MqttClient,
  link: PluginLink,
  commands: readonly PluginCommand[],
): Promise<PluginResponse[]> {
  const correlationData = randomUUID()
  const told = commands.map((command) => ({ ...command, correlationData }))
  const [answered] = await Promise.all([
    answerTo(client, link, correlationData),
    client
      .publishAsync(controlTopic, JSON.stringify({ commands: told }), { qos: 1 })
      .catch((error) => Promise.reject(client.connected ? refusal(link, error) : cutOff(link))),
  ])
  return answered
}

function answerTo(
  client: MqttClient,
  link: PluginLink,
  correlationData: string,
): Promise<PluginResponse[]> {
  const { hostClock } = link.context
  return new Promise((resolve, reject) => {
    const cancel = hostClock.after(patienceMs * hostClock.speed, () => reject(silence(link)))
    client.on('message', (_topic, payload) => {
      const answered = readResponses(payload)
      if (answered?.[0]?.correlationData !== correlationData) return
      cancel()
      resolve(answered)
    })
    client.once('close', () => {
      cancel()
      reject(cutOff(link))
    })
  })
}

function readResponses(payload: Buffer): PluginResponse[] | null {
  try {
    return responses.parse(JSON.parse(payload.toString())).responses
  } catch {
    return null
  }
}

function hostOf({ settings }: PluginLink): string {
  return new URL(settings.url).host
}

function refusal(link: PluginLink, error: Error): StationError {
  const who = link.settings.username ?? 'the certificate that Picket logs in with'
  return new StationError(
    'BROKER_REFUSED',
    `${hostOf(link)} does not let ${who} administer its Dynamic Security (${error.message}). Give it a role with the rights of the role admin there.`,
  )
}

function silence(link: PluginLink): StationError {
  return new StationError(
    'BROKER_UNREACHABLE',
    `${hostOf(link)} took the commands, but its Dynamic Security plugin did not answer. Is the plugin loaded there? What was asked may have been done; asking again is safe.`,
  )
}

function cutOff(link: PluginLink): StationError {
  return new StationError(
    'BROKER_UNREACHABLE',
    `The connection to ${hostOf(link)} ended before its Dynamic Security plugin had answered. What was asked may have been done; asking again is safe.`,
  )
}
