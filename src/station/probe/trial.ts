import type { ProbeReport } from '../../contract/model/source.ts'

/** What came of asking for one filter. */
export interface FilterAnswer {
  filter: string
  /** The source needs it; others tell what the broker is. */
  isWanted: boolean
  isGranted: boolean
  /** Messages that came while the probe listened. */
  arrived: number
}

/** What one trial of a broker met. */
export interface LinkTrial {
  /** Why there was no connection, in a sentence; null where there was one. */
  failure: string | null
  answers: FilterAnswer[]
  broker: ProbeReport['broker']
  /** The broker told of the connection that was made for it to tell of. Null: none was made. */
  isProvokedSeen: boolean | null
  /** Picket's rule in EMQX told of it too. */
  isRuleSeen: boolean
  /** The broker ended the connection after it was there. */
  wasCutOff: boolean
}
