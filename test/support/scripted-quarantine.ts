import { deviceId as deviceIdSchema } from '../../src/contract/model/device.ts'
import { violationId } from '../../src/contract/model/alarm.ts'
import type { JournalEntry } from '../../src/contract/model/journal.ts'
import { isolationId } from '../../src/contract/model/isolation-id.ts'
import type {
  MitigationAction,
  MitigationExecution,
  MitigationTask,
} from '../../src/contract/model/mitigation.ts'
import type {
  BrokerPlan,
  ControllerEntry,
  Isolation,
  IsolationEvent,
  Protection,
  QuarantinePlan,
} from '../../src/contract/model/quarantine.ts'
import { hourMs, sceneStartAt, scriptedId } from './scripted-fleet.ts'

const minuteMs = 60_000

/** What a scripted station knows of quarantine. */
export interface QuarantineScene {
  isolations: Isolation[]
  events: IsolationEvent[]
  /** Of every device that is asked for. */
  plan: Omit<QuarantinePlan, 'deviceId'>
  controllers: ControllerEntry[]
  protections: { deviceId: string; protection: Protection }[]
  approvers: string[]
  actions: MitigationAction[]
  tasks: MitigationTask[]
  executions: MitigationExecution[]
}

/** Nothing was ever isolated. */
export function noQuarantine(): QuarantineScene {
  return {
    isolations: [],
    events: [],
    plan: scriptedPlan(),
    controllers: [dynamicSecurity()],
    protections: [],
    approvers: [],
    actions: scriptedActions(),
    tasks: [],
    executions: [],
  }
}

/** One isolation of each kind: proved, not isolated, by ticket, changed meanwhile, and two that are over. */
export function busyQuarantine(): QuarantineScene {
  const isolations = [
    scriptedIsolation(1, { deviceId: 'pump-07' }),
    scriptedIsolation(2, {
      deviceId: 'pump-03',
      sentence: 'The broker says that it is isolated, but its messages still come through.',
      proof: {
        ...proved(),
        state: 'not-isolated',
        messages: 3,
        sentence:
          'NOT isolated: 3 messages in the last 60 s. Another login may be in use: take the device off the network by its switch port.',
      },
    }),
    scriptedIsolation(3, {
      deviceId: 'pump-11',
      state: 'changed',
      sentence: 'It is time to release it, but the broker was changed meanwhile: say how.',
      differences: ['The group line-2 was removed from the user pump-11.'],
      releaseAt: sceneStartAt - minuteMs,
    }),
    scriptedIsolation(4, {
      deviceId: 'valve-02',
      state: 'isolating',
      sentence: 'A person has to do it: see the ticket.',
      brokers: [ticketAtBroker()],
      proof: { ...proved(), state: 'unproven', messages: null, refusedAttempts: null },
    }),
    scriptedIsolation(5, { deviceId: 'pump-09', state: 'released', endedAt: sceneStartAt }),
  ]
  return {
    ...noQuarantine(),
    isolations,
    events: scriptedEvents(isolations[0]),
    controllers: [dynamicSecurity(), ticketController()],
    protections: [{ deviceId: 'plc-1', protection: 'safety-critical' }],
    approvers: ['M. Okafor'],
    tasks: [scriptedTask()],
    executions: [scriptedExecution()],
  }
}

/** Everything that can stand in a dry run, and something that forbids it. */
export function forbiddenQuarantine(): QuarantineScene {
  const plan = scriptedPlan()
  return {
    ...noQuarantine(),
    plan: { ...plan, forbidden: ['This is the login that Picket itself uses.'] },
  }
}

/** A second person must agree. */
export function criticalQuarantine(): QuarantineScene {
  return { ...noQuarantine(), plan: { ...scriptedPlan(), needsApproval: true } }
}

/** What a broker and its names may say that is hostile. */
export function hostileQuarantine(): QuarantineScene {
  const hostile = '<img src=x onerror=alert(1)>\u202e'
  const plan = scriptedPlan()
  const [broker] = plan.brokers
  if (!broker) throw new Error('the plan has a broker')
  const worse: BrokerPlan = {
    ...broker,
    identity: `the user name ${hostile}`,
    shares: [hostile],
    losers: [{ client: hostile, filter: hostile }],
    losses: [hostile],
    calls: [{ sentence: hostile, exact: `{"username":"${hostile}"}` }],
  }
  return {
    ...noQuarantine(),
    plan: { ...plan, brokers: [worse] },
    isolations: [scriptedIsolation(1, { deviceId: `pump-${hostile}`, reason: hostile })],
  }
}

/** An isolation that is proved, with what differs. */
export function scriptedIsolation(
  number: number,
  different: Partial<Omit<Isolation, 'deviceId'>> & { deviceId: string },
): Isolation {
  return {
    id: isolationId.parse(String(number).padStart(32, '0')),
    state: 'isolated',
    sentence: 'It is off the network until it is released.',
    reason: 'Sent 40 times as much as usual to an address nobody knows.',
    by: 'J. Novak',
    approvedBy: null,
    alarmIds: [violationId.parse(scriptedId(1))],
    startedAt: sceneStartAt - 3 * hourMs,
    releaseAt: sceneStartAt + 21 * hourMs,
    endedAt: null,
    brokers: [
      {
        sourceId: 'site-broker',
        kind: 'mosquitto-dynamic-security',
        state: 'isolated',
        sentence: 'The role picket-quarantine is on the user.',
      },
    ],
    proof: proved(),
    differences: [],
    ...different,
    deviceId: deviceIdSchema.parse(different.deviceId),
  }
}

