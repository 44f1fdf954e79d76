import type { StationClient } from '../../contract/contract.ts'
import { getDesk, sentenceOf } from './desk.svelte.ts'

/** Something read from the station: first nothing, then data, or a sentence why not. Old data stay until new come. */
export interface Reading<T> {
  readonly data: T | undefined
  readonly failure: string | undefined
}

/**
 * Reads now, when anything that `load` looks at changes, and when everything is to be read anew. Must be
 * called while a component is being made. `load` must touch what it depends on before its first await.
 */
export function createReading<T>(load: (client: StationClient) => Promise<T>): Reading<T> {
  const desk = getDesk()
  let data = $state.raw<T>()
  let failure = $state<string>()
  let [asked, answered] = [0, 0]
  // A slow station may be asked again before it has answered: late answers count, overtaken ones do not.
  const take = (question: number, store: () => void) => {
    if (question < answered) return
    answered = question
    store()
  }
  $effect(() => {
    const client = desk.edition > 0 ? desk.client : undefined
    if (!client) return
    const question = ++asked
    attempt(() => load(client)).then(
      (answer) => take(question, () => ([data, failure] = [answer, undefined])),
      (error: unknown) => take(question, () => (failure = sentenceOf(error))),
    )
  })
  return {
    get data() {
      return data
    },
    get failure() {
      return failure
    },
  }
}

// A question that cannot even be put fails like one that is answered with an error.
function attempt<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return ask()
  } catch (error) {
    return Promise.reject(error)
  }
}
