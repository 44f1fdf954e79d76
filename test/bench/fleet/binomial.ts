/**
 * Where the probability of a success lies, given `successes` in `trials` independent ones, at 95 % confidence.
 * Exact, thus wide rather than narrow: Clopper and Pearson, Biometrika 26 (1934) 404-413.
 */
export function binomialBounds(successes: number, trials: number): { low: number; high: number } {
  const tail = 0.025
  const low = successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1)
  const high = successes === trials ? 1 : betaQuantile(1 - tail, successes + 1, trials - successes)
  return { low, high }
}

const halvings = 200

function betaQuantile(probability: number, a: number, b: number): number {
  let low = 0
  let high = 1
  for (let step = 0; step < halvings && high - low > 1e-15 * high; step += 1) {
    const middle = (low + high) / 2
    if (betaDistribution(middle, a, b) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Regularized incomplete beta function. Abramowitz and Stegun 26.5.8, with the symmetry 26.5.2. */
function betaDistribution(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  )
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b
}

const mostTerms = 10_000

/** The continued fraction, evaluated from the front: Lentz, Applied Optics 15 (1976) 668-671. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m <= mostTerms; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    result *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    result *= c * d
    if (Math.abs(c * d - 1) < 1e-14) return result
  }
  return result
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value
}

/** Stirling's series behind a shift to where it is exact to 1e-14. Abramowitz and Stegun 6.1.41. */
function logGamma(x: number): number {
  let shift = 0
  let at = x
  for (; at < 15; at += 1) shift += Math.log(at)
  const series = 1 / (12 * at) - 1 / (360 * at ** 3) + 1 / (1260 * at ** 5) - 1 / (1680 * at ** 7)
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift
}
