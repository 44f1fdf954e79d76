import { anyBrokerScene } from './any-broker-scene.ts'
import type { Captured } from './captured.ts'
import { embeddedScenes } from './embedded-scene.ts'
import { mosquittoLogScene } from './mosquitto-log-scene.ts'
import { emqxScene, mosquittoTopicsScene } from './stand-in-scenes.ts'

export interface SceneOptions {
  /** Of each load. */
  seconds: number
  /** Of the devices. */
  names: string[]
  captured: Captured
}

/** Each feeds the station, and a bare reader after it or beside it. */
export const scenes = [
  ...embeddedScenes,
  mosquittoLogScene,
  mosquittoTopicsScene,
  emqxScene,
  anyBrokerScene,
]
