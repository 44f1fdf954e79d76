import type { DemoFeature, HostFeatures, HostListener } from '../station/ports.ts'

/**
 * What a machine without a person at it offers: a page at an address. It starts with the system rather than with a
 * login, and tells of alarms on its terminal.
 */
export function headlessFeatures({
  listeners = () => [],
  demo = null,
}: { listeners?: () => HostListener[]; demo?: DemoFeature | null } = {}): HostFeatures {
  return {
    kind: 'headless',
    startAtLogin: null,
    notifications: null,
    demo,
    listeners,
    versions: () => [],
  }
}
