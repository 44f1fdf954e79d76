/** Every number that was chosen by hand; the same for every metric, device and data set. */
const minuteMs = 60_000
const hourMs = 60 * minuteMs

export const parameters = {
  /** A metric of whole numbers that is zero more often than this is a sparse counter. */
  sparseBelow: 0.1,
  /**
   * The log scale is straight up to this quantile of the non-zero sizes, times the factor that suits best; on so many
   * devices it is tried out.
   */
  unit: { quantile: 0.1, factors: [1, 10, 1000], devices: 50 },

  /** What the components look back on; at least so many slots where slots are long. */
  spans: {
    slot: { ms: 0, least: 1 },
    quarter: { ms: 15 * minuteMs, least: 2 },
    hour: { ms: hourMs, least: 4 },
    twoHours: { ms: 2 * hourMs, least: 6 },
    fourHours: { ms: 4 * hourMs, least: 8 },
    day: { ms: 24 * hourMs, least: 24 },
  },
  /** Where slots are shorter the spans are, too. */
  shortestSlotMs: 30_000,
  /** Beyond the last day, how far back a datapoint may come late and still be judged as if in time. */
  late: { ms: 3 * hourMs, least: 6 },

  place: {
    /** Datapoints at which a device's own median of a quarter hour weighs as much as the fleet's shape. */
    quarterPrior: 12,
    /** And at which its own days are known well enough. */
    quarterEnough: 6,
    /** A kind of day is known where devices were seen at this share of its six parts, and unknown up to that. */
    seenShare: { parts: 6, known: 0.75, unknown: 0.5 },
    /** Datapoints that are enough for a new device's own level. */
    levelDatapoints: 6,
    /** Part of a scale that is always the fleet's, and datapoints at which the own one has half the rest. */
    fleetShare: 0.2,
    scalePrior: 24,
    /** Smallest scale, as a share of the value. */
    smallestScale: 0.01,
    /** For whole numbers, in steps of one. */
    smallestSteps: 0.5,
    /** A new device's scale is the one that this share of the devices stays under. */
    cautiousShare: 0.8,
    /** No place lies further from its centre than this, in scales. */
    farthest: 1000,
  },

  /** What goes on is told from what is over by a window's last slots. */
  lasting: {
    /** Of a count: this share of the window, at least so many. */
    share: 1 / 24,
    least: 3,
    /** The middle one of the last three places is at least this share of a window's mean. */
    borneOut: 0.5,
  },

  rate: {
    /** Prior of a fleet without any event: half an event. */
    fewestEvents: 0.5,
    /** A device's own history counts at least as much as this share of the prior. */
    mostPriorSlots: 2_000,
    /** No rate is believed to be smaller, events a slot. */
    smallest: 2e-6,
  },

  habit: {
    /** Quantile of a component in the device's own past, from where its own slope is measured. */
    quantile: 0.97,
    /** Every so many-th slot is looked at. */
    stride: 4,
    /** What a new device is allowed: the habits that this share of the devices stays within. */
    cautiousShare: 0.9,
    /** Independent looks at which the device's own habit weighs as much as the fleet's. */
    prior: 20,
    /** A habit's reach is at least this, in scales. */
    smallest: {
      place: 0.1,
      held: 0.1,
      mean: 0.4,
      rank: 0.2,
      count: 0.1,
      restless: 0.1,
      turbulent: 0.1,
      jolt: 0.1,
      /** Slots. */
      run: 12,
    },
    /** And its slope at least this share of that. */
    smallestSlope: 0.15,
    /** Scales. A rank is exactly 0 most of the time, and so steady that next to nothing would be strange. */
    leastSlopeOfRanks: 0.1,
    /** Of a new device, whose level is not known yet. */
    smallestOfNew: 2,
    /** Days at which habits are half as wide again as they would be of a long history. */
    doubt: 3,
  },

  tail: {
    /** Share of the datapoints, and numbers, that the slope is fitted to. */
    share: 0.002,
    least: 50,
    most: 2_000,
    /** The body is kept by rank up to this share. */
    body: 0.1,
    /** Between ranks that are kept. */
    step: 1.03,
    /** Slope is no steeper than this share of the distance between middle and start. */
    smallestScale: 0.05,
    decay: 0.5,
    heaviest: 0.3,
    /** Shape of a tail of which nothing is known, and datapoints at which its own weighs as much. */
    common: 0.1,
    commonPrior: 30_000,
    /** Decades beyond the number of datapoints that are claimed of a tail without a slope. */
    beyondEvidence: 2,
  },

  head: {
    /** Decades of a component that are every-day, and most that count. */
    threshold: 1,
    cap: 20,
    /** Exponent of the norm that joins the components of a head: 1 adds them up, a large one takes the largest. */
    norm: 3,
  },

  /**
   * A datapoint is news unless so many of this last while were at its level: what lasts is told and not told again.
   * Where it is not, it scores no more than `told`.
   */
  news: { ms: 12 * hourMs, least: 24, datapoints: 6, told: 3 },

  /** Each further metric of a device counts this share of the one before. */
  device: { further: 0.8 },

  /** No single event in a day is more than this: short of HIGH. */
  oneEvent: 5.9,

  calibration: {
    /**
     * The end of the history is held out where that holds enough rows (slots of a device), otherwise all of it in
     * parts: what comes once in a month is seen in two weeks of a few hundred devices, and not in three days.
     */
    heldOutShare: 3 / 14,
    fewestRows: 500_000,
    folds: 4,
    /** Devices and rows that the tails are learned from, at most. */
    devices: 500,
    mostRows: 1_000_000,
    /** The tails learn nothing of a device so near to a datapoint of it that is known anomalous. */
    troubledMs: 6 * hourMs,
  },

  history: {
    /** Cells (device x metric x slot) kept in memory; devices beyond are read a second time. */
    mostCells: 64_000_000,
    /** Slots of a device further than this from its middle one are a broken clock's. */
    farthestMs: 31 * 24 * hourMs,
    /** No more than this share of a series is kept out of fitting. */
    mostExcluded: 0.02,
  },

  /** Days at one level before a move and at the other after it, and moves of one metric. */
  relevel: {
    fewestBefore: 3,
    fewestAfter: 1,
    mostMoves: 2,
  },

  /**
   * An outage of a site: at least so many devices fall silent, beyond what is usual in this share of the slots and so
   * many standard deviations, where each should be so many scales above silence. What a device does within so many
   * hours of the same time on another day is a habit.
   */
  outage: { usual: 0.9, fewest: 5, deviations: 5, scales: 2, hours: 1 },

  relation: {
    /** Partners at most, and the share of a place that each may tell: more would be the same thing again. */
    most: 4,
    leastShared: 0.05,
    mostShared: 0.75,
    ridge: 0.02,
    /** Share of the scatter that the partners must explain together. */
    leastExplained: 0.2,
    clip: 6,
    /** Every so many-th slot is looked at. */
    stride: 7,
  },

  ratio: {
    /** Share of a place that a partner must tell for a ratio to it to mean anything. */
    leastShared: 0.2,
    /** Slope of how far a burst goes, log units at least. */
    leastSlope: 0.25,
  },

  life: {
    /** Scales by which a level must move to be reported. */
    shift: 4,
    /** The gate before publishing: share of datapoints at this p on the latest day, within these factors
     * and so many standard deviations of as many datapoints that say the same. */
    gate: { p: 1e-3, least: 0.3, most: 3, alike: 12, deviations: 3 },
    /** A part that stayed once stays no longer than so many days: a metric that goes on failing moves on. */
    keptDays: 1,
    episodeMs: 3 * hourMs,
    /** Metrics that are strange within this time are named together. */
    coFiringMs: 30 * minuteMs,
  },
} as const
