import type { Severity } from '../../contract/model/alarm.ts'

/** SVG paths in a box of 16 by 16: the same shapes in lists, in charts and in print without colour. */
export const severityPaths = {
  critical: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z',
  high: 'M8 1.6 15 14H1z',
  medium: 'M8 1l7 7-7 7-7-7z',
  low: 'M8 2a6 6 0 1 1 0 12A6 6 0 1 1 8 2z',
} satisfies Record<Severity, string>
