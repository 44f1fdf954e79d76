/**
 * AUC-PR as average precision: the sum over distinct scores, from the highest down, of precision
 * times the recall gained (the definition of scikit-learn's `average_precision_score`). No
 * interpolation; rows of one score are taken together. Labels are 0 or 1; scores are any unit.
 *
 * Throws a RangeError where lengths differ, a score is NaN, or nothing is labelled.
 */
export function averagePrecision(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const positives = refuseUnlessJudgeable(labels, scores)
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row)
  order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || 0)
  let [found, foundBefore, sum] = [0, 0, 0]
  order.forEach((row, position) => {
    found += labels[row] ? 1 : 0
    const next = order[position + 1]
    if (next !== undefined && scores[next] === scores[row]) return
    sum += ((found - foundBefore) / positives) * (found / (position + 1))
    foundBefore = found
  })
  return sum
}

/** Returns how many rows are labelled. */
export function refuseUnlessJudgeable(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): number {
  if (labels.length !== scores.length) {
    throw new RangeError(`${labels.length} labels, but ${scores.length} scores`)
  }
  let positives = 0
  for (let row = 0; row < scores.length; row += 1) {
    if (Number.isNaN(scores[row])) throw new RangeError(`Row ${row} has no score`)
    positives += labels[row] ? 1 : 0
  }
  if (positives === 0) throw new RangeError('Nothing is labelled: there is nothing to find')
  return positives
}
