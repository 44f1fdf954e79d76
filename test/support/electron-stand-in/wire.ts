/** The conversation between the app's process and the one that shows its windows. Messages are structured clones. */
export interface Wire {
  /** Says something and waits for the answer. */
  ask(kind: string, payload?: unknown): Promise<unknown>
  /** Answers what the other end asks. One listener a kind. */
  on<Payload>(kind: string, answer: (payload: Payload) => unknown): void
  /** Resolves when all that was said so far is on its way. */
  flushed(): Promise<void>
}

interface Message {
  id: number
  /** Absent in an answer. */
  kind?: string
  payload?: unknown
  error?: string
}

export function createWire(channel: {
  send: (message: Message, done: () => void) => void
  receive: (take: (message: Message) => void) => void
}): Wire {
  const answers = new Map<string, (payload: never) => unknown>()
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  let lastSent = Promise.resolve()

  function post(message: Message): void {
    const sent = new Promise<void>((done) => channel.send(message, done))
    lastSent = Promise.all([lastSent, sent]).then(() => undefined)
  }

  async function take({ id, kind, payload, error }: Message): Promise<void> {
    if (kind === undefined) {
      const asked = waiting.get(id)
      waiting.delete(id)
      return error === undefined ? asked?.resolve(payload) : asked?.reject(new Error(error))
    }
    try {
      const answer = answers.get(kind)
      if (!answer) throw new Error(`nobody answers ${kind}`)
      post({ id, payload: await answer(payload as never) })
    } catch (failure) {
      post({ id, error: String(failure) })
    }
  }

  channel.receive((message) => void take(message))
  return {
    ask(kind, payload) {
      lastId += 1
      const answer = Promise.withResolvers<unknown>()
      waiting.set(lastId, answer)
      post({ id: lastId, kind, payload })
      return answer.promise
    },
    on: (kind, answer) => void answers.set(kind, answer),
    flushed: () => lastSent,
  }
}
