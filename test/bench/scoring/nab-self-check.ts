import {
  loadExpectedScores,
  loadPublishedScores,
  type ExpectedScores,
  type NabSeries,
} from './nab-corpus.ts'
import { scoreNab, type NabProfile, type NabResult } from './nab-scorer.ts'

/** A scorer further off than this is wrong, not rounded. */
const tolerance = 0.01

const expectedNames = {
  standard: 'standard',
  lowFp: 'reward_low_FP_rate',
  lowFn: 'reward_low_FN_rate',
} satisfies Record<NabProfile, string>

/**
 * Scores the published detectors again and returns the results by detector. Throws an Error where
 * one of them is not what NAB's own scorer makes of it: then no other figure is to be trusted.
 */
export function rescorePublished(
  folder: string,
  series: readonly NabSeries[],
): Record<string, NabResult> {
  const expected = loadExpectedScores(folder)
  const detectors = Object.keys(expected.scores)
  if (detectors.length === 0) throw new Error('expected.json names no detector to check with')
  const entries = detectors.map((detector) => {
    const files = series.map((one) => ({
      ...one,
      scores: loadPublishedScores(folder, { detector, name: one.name }),
    }))
    return [detector, scoreNab(files)] as const
  })
  const results = Object.fromEntries(entries)
  refuseUnlessReproduced({ expected, files: series.length, results })
  return results
}

interface Comparison {
  expected: ExpectedScores
  files: number
  results: Record<string, NabResult>
}

function refuseUnlessReproduced({ expected, files, results }: Comparison): void {
  if (files !== expected.files) throw failed(`${files} files, ${expected.files} expected`)
  for (const [detector, result] of Object.entries(results)) {
    if (result.windows !== expected.windows) {
      throw failed(`${result.windows} windows, ${expected.windows} expected`)
    }
    const differences = differencesOf(result, expected.scores[detector] ?? {})
    if (differences.length > 0) throw failed(`${detector}: ${differences.join('; ')}`)
  }
}

function differencesOf(result: NabResult, expected: Record<string, number>): string[] {
  return (['standard', 'lowFp', 'lowFn'] as const)
    .map((profile) => ({
      profile,
      found: result[profile],
      due: expected[expectedNames[profile]] ?? Number.NaN,
    }))
    .filter(({ found, due }) => !(Math.abs(found - due) <= tolerance))
    .map(({ profile, found, due }) => `${profile} ${found.toFixed(4)}, ${due} expected`)
}

function failed(how: string): Error {
  return new Error(`The scorer does not reproduce NAB: ${how}`)
}
