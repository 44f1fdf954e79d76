import { publishLoad } from './publish-load.ts'
import { answerQuestions } from './questions.ts'

/** Publishes loads, in a process of its own. */
const answers = { publish: publishLoad }
export type GeneratorAnswers = typeof answers

answerQuestions(answers)
