import type { Alarm } from '../../src/contract/model/alarm.ts'
import { allMetricsTogether, asMetricId } from '../../src/contract/model/aws-metrics.ts'
import { deviceId } from '../../src/contract/model/device.ts'
import type { ComponentEvidence, Explanation } from '../../src/contract/model/explanation.ts'
import { slotMs } from '../../src/contract/model/time.ts'
import { hourMs, sceneStartAt, scriptedAlarm, scriptedComponent, slotAt } from './scripted-fleet.ts'

const lastSlotAt = slotAt(sceneStartAt) - slotMs

/** Why four hours of 214 kB are strange: what lasts, and each slot for itself. */
export function lastingReasons(): Explanation {
  return {
    components: [
      scriptedComponent({
        component: 'shift',
        spanMs: 8 * hourMs,
        head: 'slow',
        share: 0.64,
        observed: 121_000,
        expected: { low: 31_000, high: 58_000 },
      }),
      scriptedComponent({
        component: 'low',
        spanMs: 4 * hourMs,
        head: 'slow',
        share: 0.36,
        observed: 196_000,
        expected: { low: null, high: 52_000 },
      }),
    ],
    usual: { device: 96_000, fleet: 44_000 },
    coFiring: [{ metricId: asMetricId('aws:all-packets-out'), at: lastSlotAt, odds: 7_200 }],
    counterfactual: null,
    isProvisional: false,
  }
}

/** Evidence of a part that the page does not know, with a name made to deceive. */
export function hostileComponent(): ComponentEvidence {
  return scriptedComponent({
    component: '<b>zigzag</b>\u202e',
    spanMs: 2 * hourMs,
    expected: { low: null, high: null },
  })
}

/** A value in its range after hours of it, all metrics together, a shift, a relation, and an unknown part. */
export function reasonAlarms(): Alarm[] {
  return [lastingAlarm(), togetherAlarm(), shiftAlarm(), relationAlarm(), unknownAlarm()]
}

function lastingAlarm(): Alarm {
  const components = [
    scriptedComponent({
      component: 'shift',
      spanMs: 8 * hourMs,
      head: 'slow',
      share: 0.71,
      observed: 52.4,
      expected: { low: 28, high: 46 },
    }),
    scriptedComponent({
      component: 'low',
      spanMs: 4 * hourMs,
      head: 'slow',
      share: 0.29,
      observed: 49,
      expected: { low: null, high: 43 },
    }),
  ]
  return scriptedAlarm(60, {
    deviceId: deviceId.parse('pump-09'),
    value: 54,
    severity: 'high',
    odds: 1_400_000,
    explanation: { ...lastingReasons(), components, usual: { device: 38, fleet: 41 } },
  })
}

function togetherAlarm(): Alarm {
  const strange = [
    ['aws:all-bytes-out', 1_900],
    ['aws:num-messages-sent', 640],
    ['aws:num-disconnects', 210],
    ['aws:num-connection-attempts', 85],
  ] as const
  return scriptedAlarm(61, {
    deviceId: deviceId.parse('pump-12'),
    behaviorName: 'all-metrics',
    metricId: allMetricsTogether.id,
    value: 6.3,
    expected: { low: null, high: 6 },
    odds: 10 ** 6.3,
    violations: 2,
    startedAt: lastSlotAt - slotMs,
    explanation: {
      components: [],
      usual: null,
      coFiring: strange.map(([name, odds]) => ({
        metricId: asMetricId(name),
        at: lastSlotAt,
        odds,
      })),
      counterfactual: null,
      isProvisional: false,
    },
  })
}

function shiftAlarm(): Alarm {
  const at = sceneStartAt - 5 * hourMs
  return {
    ...scriptedAlarm(62, { deviceId: deviceId.parse('pump-16'), kind: 'baseline-shift' }),
    confidence: null,
    severity: 'medium',
    startedAt: at,
    lastViolationAt: at,
    value: 118,
    expected: { low: 40, high: 40 },
    odds: null,
    explanation: null,
    violations: 1,
  }
}

function relationAlarm(): Alarm {
  const component = { spanMs: 4 * hourMs, head: 'slow', expected: { low: 36, high: 44 } } as const
  return scriptedAlarm(63, {
    deviceId: deviceId.parse('pump-21'),
    value: 55,
    severity: 'low',
    confidence: 'LOW',
    odds: 21_000,
    explanation: {
      components: [
        scriptedComponent({ ...component, component: 'joint shift', share: 0.8, observed: 53 }),
        scriptedComponent({ component: 'joint value', share: 0.2, observed: 55 }),
      ],
      usual: { device: 18, fleet: 41 },
      coFiring: [],
      counterfactual: { low: null, high: 47 },
      isProvisional: true,
    },
  })
}

function unknownAlarm(): Alarm {
  const components = [{ ...hostileComponent(), component: 'zigzag-2h', share: 1 }]
  return scriptedAlarm(64, {
    deviceId: deviceId.parse('pump-22'),
    severity: 'low',
    explanation: { ...lastingReasons(), components, usual: null, coFiring: [] },
  })
}