function proved(): Isolation['proof'] {
  return {
    state: 'isolated',
    sentence: 'Isolated: 0 messages in 60 s, 14 refused attempts.',
    since: sceneStartAt - 3 * hourMs,
    checkedAt: sceneStartAt - 2 * minuteMs,
    messages: 0,
    refusedAttempts: 214,
    readBack: 'The user has the role picket-quarantine with the highest priority.',
  }
}

function scriptedPlan(): QuarantineScene['plan'] {
  return {
    plannedAt: sceneStartAt,
    digest: 'a'.repeat(64),
    forbidden: [],
    needsApproval: false,
    brokers: [
      {
        ...dynamicSecurity(),
        identity: 'the user name pump-07',
        calls: [
          {
            sentence: 'Make a role that denies everything.',
            exact: '{"command":"createRole","rolename":"picket-quarantine","acls":[…]}',
          },
          {
            sentence: 'Give it to the device with the highest priority, which ends its sessions.',
            exact:
              '{"command":"addClientRole","username":"pump-07","rolename":"picket-quarantine","priority":1000}',
          },
        ],
        undo: [
          {
            sentence: 'Take the role away again.',
            exact:
              '{"command":"removeClientRole","username":"pump-07","rolename":"picket-quarantine"}',
          },
        ],
        recorded: ['Its roles: device (priority 0). Its groups: line-2 (priority 0).'],
        shares: ['pump-07-display, a second session on this user name'],
        losers: [{ client: 'historian', filter: 'site/#' }],
        losses: ['Messages that wait for it at the broker are thrown away.'],
        forbidden: [],
      },
    ],
  }
}

function dynamicSecurity(): ControllerEntry {
  return {
    sourceId: 'site-broker',
    kind: 'mosquitto-dynamic-security',
    address: 'mqtts://10.0.4.2:8883',
    guarantees: [
      { holds: true, sentence: 'Ends sessions that are open, and stops certificates as well.' },
      { holds: false, sentence: 'It cannot keep messages that wait for the device.' },
    ],
  }
}

function ticketController(): ControllerEntry {
  return {
    sourceId: 'line-2',
    kind: 'ticket',
    address: 'mqtt://10.0.4.9:1883',
    guarantees: [{ holds: false, sentence: 'Picket has no control here: a person must do it.' }],
  }
}

function ticketAtBroker(): Isolation['brokers'][number] {
  return {
    sourceId: 'line-2',
    kind: 'ticket',
    state: 'pending',
    sentence: '# Take valve-02 off line-2\n\n1. Delete its login.\n2. End its session.',
  }
}

function scriptedEvents(isolation: Isolation | undefined): IsolationEvent[] {
  if (!isolation) return []
  const { id: ofIsolation, deviceId } = isolation
  const line = (kind: IsolationEvent['kind'], sentence: string, at: number): IsolationEvent => ({
    isolationId: ofIsolation,
    deviceId,
    at,
    by: 'J. Novak',
    kind,
    sentence,
  })
  return [
    line('requested', 'Asked for.', sceneStartAt - 3 * hourMs),
    line('proved', 'Isolated: 0 messages in 60 s.', sceneStartAt - 3 * hourMs + minuteMs),
  ]
}

/** An entry of the journal. */
export function scriptedEntry(): JournalEntry {
  return {
    sequence: 41,
    at: sceneStartAt - 3 * hourMs,
    kind: 'mitigation-acted',
    by: 'J. Novak',
    subject: 'pump-07',
    detail: { action: 'quarantine', reason: 'Sent 40 times as much as usual.' },
    hash: 'b'.repeat(64),
  }
}

function scriptedActions(): MitigationAction[] {
  const common = { createdAt: sceneStartAt, changedAt: sceneStartAt, isSecretSet: false }
  return [
    {
      ...common,
      name: 'quarantine',
      parameters: { type: 'quarantine', releaseAfterMinutes: 1440 },
    },
    { ...common, name: 'release', parameters: { type: 'release' } },
    { ...common, name: 'ticket', parameters: { type: 'ticket' } },
  ]
}

function scriptedTask(): MitigationTask {
  return {
    taskId: 'task-1',
    taskStatus: 'FAILED',
    taskStartTime: sceneStartAt - hourMs,
    taskEndTime: sceneStartAt - hourMs + minuteMs,
    target: { violationIds: [violationId.parse(scriptedId(1))] },
    actions: ['quarantine', 'ticket'],
    by: 'J. Novak',
    reason: 'Two pumps at once.',
    taskStatistics: { actionsExecuted: 1, actionsSkipped: 1, actionsFailed: 1 },
  }
}

function scriptedExecution(): MitigationExecution {
  return {
    taskId: 'task-1',
    violationId: violationId.parse(scriptedId(1)),
    actionName: 'quarantine',
    deviceId: deviceIdSchema.parse('pump-07'),
    executionStartDate: sceneStartAt - hourMs,
    executionEndDate: sceneStartAt - hourMs + minuteMs,
    status: 'FAILED',
    errorCode: 'BROKER_UNREACHABLE',
    message: 'The broker does not answer.',
    isolationId: null,
  }
}
