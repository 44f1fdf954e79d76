import { connectAsync } from 'mqtt'
import { processLoad, readStalls, watchStalls, type Taken } from './process-load.ts'
import { answerQuestions } from './questions.ts'

/** A bare MQTT.js subscriber: it counts and does nothing else. What the station is measured against. */
const answers = { start, taken, watchStalls, readStalls }
export type BareAnswers = typeof answers

let messages = 0

async function start({ port, filters }: { port: number; filters: string[] }): Promise<void> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`)
  client.handleMessage = (_packet, done) => {
    messages += 1
    done()
  }
  await client.subscribeAsync(filters, { qos: 0 })
}

function taken(): Taken {
  return { count: messages, ...processLoad() }
}

answerQuestions(answers)
