import { fork, type ChildProcess } from 'node:child_process'

/** What a process of the bench can be asked: name -> what answers. */
type Answers = { [name: string]: (argument: never) => unknown }

type Question = { id: number; name: string; argument: unknown }
type Reply = { id: number; answer?: unknown; error?: string }

/** A process of the bench, seen from the bench. */
export interface Worker<Known extends Answers> {
  ask<Name extends keyof Known & string>(
    name: Name,
    argument: Parameters<Known[Name]>[0],
  ): Promise<Awaited<ReturnType<Known[Name]>>>
  /** Ends the process, which may write its profile first. */
  end(): Promise<void>
}

/** In the process: answers what the bench asks, and ends with it. */
export function answerQuestions(answers: Answers): void {
  process.on('message', (question: Question) => {
    void replyTo(question, answers).then((reply) => process.send?.(reply))
  })
  process.on('disconnect', () => process.exit())
}

async function replyTo({ id, name, argument }: Question, answers: Answers): Promise<Reply> {
  try {
    const answer = answers[name] as ((argument: unknown) => unknown) | undefined
    return { id, answer: await answer?.(argument) }
  } catch (error) {
    return { id, error: error instanceof Error ? String(error.stack) : String(error) }
  }
}

/** Starts a process that calls `answerQuestions`. `nodeOptions`: such as `--cpu-prof`. */
export function startWorker<Known extends Answers>(
  file: URL,
  nodeOptions: readonly string[] = [],
): Worker<Known> {
  const child = fork(file, {
    execArgv: [...nodeOptions],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = createWaiting(child)
  let asked = 0
  return {
    ask: (name, argument) =>
      new Promise((resolve, reject) => {
        asked += 1
        waiting.set(asked, { resolve: (answer) => resolve(answer as never), reject })
        child.send({ id: asked, name, argument } satisfies Question)
      }),
    end() {
      // Nobody waits for the answers of a process that is ended.
      waiting.clear()
      return end(child)
    },
  }
}

type Waiting = Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>

function createWaiting(child: ChildProcess): Waiting {
  const waiting: Waiting = new Map()
  child.on('message', ({ id, answer, error }: Reply) => {
    const asker = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asker?.resolve(answer)
    else asker?.reject(new Error(error))
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`a process ended with ${code}`))
  })
  return waiting
}

const patienceMs = 10_000

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const killer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  if (child.connected) child.disconnect()
  await ended
  clearTimeout(killer)
}
