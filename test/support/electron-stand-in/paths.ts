import { join } from 'node:path'

const home = process.env['STAND_IN_HOME'] ?? ''

/** What `app.getPath` answers: everything lies in a folder of the test's own. */
export const paths: Readonly<Record<string, string>> = {
  home,
  appData: join(home, 'config'),
  userData: join(home, 'config/Picket'),
  logs: join(home, 'config/Picket/logs'),
  exe: '/opt/Picket 100%/picket',
}
