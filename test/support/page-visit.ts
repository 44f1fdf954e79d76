import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'

/** A page under watch: whatever must never happen on it is written down. */
export interface Visit {
  page: Page
  context: BrowserContext
  /** Errors on the console, broken policies, and requests to other hosts, as sentences. */
  faults: string[]
}

export interface VisitOptions {
  theme?: 'dark' | 'light'
  width?: number
  height?: number
}

/** Opens an address of a station in a fresh profile. */
export async function visit(
  browser: Browser,
  address: string,
  options: VisitOptions = {},
): Promise<Visit> {
  const { theme = 'dark', width = 1280, height = 800 } = options
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  const faults: string[] = []
  await watchForFaults(page, new URL(address).host, faults)
  await page.goto(address)
  return { page, context, faults }
}

/** What axe finds wrong, one sentence a finding; all of its rules, or only those named. */
export async function accessibilityFaults(page: Page, rules?: string[]): Promise<string[]> {
  // The legacy mode stays in the page: the other one opens an empty second page for its report.
  const axe = new AxeBuilder({ page }).setLegacyMode(true)
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  )
}

/** Writes down what must never happen on a page that is served at `host`. */
export async function watchForFaults(page: Page, host: string, faults: string[]): Promise<void> {
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      faults.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'data:' && url.host !== host) faults.push(`request to ${url.host}`)
  })
  await page.exposeFunction('tellPolicyViolation', (text: string) => faults.push(`policy: ${text}`))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const tell: unknown = Reflect.get(globalThis, 'tellPolicyViolation')
      if (typeof tell === 'function')
        tell(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
    })
  })
}
