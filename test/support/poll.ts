import { setTimeout as pause } from 'node:timers/promises'

/** Waits until a question has an answer that is neither null nor false; fails with a sentence after `withinMs`. */
export async function until<Answer>(
  what: string,
  ask: () => Answer | null | false | Promise<Answer | null | false>,
  withinMs = 30_000,
): Promise<Answer> {
  const giveUpAt = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== false) return answer
    if (performance.now() > giveUpAt) throw new Error(`It never came true: ${what}`)
    await pause(25)
  }
}
