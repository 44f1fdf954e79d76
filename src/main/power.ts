import { powerMonitor } from 'electron'
import type { Station } from '../station/station.ts'

/** Tells the station of sleep, so that nothing is taken for a silence of the devices. */
export function watchPower(station: () => Station): void {
  powerMonitor.on('suspend', () => station().fallAsleep())
  powerMonitor.on('resume', () => station().wakeUp())
}
