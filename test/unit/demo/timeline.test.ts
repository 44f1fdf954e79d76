import { describe, expect, test } from 'vitest'
import { slotMs, slotStartAt } from '../../../src/contract/model/time.ts'
import { planSlot } from '../../../src/demo/behavior.ts'
import { type SimulatedDevice, createFleet } from '../../../src/demo/fleet.ts'
import { type Action, slotActions } from '../../../src/demo/timeline.ts'

const fleet = createFleet({ seed: 11, devices: 24 })
const slots = Array.from({ length: 200 }, (_, place) => 5_700_000 + place)

describe('the actions of a slot', () => {
  test('come in order and lie between 15 % and 85 % of it', () => {
    for (const slot of slots) {
      const phases = slotActions(fleet, slot).map((action) => phaseIn(slot, action))
      expect(phases.toSorted((first, second) => first - second)).toEqual(phases)
      expect(phases[0]).toBeGreaterThanOrEqual(0.15)
      expect(phases.at(-1)).toBeLessThanOrEqual(0.85)
    }
  })

  test('leave an interrupted device a fifth of the slot to come back', () => {
    const interrupted = placesWhere(
      (device, slot) =>
        planSlot(device, slot).reconnects + planSlot(device, slot).deniedPublishes > 0,
    )
    expect(interrupted.length).toBeGreaterThan(5)
    for (const { device, slot } of interrupted) {
      const [first, second] = actionsTouching(device, slot).map((action) => phaseIn(slot, action))
      expect(Number(second) - Number(first)).toBeGreaterThan(0.2)
    }
  })

  test('carry payloads of exactly the planned sizes, telemetry last', () => {
    for (const { device, slot } of placesWhere((_, each) => each % 20 === 0)) {
      const sent = actionsTouching(device, slot).filter(({ clientId }) => clientId === device.id)
      const telemetry = sent.filter((action) => topicOf(action) === `site/${device.id}/telemetry`)
      expect(telemetry.map(sizeOf)).toEqual(planSlot(device, slot).telemetrySizes)
      expect(sent.at(-1)).toBe(telemetry.at(-1))
      for (const action of telemetry) expect(() => JSON.parse(payloadOf(action))).not.toThrow()
    }
  })

  test('include every command, sent by the site controller', () => {
    for (const { device, slot } of placesWhere((_, each) => each % 20 === 0)) {
      const commands = slotActions(fleet, slot).filter(
        (action) => topicOf(action) === `site/${device.id}/commands`,
      )
      expect(commands.map(sizeOf)).toEqual(planSlot(device, slot).commandSizes)
      expect(commands.every((action) => action.clientId === 'site-controller')).toBe(true)
    }
  })

  test('ask for an answer to each report exactly from devices with short tags', () => {
    const reports = slotActions(fleet, slots[0] ?? 0).filter((action) =>
      topicOf(action).startsWith('$aws/'),
    )
    const waiting = reports.filter(({ act }) => act.kind === 'publish' && act.qos === 1)
    const short = fleet.filter((device) => device.reportFormat.endsWith('-short'))
    expect(reports).toHaveLength(fleet.length)
    expect(waiting.map((action) => action.clientId).toSorted()).toEqual(
      short.map((device) => device.id).toSorted(),
    )
  })
})

function placesWhere(isWanted: (device: SimulatedDevice, slot: number) => boolean) {
  const places = slots.flatMap((slot) => fleet.map((device) => ({ device, slot })))
  return places.filter(({ device, slot }) => isWanted(device, slot))
}

/** What the device does and the commands it is sent. */
function actionsTouching(device: SimulatedDevice, slot: number): Action[] {
  return slotActions(fleet, slot).filter(
    (action) => action.clientId === device.id || topicOf(action) === `site/${device.id}/commands`,
  )
}

function phaseIn(slot: number, action: Action): number {
  return (action.at - slotStartAt(slot)) / slotMs
}

function topicOf({ act }: Action): string {
  return act.kind === 'publish' ? act.topic : ''
}

function payloadOf({ act }: Action): string {
  return act.kind === 'publish' ? Buffer.from(act.payload).toString() : ''
}

function sizeOf(action: Action): number {
  return payloadOf(action).length
}
