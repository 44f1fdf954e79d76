/**
 * Imports go one way: contract <- detect <- station <- { main, demo } , station <- server <- cli,
 * and contract <- renderer. A planted violation (test/unit/boundaries.test.ts) must fail these rules.
 */
const ours = '^(test/support/planted/)?src/'

const inside = (folder) => `${ours}${folder}/`

const onlyFrom = (folder, allowed) => ({
  name: `${folder}-imports-only-what-it-may`,
  severity: 'error',
  from: { path: inside(folder) },
  to: { path: ours, pathNot: [folder, ...allowed].map(inside) },
})

const noNode = (folder) => ({
  name: `${folder}-runs-anywhere`,
  comment: 'contract and detect run in any host: no Node modules.',
  severity: 'error',
  from: { path: inside(folder) },
  to: { dependencyTypes: ['core'] },
})

const onlyPackages = (folder, packages) => ({
  name: `${folder}-uses-only-its-packages`,
  severity: 'error',
  from: { path: inside(folder) },
  to: { path: 'node_modules/', pathNot: `node_modules/(${packages})/` },
})

export default {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    onlyFrom('contract', []),
    onlyFrom('detect', ['contract']),
    onlyFrom('station', ['contract', 'detect']),
    onlyFrom('renderer', ['contract']),
    onlyFrom('demo', ['contract', 'station']),
    onlyFrom('server', ['contract', 'station']),
    onlyFrom('main', ['contract', 'station', 'demo']),
    onlyFrom('cli', ['contract', 'station', 'server', 'demo', 'detect']),
    noNode('contract'),
    noNode('detect'),
    onlyPackages('contract', 'zod|@orpc/contract'),
    onlyPackages('detect', 'none'),
    {
      name: 'station-has-no-host',
      comment:
        'The station knows neither Electron nor an HTTP server. One file asks others over HTTP.',
      severity: 'error',
      from: { path: inside('station'), pathNot: '^src/station/http-request[.]ts$' },
      to: {
        path: [
          'node_modules/(electron|fastify|@fastify|ws)/',
          '^(node:)?http2?$',
          '^(node:)?https$',
        ],
      },
    },
    {
      name: 'only-main-knows-electron',
      comment: 'What stands in for Electron in tests, or watches it there, is typed against it.',
      severity: 'error',
      from: { pathNot: [inside('main'), '^test/support/(electron-stand-in|desktop)/'] },
      to: { path: 'node_modules/electron/' },
    },
    {
      name: 'named-for-what-it-is',
      comment: 'No utils, helpers, common, manager, misc.',
      severity: 'error',
      from: {},
      to: { path: '(^|/)(src|test)/.*(utils?|helpers?|common|manager|misc)(\\.|/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    extraExtensionsToScan: ['.svelte'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'node', 'default'],
    },
  },
}
