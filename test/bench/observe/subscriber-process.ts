import { connectAsync } from 'mqtt'
import { readStalls, watchStalls } from '../ingest/process-load.ts'
import { answerQuestions } from '../ingest/questions.ts'
import { usedByProcess } from './process-tree.ts'
import type { Taken } from './reader.ts'

/** A bare MQTT.js subscriber: it counts by topic and does nothing else. */
const answers = { start, taken, watchStalls, readStalls }
export type SubscriberAnswers = typeof answers

const messages = new Map<string, number>()

async function start({ port, filters }: { port: number; filters: string[] }): Promise<void> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`)
  client.handleMessage = ({ topic }, done) => {
    messages.set(topic, (messages.get(topic) ?? 0) + 1)
    done()
  }
  for (const filter of filters) await client.subscribeAsync(filter, { qos: 0 })
}

function taken(): Taken {
  const count = [...messages.values()].reduce((sum, times) => sum + times, 0)
  return { count, at: performance.now(), ...usedByProcess() }
}

answerQuestions(answers)
