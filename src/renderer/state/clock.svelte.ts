/** The station's time, carried on between its messages. The viewer's own clock may be wrong. */
export interface StationClock {
  /** Epoch ms by the station's clock; moves once a second. */
  readonly now: number
  /** The same, to the millisecond, for questions that time alone must not repeat. */
  read: () => number
  set: (now: number, speed: number) => void
}

const tickMs = 1000

export function createStationClock(): StationClock {
  let anchor = { now: Date.now(), setAt: performance.now(), speed: 1 }
  let now = $state(anchor.now)
  const reckon = () => Math.round(anchor.now + (performance.now() - anchor.setAt) * anchor.speed)
  setInterval(() => (now = reckon()), tickMs)
  return {
    get now() {
      return now
    },
    read: reckon,
    set(stationNow, speed) {
      anchor = { now: stationNow, setAt: performance.now(), speed }
      now = stationNow
    },
  }
}
