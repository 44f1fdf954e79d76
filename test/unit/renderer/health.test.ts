import { expect, test } from 'vitest'
import { headerFacts } from '../../../src/renderer/words/header.ts'
import { isStale, quietWords, troublesOf } from '../../../src/renderer/words/health.ts'
import { sceneStartAt } from '../../support/scripted-fleet.ts'
import * as scenes from '../../support/scripted-scenes.ts'

const now = sceneStartAt
const titleOf = (scene: scenes.Scene) => quietWords(scene.status, now).title

test('quiet is claimed only while everything is watched', () => {
  expect(quietWords(scenes.quietScene().status, now).isQuiet).toBe(true)
  expect(titleOf(scenes.sourceLostScene())).toBe('No alarms, but not everything is watched')
  expect(titleOf(scenes.engineDownScene())).toBe('No alarms, but not everything is watched')
  expect(titleOf(scenes.storeScene('full'))).toBe('No alarms, but not everything is watched')
  expect(titleOf(scenes.learningScene())).toBe('Still learning what is normal')
  expect(titleOf(scenes.emptyScene())).toBe('Waiting for the first report')
  expect(titleOf(scenes.importingScene())).toBe('History is being read in')
})

test('data later than three slots are not health, though nothing else is wrong', () => {
  const { status } = scenes.quietScene()
  const late = now + 20 * 60_000
  expect(isStale(status, now)).toBe(false)
  expect(isStale(status, late)).toBe(true)
  expect(quietWords(status, late).isQuiet).toBeUndefined()
})

test('troubles come with the store first', () => {
  const { status } = scenes.sourceLostScene()
  const { store } = scenes.storeScene('corrupt').status
  expect(troublesOf({ ...status, store }).map(({ id }) => id)).toEqual([
    'store-corrupt',
    'source-site-broker',
  ])
  expect(troublesOf(scenes.busyScene().status)).toEqual([])
})

test('the header counts the age of data from the end of their slot', () => {
  const [data, devices] = headerFacts(scenes.busyScene().status, now)
  expect(data).toEqual({ name: 'Last datapoint', value: '2 min ago', isTrouble: false })
  expect(devices?.value).toBe('23 of 24')
})

test('the header shows how far learning and reading history are', () => {
  const learning = headerFacts(scenes.learningScene().status, now).at(-1)
  expect(learning).toMatchObject({ name: 'Learning', value: '43 % of the data', progress: 0.43 })
  const importing = headerFacts(scenes.importingScene().status, now).at(-1)
  expect(importing).toMatchObject({ name: 'Reading history', value: '61 %, 19 s left' })
})
