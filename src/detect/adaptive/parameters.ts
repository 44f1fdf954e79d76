/**
 * Every number the adaptive detector was given by hand; the same for every series, device and data set.
 * `decades` are -log10 of a probability. How they were chosen: README.md.
 */
export const parameters = {
  /** Datapoints that a component's past reaches back at most. */
  memory: 16_000,
  /** Datapoints before a component says anything. */
  silentFor: 50,
  tail: {
    /** Datapoints the exponential is fitted to: a base and a share of the past, at most so much of it. */
    points: { least: 4, base: 20, share: 0.01, most: 0.1 },
    /** Smallest scale as a share of the spread (5th to 95th percentile), and smallest spread as one of the median. */
    smallestScale: 0.05,
    smallestSpread: 0.02,
    /** Most that one value counts in the mean excess, in medians of it; a spread, if that is more. */
    mostMedians: 10,
    /** What goes beyond an earlier one by no more than this share of its distance from the median is no news. */
    margin: 0.1,
  },
  daily: { bucketMs: 900_000, daysKept: 14, trust: 2, mostPerBucket: 6 },
  /** `mostSpreads`: a value further off than so many spreads moves the mean of its hour no more than that. */
  weekly: { bucketMs: 3_600_000, weeksKept: 12, trust: 1, mostSpreads: 20 },
  /** All in datapoints. */
  sustained: { span: 48, mostSpreads: 3 },
  shiftLength: 144,
  changeLag: 3,
  bustleLength: 12,
  unrestLength: 144,
  surprise: { span: 5, mostSpreads: 100 },
  forecast: { lags: 3, step: 0.01, regularity: 0.1, mostSpreads: 3 },
  shape: {
    segments: 8,
    segmentLength: 5,
    remembered: 600,
    /** In spreads: a peak within a segment and a distance from the median that are not worth a mention. */
    smallestPeak: 0.1,
    smallestDistance: 0.075,
  },
  /** Decades of a component that count: what lies beyond the threshold, up to the cap. */
  lasting: { threshold: 1.25, cap: 6 },
  /** The same; averaged over a span of datapoints. */
  burst: { threshold: 1.5, cap: 6, span: 6 },
  hold: { datapoints: 200, factor: 1.25, ramp: 150, least: 0.2 },
  /**
   * How rare a score is, in decades: measured on ordinary stretches of series of many kinds. `ramp`: after so many
   * datapoints a score is taken for half of what it will be taken for.
   */
  chance: {
    ramp: 300,
    knots: [
      { score: 0, decades: 0 },
      { score: 0.25, decades: 0.85 },
      { score: 0.5, decades: 1.1 },
      { score: 1, decades: 1.5 },
      { score: 2, decades: 2.15 },
      { score: 3, decades: 2.65 },
      { score: 4, decades: 3.1 },
      { score: 6, decades: 3.75 },
      { score: 10, decades: 4.9 },
    ],
  },
  /** Strangeness of a device: sum over its metrics of their burst score to this power. */
  devicePower: 1.5,
} as const
