import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings } from '../../../../src/station/host/settings-file.ts'
import { stationSettings } from '../../../../src/station/settings.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

test('files of a control are relative to the folder of the settings, and nothing else of it is a file', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'site.yaml')
  writeFileSync(
    path,
    [
      'controllers:',
      '  - { kind: mosquitto-files, source: line, aclFile: acl, passwordFile: /etc/passwords, pidFile: run/pid }',
      '  - { kind: mosquitto-dynamic-security, source: plant, url: "mqtt://127.0.0.1", username: picket, passwordFile: secret, ca: ca.pem }',
    ].join('\n'),
  )
  const { controllers } = await readSettings(path, stationSettings)
  expect(controllers).toMatchObject([
    {
      source: 'line',
      aclFile: join(folder, 'acl'),
      passwordFile: '/etc/passwords',
      pidFile: join(folder, 'run/pid'),
    },
    {
      url: 'mqtt://127.0.0.1',
      username: 'picket',
      passwordFile: join(folder, 'secret'),
      ca: join(folder, 'ca.pem'),
    },
  ])
})
