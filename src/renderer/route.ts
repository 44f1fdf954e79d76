/** Where in the page one is. Everything needed to come back lies in the address. */
export type Route =
  | { page: 'alarms'; tab: 'active' | 'history'; alarmId: string | null }
  | { page: 'devices' }
  | {
      page: 'device'
      deviceName: string
      range: RangeName
      /** The metric whose chart to bring into sight. */
      metricName?: string
    }
  | { page: 'profiles' }
  | { page: 'quarantine' }
  /** The dry run of taking a device off the network, for these alarms. */
  | { page: 'isolate'; deviceName: string; alarmIds: readonly string[] }
  /** Mitigation actions on the devices of these alarms. */
  | { page: 'mitigate'; alarmIds: readonly string[] }
  | { page: 'sources' }
  /** Connects a broker; or changes the source of this id. */
  | { page: 'connect'; sourceId: string | null }
  | { page: 'system' }
  | { page: 'diagnostics' }
  | { page: 'settings' }
  /** What to do where nothing is set up yet. */
  | { page: 'first-run' }

const hourMs = 3_600_000

/** Time ranges on offer, by the name that stands in the address. */
export const ranges = {
  '6h': { words: '6 h', ms: 6 * hourMs },
  '24h': { words: '24 h', ms: 24 * hourMs },
  '3d': { words: '3 d', ms: 72 * hourMs },
  '14d': { words: '14 d', ms: 336 * hourMs },
} as const

export type RangeName = keyof typeof ranges

/** Reads an address such as `#/devices/pump-07?range=3d`. Anything unknown leads to the active alarms. */
export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?')
  const [page = '', name = ''] = path.split('/')
  const search = new URLSearchParams(query)
  if (isPlain(page)) return { page }
  if (page === 'connect') return { page: 'connect', sourceId: decode(name) || null }
  if (page === 'mitigate') return { page, alarmIds: readIds(search) }
  if (page === 'isolate' && decode(name) !== '') {
    return { page, deviceName: decode(name), alarmIds: readIds(search) }
  }
  if (page === 'devices') return readDevice(name, search)
  return { page: 'alarms', tab: readTab(search), alarmId: decode(name) || null }
}

/** The address of a route, the inverse of `readRoute`. */
export function writeRoute(route: Route): string {
  switch (route.page) {
    case 'alarms':
      return `#/alarms${segment(route.alarmId ?? '')}${route.tab === 'history' ? '?tab=history' : ''}`
    case 'device':
      return `#/devices${segment(route.deviceName)}${deviceQuery(route.range, route.metricName)}`
    case 'isolate':
      return `#/isolate${segment(route.deviceName)}${idQuery(route.alarmIds)}`
    case 'mitigate':
      return `#/mitigate${idQuery(route.alarmIds)}`
    case 'connect':
      return `#/connect${segment(route.sourceId ?? '')}`
    default:
      return `#/${route.page}`
  }
}

/** Pages of which there is one. */
const plainPages = [
  'system',
  'diagnostics',
  'settings',
  'first-run',
  'profiles',
  'quarantine',
  'sources',
] as const

function isPlain(page: string): page is (typeof plainPages)[number] {
  return plainPages.some((one) => one === page)
}

function readDevice(name: string, search: URLSearchParams): Route {
  const deviceName = decode(name)
  if (deviceName === '') return { page: 'devices' }
  const metricName = search.get('metric')
  const range = readRange(search.get('range'))
  return { page: 'device', deviceName, range, ...(metricName && { metricName }) }
}

function deviceQuery(range: RangeName, metricName: string | undefined): string {
  const query = new URLSearchParams({
    ...(range !== '24h' && { range }),
    ...(metricName && { metric: metricName }),
  })
  return query.size === 0 ? '' : `?${query}`
}

function readIds(search: URLSearchParams): string[] {
  return (search.get('alarms') ?? '').split(',').filter((id) => id !== '')
}

function idQuery(alarmIds: readonly string[]): string {
  return alarmIds.length === 0 ? '' : `?alarms=${alarmIds.join(',')}`
}

function readTab(search: URLSearchParams): 'active' | 'history' {
  return search.get('tab') === 'history' ? 'history' : 'active'
}

function readRange(name: string | null): RangeName {
  return name !== null && isRange(name) ? name : '24h'
}

function isRange(name: string): name is RangeName {
  return Object.hasOwn(ranges, name)
}

function segment(text: string): string {
  return text === '' ? '' : `/${encodeURIComponent(text)}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
