import type { GatheredHistory } from './gathered-history.ts'
import type { Relation } from './model.ts'
import { correlation, deviation, type Moments } from './moments.ts'
import { parameters } from './parameters.ts'
import type { Group } from './places.ts'

/**
 * Learns for each dense metric how its place follows from those of a few others in the same slot, over all devices
 * together: a ridge regression (Hoerl and Kennard 1970). A metric that says all but the same is no partner: what
 * makes one strange makes the other strange, and nothing would be left. Null where the others say little.
 */
export function learnRelations(
  group: Group,
  history: GatheredHistory,
  moments: Moments,
): (Relation | null)[] {
  return group.metrics.map((metric, target) => {
    if (metric?.family !== 'dense') return null
    const partners = partnersOf(moments, target)
    if (partners.length === 0) return null
    const { weights, explained } = regress(moments, target, partners)
    if (explained < parameters.relation.leastExplained) return null
    const ids = partners.map((partner) => history.metricIds[partner] ?? '')
    return { partners: ids, weights: Float64Array.from(weights) }
  })
}

/** Those that tell most of the target without telling all of it. */
function partnersOf(moments: Moments, target: number): number[] {
  const { most, leastShared, mostShared } = parameters.relation
  return Array.from({ length: moments.metrics }, (_, metric) => metric)
    .filter((metric) => metric !== target)
    .map((metric) => ({ metric, shared: correlation(moments, target, metric) ** 2 }))
    .filter(({ shared }) => shared >= leastShared && shared <= mostShared)
    .sort((a, b) => b.shared - a.shared || a.metric - b.metric)
    .slice(0, most)
    .map(({ metric }) => metric)
}

function regress(
  moments: Moments,
  target: number,
  partners: readonly number[],
): { weights: number[]; explained: number } {
  const matrix = partners.map((a) =>
    partners.map((b) => (a === b ? 1 + parameters.relation.ridge : correlation(moments, a, b))),
  )
  const shared = partners.map((partner) => correlation(moments, target, partner))
  const standard = solve(matrix, shared)
  const explained = standard.reduce((sum, weight, index) => sum + weight * (shared[index] ?? 0), 0)
  const weights = standard.map((weight, index) => {
    return (weight * deviation(moments, target)) / deviation(moments, partners[index] ?? 0)
  })
  return { weights, explained }
}

/** Gauss-Jordan; the matrix is positive definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0])
  rows.forEach((pivot, step) => {
    const lead = pivot[step] ?? 1
    for (let column = step; column < pivot.length; column++) {
      pivot[column] = (pivot[column] ?? 0) / lead
    }
    for (const other of rows) {
      const factor = other === pivot ? 0 : (other[step] ?? 0)
      if (factor === 0) continue
      for (let column = step; column < other.length; column++) {
        other[column] = (other[column] ?? 0) - factor * (pivot[column] ?? 0)
      }
    }
  })
  return rows.map((row) => row.at(-1) ?? 0)
}
