import { connectAsync, type MqttClient } from 'mqtt'
import { ownMetric, reportAnswer, reportOf, reportTopicOf } from './reporter.ts'

/** What was sent to a station over all its lives, and what it acknowledged. */
export interface Ledger {
  /** Device -> the only value it ever reported. */
  sent: Map<string, number>
  /** Devices whose report was acknowledged. */
  acknowledged: Set<string>
  /** Devices whose report was not answered: it is sent again to the next life, as a device would. */
  unanswered: Set<string>
  /** Answers that nobody expected. */
  surprises: string[]
}

export function createLedger(): Ledger {
  return { sent: new Map(), acknowledged: new Set(), unanswered: new Set(), surprises: [] }
}

/** The broker's name for the gateway that reports for all devices. */
export const gateway = 'gateway'

const publishers = 4

/** Reports under way at any time, so that a station always has some in every state. */
const underWay = 200

const answerTopics = ['accepted', 'rejected'].map((verdict) => `${reportTopicOf('+')}/${verdict}`)

/** One report a device, at the pace at which the station answers. */
export interface Feeder {
  /** Resolves with the first answer. */
  answered: Promise<void>
  /** Takes what the killed station still said, and leaves the rest unanswered. */
  end(): Promise<void>
}

/** Connects to a station and feeds it for the rest of its life. `valueOf` makes up a value for a new device. */
export async function startFeeder(
  url: string,
  ledger: Ledger,
  valueOf: (device: number) => number,
): Promise<Feeder> {
  const listener = await connectQuietly(url)
  await listener.subscribeAsync(answerTopics)
  const closed = new Promise<void>((resolve) => listener.once('close', resolve))
  const clients = await Promise.all(Array.from({ length: publishers }, () => connectQuietly(url)))
  const again = [...ledger.unanswered]
  let turn = 0

  function sendNext(): void {
    const device = again.pop() ?? newDevice(ledger, valueOf)
    ledger.unanswered.add(device)
    turn = (turn + 1) % clients.length
    clients[turn]?.publish(reportTopicOf(device), reportOf(1, ledger.sent.get(device) ?? NaN))
  }

  async function end(): Promise<void> {
    await closed
    for (const client of [listener, ...clients]) client.end(true)
  }

  listener.on('message', (_topic, payload) => {
    takeAnswer(ledger, payload)
    sendNext()
  })
  const answered = new Promise<void>((resolve) => listener.once('message', () => resolve()))
  for (let report = 0; report < underWay; report += 1) sendNext()
  return { answered, end }
}

/** A station that is killed takes its connections with it; that is no error here. */
async function connectQuietly(url: string): Promise<MqttClient> {
  const client = await connectAsync(url, { username: gateway, reconnectPeriod: 0 })
  client.on('error', () => undefined)
  return client
}

function newDevice({ sent }: Ledger, valueOf: (device: number) => number): string {
  const device = `${ownMetric}-${sent.size}`
  sent.set(device, valueOf(sent.size))
  return device
}

/** A report that was stored, but not acknowledged in an earlier life, is a duplicate in this one. */
function takeAnswer(ledger: Ledger, payload: Buffer): void {
  const answer = reportAnswer.parse(JSON.parse(payload.toString()))
  const { thingName, status, statusDetails } = answer
  ledger.unanswered.delete(thingName)
  if (status === 'ACCEPTED' || statusDetails?.ErrorCode === 'DuplicateReportId') {
    ledger.acknowledged.add(thingName)
  } else {
    ledger.surprises.push(JSON.stringify(answer))
  }
}
