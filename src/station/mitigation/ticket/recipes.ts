import type { QuarantineCall } from '../../../contract/model/quarantine.ts'
import type { SourceFacts } from '../../ingest/source.ts'
import type { QuarantineTarget } from '../controller.ts'
import { shellWord } from './quoting.ts'

/** How a person does it at one kind of broker, and how it is undone. */
export interface Recipe {
  /** Of what broker. */
  title: string
  isolate: QuarantineCall[]
  undo: QuarantineCall[]
}

/** What to do, as far as the source tells which broker it is. From the brokers' own documentation; not tried here. */
export function recipesFor(kind: SourceFacts['kind'] | null, target: QuarantineTarget): Recipe[] {
  const [dynamic, files, emqx, nanomq, vernemq, hivemq] = [
    mosquittoDynamicSecurity(target),
    mosquittoFiles(target),
    emqxBans(target),
    nanomqRules(target),
    vernemqLogins(target),
    hivemqPermissions(target),
  ]
  switch (kind) {
    case 'embedded-broker':
      return [picketItself(target)]
    case 'mosquitto-log':
    case 'mosquitto-topics':
      return [dynamic, files]
    case 'emqx':
      return [emqx]
    case 'aws-lifecycle':
      return [awsGroup(target)]
    default:
      return [dynamic, files, emqx, nanomq, vernemq, hivemq]
  }
}

function picketItself({ deviceId }: QuarantineTarget): Recipe {
  const name = shellWord(deviceId)
  return {
    title: "Picket's own broker",
    isolate: [
      {
        sentence: 'Let Picket do it.',
        exact: `picket quarantine add ${name} --reason "as the ticket says" --yes`,
      },
    ],
    undo: [{ sentence: 'Let Picket release it.', exact: `picket quarantine release ${name}` }],
  }
}

const mosquittoControl = 'mosquitto_ctrl -h HOST -u ADMINISTRATOR dynsec'

function mosquittoDynamicSecurity({ usernames }: QuarantineTarget): Recipe {
  const control = mosquittoControl
  const role = 'quarantine-by-hand'
  const add = `${control} addRoleACL ${role} "$type" "$topic" deny 1000`
  return {
    title: 'Mosquitto with Dynamic Security',
    isolate: [
      { sentence: 'Once: a role that denies everything.', exact: `${control} createRole ${role}` },
      {
        sentence: 'Its rules: # matches no topic that begins with $.',
        exact: `for type in publishClientSend publishClientReceive subscribePattern; do for topic in '#' '$aws/#' '$SYS/#' '$CONTROL/#' '$share/#'; do ${add}; done; done`,
      },
      ...usernames.map((name) => ({
        sentence: 'The device gets the role before all others, and its connection ends.',
        exact: `${control} addClientRole ${shellWord(name)} ${role} 1000`,
      })),
    ],
    undo: usernames.map((name) => ({
      sentence: 'The device loses the role.',
      exact: `${control} removeClientRole ${shellWord(name)} ${role}`,
    })),
  }
}

function mosquittoFiles({ usernames }: QuarantineTarget): Recipe {
  const reload = 'kill -HUP "$(cat /run/mosquitto/mosquitto.pid)"'
  return {
    title: 'Mosquitto with a password file',
    isolate: [
      {
        sentence: 'Keep the file, to put it back.',
        exact: 'cp -p PASSWORD_FILE PASSWORD_FILE.kept',
      },
      ...usernames.map((name) => ({
        sentence: 'The login is taken away.',
        exact: `mosquitto_passwd -D PASSWORD_FILE ${shellWord(name)}`,
      })),
      { sentence: 'The broker reads it, and its connection ends.', exact: reload },
    ],
    undo: [
      { sentence: 'The file is put back.', exact: 'cp -p PASSWORD_FILE.kept PASSWORD_FILE' },
      { sentence: 'The broker reads it.', exact: reload },
    ],
  }
}

