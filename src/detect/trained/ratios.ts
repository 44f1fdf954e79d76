import type { Group } from './places.ts'
import { correlation, type Moments } from './moments.ts'
import { parameters } from './parameters.ts'
import type { Traits } from './traits.ts'

/**
 * The partner that each metric's ratio is taken to, by metric index; null where nothing goes with it. Of the pairs
 * that are most alike first, and each pair once: the same ratio twice says nothing more.
 */
export function choosePartners(group: Group, moments: Moments): (number | null)[] {
  const partners: (number | null)[] = group.metrics.map(() => null)
  for (const [one, other] of pairsOf(group, moments)) {
    const free = [one, other].find((metric) => partners[metric] === null)
    if (free !== undefined) partners[free] = free === one ? other : one
  }
  return partners
}

/** Of dense metrics; the most alike first. */
function pairsOf({ metrics }: Group, moments: Moments): [number, number][] {
  const dense = [...metrics.keys()].filter((metric) => metrics[metric]?.family === 'dense')
  return dense
    .flatMap((one) => dense.filter((other) => other > one).map((other) => ({ one, other })))
    .map((pair) => ({ ...pair, shared: correlation(moments, pair.one, pair.other) ** 2 }))
    .filter(({ shared }) => shared >= parameters.ratio.leastShared)
    .sort((a, b) => b.shared - a.shared || a.one - b.one || a.other - b.other)
    .map(({ one, other }) => [one, other])
}

/** The difference of two logs has no unit. */
export const ratioTraits: Traits = {
  family: 'dense',
  unit: 1,
  isSigned: true,
  isWhole: false,
  small: 1,
}
