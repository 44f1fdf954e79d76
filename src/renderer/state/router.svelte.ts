import { readRoute, writeRoute, type Route } from '../route.ts'

/** The route in the address bar. */
export interface Router {
  readonly route: Route
  go: (route: Route) => void
  /** Goes without a new entry in the history, for changes on one page. */
  replace: (route: Route) => void
}

export function createRouter(): Router {
  let route = $state.raw(readRoute(location.hash))
  addEventListener('hashchange', () => (route = readRoute(location.hash)))
  return {
    get route() {
      return route
    },
    go(next) {
      location.hash = writeRoute(next)
    },
    replace(next) {
      history.replaceState(null, '', writeRoute(next))
      route = next
    },
  }
}
