import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseBlock } from '../../../../src/station/mitigation/mosquitto-dynamic-security/block.ts'
import { inspected } from '../../../../src/station/mitigation/mosquitto-dynamic-security/inspection.ts'
import {
  blocked,
  stepsToIsolate,
} from '../../../../src/station/mitigation/mosquitto-dynamic-security/isolation-steps.ts'
import type {
  PluginClient,
  PluginState,
} from '../../../../src/station/mitigation/mosquitto-dynamic-security/plugin-state.ts'
import {
  recordOf,
  type DynamicSecurityRecord,
} from '../../../../src/station/mitigation/mosquitto-dynamic-security/record.ts'
import { stepsToRelease } from '../../../../src/station/mitigation/mosquitto-dynamic-security/release-steps.ts'
import type { Step } from '../../../../src/station/mitigation/mosquitto-dynamic-security/steps.ts'
import { carriedOut, insertedInOrder } from './plugin-stand-in.ts'

const largest = 2 ** 31 - 1

const priority = fc.oneof(
  fc.integer({ min: -3, max: 1_200 }),
  fc.constantFrom(-largest - 1, -1_000_000_001, 1_000_000_000, largest - 1, largest),
)

const roles = ['device', 'gateway', 'zone']

const heldRoles = fc
  .uniqueArray(fc.record({ rolename: fc.constantFrom(...roles), priority }), {
    selector: ({ rolename }) => rolename,
  })
  // As after a start of the broker: in the order of its file, which is that of the table.
  .map((held) =>
    held.reduce<typeof held>((table, role) => insertedInOrder(table, role, 'rolename'), []),
  )
  .filter((held) => isSettled(held))

const client = (username: string): fc.Arbitrary<PluginClient> =>
  fc.record({
    username: fc.constant(username),
    clientid: fc.constant(''),
    textname: fc.constant(''),
    textdescription: fc.constantFrom('', 'a pump'),
    disabled: fc.boolean(),
    roles: heldRoles,
    groups: fc.constantFrom([], [{ groupname: 'devices', priority: 5_000 }]),
  })

const state: fc.Arbitrary<PluginState> = fc
  .tuple(client('pump-1'), client('pump-2'), fc.constantFrom('site/#', '$plant/#', '$plant/x'))
  .map(([...[one, two, topic]]) => {
    const clients = [one, two]
    const members = clients.filter(({ groups }) => groups.length > 0)
    const acls = [{ acltype: 'publishClientSend', topic, priority: 0, allow: true }]
    return {
      clients,
      roles: roles.map((rolename) => ({ rolename, textdescription: '', acls })),
      groups: [
        {
          groupname: 'devices',
          textdescription: '',
          roles: [{ rolename: 'device', priority: -1 }],
          clients: members.map(({ username }) => ({ username })),
        },
      ],
    }
  })

describe('an isolation by Dynamic Security, whatever roles and priorities there are', () => {
  test('puts the block first, and leaves all as it was', () => {
    fc.assert(
      fc.property(state, (before) => {
        const record = recordFor(before, ['pump-1'])
        const during = allDone(before, stepsToIsolate(before, record))
        expect(stepsToIsolate(during, record)).toEqual([])
        expect(during.clients[0]?.roles[0]?.rolename).toBe(record.block.name)
        expect(inspected(during, record)).toMatchObject({
          isInForce: true,
          isAsBefore: false,
          differences: [],
        })
        const after = allDone(during, stepsToRelease(during, record, 'restore'))
        expect(after).toEqual(before)
        expect(inspected(after, record)).toMatchObject({
          isInForce: false,
          isAsBefore: true,
          differences: [],
        })
      }),
    )
  })

  test('is finished or undone from every point that it was left at', () => {
    fc.assert(
      fc.property(state, fc.constantFrom('restore', 'lift'), (before, manner) => {
        const record = recordFor(before, ['pump-1', 'pump-2'])
        const steps = stepsToIsolate(before, record)
        const during = allDone(before, steps)
        for (let done = 0; done <= steps.length; done += 1) {
          const left = allDone(before, steps.slice(0, done))
          expect(inspected(left, record).differences).toEqual([])
          expect(allDone(left, stepsToIsolate(left, record))).toEqual(during)
          expect(allDone(left, stepsToRelease(left, record, manner))).toEqual(before)
        }
        const undo = stepsToRelease(during, record, manner)
        for (let done = 0; done <= undo.length; done += 1) {
          const left = allDone(during, undo.slice(0, done))
          expect(allDone(left, stepsToRelease(left, record, manner))).toEqual(before)
        }
      }),
    )
  })

  test('of two devices leaves the other alone, whichever is released first', () => {
    fc.assert(
      fc.property(state, fc.boolean(), (before, isFirstFirst) => {
        const one = recordFor(before, ['pump-1'])
        const withOne = allDone(before, stepsToIsolate(before, one))
        const two = recordFor(withOne, ['pump-2'])
        const withBoth = allDone(withOne, stepsToIsolate(withOne, two))
        const [first, second] = isFirstFirst ? [one, two] : [two, one]
        const withSecond = allDone(withBoth, stepsToRelease(withBoth, first, 'restore'))
        expect(inspected(withSecond, second)).toMatchObject({ isInForce: true, differences: [] })
        expect(inspected(withSecond, first)).toMatchObject({ isAsBefore: true })
        expect(allDone(withSecond, stepsToRelease(withSecond, second, 'restore'))).toEqual(before)
      }),
    )
  })

  test('is foretold as it comes out', () => {
    fc.assert(
      fc.property(state, (before) => {
        const record = recordFor(before, ['pump-1'])
        const steps = stepsToIsolate(before, record)
        const foretold = stepsToRelease(blocked(before, record), record, 'restore')
        expect(foretold).toEqual(stepsToRelease(allDone(before, steps), record, 'restore'))
      }),
    )
  })
})

function recordFor(before: PluginState, names: readonly string[]): DynamicSecurityRecord {
  const clients = before.clients.filter(({ username }) => names.includes(username))
  return recordOf(chooseBlock(before), clients)
}

function allDone(state: PluginState, steps: readonly Step[]): PluginState {
  return steps.reduce((now, { command }) => carriedOut(now, command), state)
}

/** Taking any role out and putting it in again gives the same table: not so where priorities overflow both ways. */
function isSettled(held: readonly { rolename: string; priority: number }[]): boolean {
  return held.every((role) => {
    const without = held.filter((each) => each !== role)
    const again = insertedInOrder(without, role, 'rolename')
    return again.every((each, index) => each === held[index])
  })
}
