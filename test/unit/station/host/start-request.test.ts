import { describe, expect, test } from 'vitest'
import { alarmOfLink, readArguments } from '../../../../src/station/host/start-request.ts'

const id = '0123456789abcdef0123456789abcdef'

describe('the arguments of a start', () => {
  test('say to stay hidden, which settings, and which alarm', () => {
    const argv = ['picket', '--hidden', '--config', 'site.yaml', `picket://alarm/${id}`]
    expect(readArguments(argv)).toEqual({ isHidden: true, config: 'site.yaml', alarmId: id })
  })

  test("pass over Chromium's own and whatever else stands there", () => {
    const argv = ['electron', '.', '--no-sandbox', '--password-store=basic', '-x', 'y', '--']
    expect(readArguments(argv)).toEqual({ isHidden: false, config: null, alarmId: null })
  })

  test.each([
    [`picket://alarm/${id}`, id],
    [`picket://alarm/${id}/`, id],
    [`picket://alarm/${id}?x=1`, null],
    [`picket://alarm/${id}/..`, null],
    [`picket://alarm/${id.toUpperCase()}`, null],
    [`picket://alarm/${id}0`, null],
    [`picket://device/${id}`, null],
    [`PICKET://alarm/${id}`, null],
    [`https://alarm/${id}`, null],
    [`picket://alarm/${id}\n`, null],
    ['picket://alarm/', null],
  ])('read a link strictly: %j', (link, alarmId) => {
    expect(alarmOfLink(link)).toBe(alarmId)
  })
})