function emqxBans(target: QuarantineTarget): Recipe {
  const [as, names] = namesFor(target, 'clientid')
  const curl = 'curl --user KEY:SECRET'
  const api = 'http://HOST:18083/api/v5'
  const json = (name: string) => JSON.stringify({ as, who: name, by: 'by hand' })
  return {
    title: 'EMQX 5',
    isolate: [
      ...names.map((name) => ({
        sentence: 'First the ban.',
        exact: `${curl} -H 'Content-Type: application/json' -d ${shellWord(json(name))} ${api}/banned`,
      })),
      ...target.clientIds.map((clientId) => ({
        sentence: 'Then the end of its connection.',
        exact: `${curl} -X DELETE ${shellWord(`${api}/clients/${encodeURIComponent(clientId.toWellFormed())}`)}`,
      })),
    ],
    undo: names.map((name) => ({
      sentence: 'The ban is taken away.',
      exact: `${curl} -X DELETE ${shellWord(`${api}/banned/${as}/${encodeURIComponent(name.toWellFormed())}`)}`,
    })),
  }
}

function nanomqRules(target: QuarantineTarget): Recipe {
  const [as, names] = namesFor(target, 'clientid')
  const rule = (name: string) =>
    JSON.stringify({ permit: 'deny', [as]: name, action: 'pubsub', topics: ['#'] })
  return {
    title: 'NanoMQ',
    isolate: [
      ...names.map((name) => ({
        sentence: 'This line goes first into the rules of nanomq_acl.conf:',
        exact: `echo ${shellWord(rule(name))}`,
      })),
      { sentence: 'NanoMQ is started anew.', exact: 'nanomq restart' },
    ],
    undo: [{ sentence: 'Take the line away, and start NanoMQ anew.', exact: 'nanomq restart' }],
  }
}

function vernemqLogins({ usernames, clientIds }: QuarantineTarget): Recipe {
  return {
    title: 'VerneMQ',
    isolate: [
      { sentence: 'Keep the file, to put it back.', exact: 'cp -p vmq.passwd vmq.passwd.kept' },
      ...usernames.map((name) => ({
        sentence: 'The login is taken away; VerneMQ reads the file within seconds.',
        exact: `vmq-passwd -D vmq.passwd ${shellWord(name)}`,
      })),
      ...clientIds.map((clientId) => ({
        sentence: 'Its connection ends.',
        exact: `vmq-admin session disconnect client-id=${shellWord(clientId)}`,
      })),
    ],
    undo: [{ sentence: 'The file is put back.', exact: 'cp -p vmq.passwd.kept vmq.passwd' }],
  }
}

function hivemqPermissions({ clientIds }: QuarantineTarget): Recipe {
  const connection = (clientId: string) =>
    shellWord(
      `http://HOST:8888/api/v1/mqtt/clients/${encodeURIComponent(clientId.toWellFormed())}/connection`,
    )
  return {
    title: 'HiveMQ',
    isolate: [
      {
        sentence: 'Take its permissions away in the security extension that the site uses.',
        exact: '# in the configuration of the extension',
      },
      ...clientIds.map((clientId) => ({
        sentence: 'Its connection ends (Enterprise edition).',
        exact: `curl -X DELETE ${connection(clientId)}`,
      })),
    ],
    undo: [
      {
        sentence: 'Give the permissions back in the extension.',
        exact: '# in the configuration of the extension',
      },
    ],
  }
}

function awsGroup({ deviceId, clientIds }: QuarantineTarget): Recipe {
  const group = `--thing-group-name Quarantine --thing-name ${shellWord(deviceId)}`
  return {
    title: 'AWS IoT Core',
    isolate: [
      {
        sentence: 'Into the thing group whose policy denies everything.',
        exact: `aws iot add-thing-to-thing-group ${group}`,
      },
      ...clientIds.map((clientId) => ({
        sentence: 'Its connection ends, without its last will.',
        exact: `aws iot-data delete-connection --client-id ${shellWord(clientId)} --prevent-will-message`,
      })),
    ],
    undo: [
      {
        sentence: 'Out of the group again.',
        exact: `aws iot remove-thing-from-thing-group ${group}`,
      },
    ],
  }
}

/** By user names where it has any: a client id is the device's own choice. */
function namesFor({ usernames, clientIds }: QuarantineTarget, clientId: string) {
  return usernames.length > 0
    ? (['username', usernames] as const)
    : ([clientId, clientIds] as const)
}
