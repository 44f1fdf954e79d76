import type { RejectionReason } from '../../contract/model/status.ts'

/** Why an input was refused, for people. */
export const rejectionWords = {
  malformed: 'Not a report: the bytes could not be read',
  'wrong-type': 'A value had the wrong type',
  oversized: 'Larger than a report may be',
  duplicate: 'The same report came twice',
  'too-frequent': 'More than the device may send in one slot',
  spoofed: 'Sent under the name of another device',
  'bad-device-name': 'The device name is not usable',
  'bad-metric-name': 'A metric name is not usable',
  'too-many-devices': 'The station watches as many devices as it may',
  'too-many-metrics': 'The device has as many metrics as it may',
  'too-late': 'Came after its slot was judged',
  'ahead-of-clock': 'Dated later than the station’s clock',
  'store-unavailable': 'The store could not take it',
  overload: 'More arrived than the station could take',
  'unsupported-protocol': 'A version of MQTT that the broker does not speak',
} satisfies Record<RejectionReason, string>
