import type { DeviceId } from '../../contract/model/device.ts'

/** A client id, with the device it was found to be the last time it connected. */
export interface Session {
  clientId: string
  deviceId: DeviceId
  /** Where it connected from. */
  address: string | null
  /** The user name, or the name of the certificate, that it connected with; null: none, or not seen. */
  username: string | null
  /** It is there, as far as the source has seen. False: remembered only. */
  isOpen: boolean
}

/** What a restart takes up again. */
export type RememberedSession = Pick<Session, 'clientId' | 'deviceId' | 'address' | 'username'>

/** One device with several addresses or client ids at the same time. */
export interface DoubleIdentity {
  /** How often it was so. */
  times: number
  lastAt: number
  addresses: string[]
  clientIds: string[]
}

/** Sessions of one device that are looked at and shown. */
const shownNames = 4

export interface Sessions {
  byClient: Map<string, Session>
  openOf: Map<DeviceId, Set<Session>>
  /** The device of an address; null where there are several. */
  deviceAt: Map<string, DeviceId | null>
  doubles: Map<DeviceId, DoubleIdentity>
  /** Client ids whose memory changed since the last save. */
  changed: Set<string>
  most: number
}

/** No sessions yet. `most`: client ids, addresses and doubles remembered, whatever names are thrown at it. */
export function createSessions(most: number): Sessions {
  return {
    byClient: new Map(),
    openOf: new Map(),
    deviceAt: new Map(),
    doubles: new Map(),
    changed: new Set(),
    most,
  }
}

/** Takes up what an earlier run knew. Whether those sessions still live has to show. */
export function restoreSession(sessions: Sessions, remembered: RememberedSession): void {
  remember(sessions, { ...remembered, isOpen: false })
  noteAddress(sessions, remembered)
  sessions.changed.delete(remembered.clientId)
}

/** Opens a session. Returns those that ended by it: of the same client id, or the oldest where there are too many. */
export function openSession(
  sessions: Sessions,
  opened: RememberedSession,
  at: number,
): readonly Session[] {
  const former = sessions.byClient.get(opened.clientId)
  const ended = former?.isOpen ? [former] : []
  for (const each of ended) closeSession(sessions, each)
  const session: Session = { ...opened, isOpen: true }
  const forgotten = remember(sessions, session)
  noteAddress(sessions, opened)
  noteDouble(sessions, session, at)
  const open = sessions.openOf.get(opened.deviceId) ?? new Set()
  sessions.openOf.set(opened.deviceId, open.add(session))
  return [...ended, ...forgotten]
}

/** A remembered session showed that it lives. */
export function reopenSession(sessions: Sessions, session: Session): void {
  session.isOpen = true
  const open = sessions.openOf.get(session.deviceId) ?? new Set()
  sessions.openOf.set(session.deviceId, open.add(session))
}

export function closeSession(sessions: Sessions, session: Session): void {
  session.isOpen = false
  const open = sessions.openOf.get(session.deviceId)
  open?.delete(session)
  if (open?.size === 0) sessions.openOf.delete(session.deviceId)
}

/** Nobody is known to be there any more; who was remembered is still. */
export function closeAllSessions(sessions: Sessions): void {
  for (const session of sessions.byClient.values()) session.isOpen = false
  sessions.openOf.clear()
}

/** The newest is last in the map; where there are too many, an old one gives way. Returns it if it was open. */
function remember(sessions: Sessions, session: Session): Session[] {
  const { byClient, changed, most } = sessions
  const known = byClient.get(session.clientId)
  byClient.delete(session.clientId)
  byClient.set(session.clientId, session)
  const isNews =
    known?.deviceId !== session.deviceId ||
    known.address !== session.address ||
    known.username !== session.username
  if (isNews) changed.add(session.clientId)
  return byClient.size > most ? forgetOld(sessions) : []
}

/** Old sessions that are looked at to find one that is not open. */
const lookedAt = 32

function forgetOld(sessions: Sessions): Session[] {
  const oldest = take(sessions.byClient.values(), lookedAt)
  const session = oldest.find(({ isOpen }) => !isOpen) ?? oldest[0]
  if (!session) return []
  const wasOpen = session.isOpen
  if (wasOpen) closeSession(sessions, session)
  sessions.byClient.delete(session.clientId)
  sessions.changed.add(session.clientId)
  return wasOpen ? [session] : []
}

function take<Item>(items: Iterable<Item>, most: number): Item[] {
  const taken: Item[] = []
  for (const item of items) {
    if (taken.length >= most) break
    taken.push(item)
  }
  return taken
}

function noteAddress({ deviceAt, most }: Sessions, { address, deviceId }: RememberedSession): void {
  if (address === null) return
  const known = deviceAt.get(address)
  if (known === undefined && deviceAt.size >= most) return
  deviceAt.set(address, known === undefined || known === deviceId ? deviceId : null)
}

function noteDouble({ openOf, doubles, most }: Sessions, session: Session, at: number): void {
  const others = take(openOf.get(session.deviceId) ?? [], shownNames - 1)
  if (others.length === 0) return
  const known = doubles.get(session.deviceId)
  if (!known && doubles.size >= most) return
  const together = [...others, session]
  const addresses = together.flatMap(({ address }) => (address === null ? [] : [address]))
  doubles.set(session.deviceId, {
    times: (known?.times ?? 0) + 1,
    lastAt: at,
    addresses: [...new Set(addresses)],
    clientIds: [...new Set(together.map(({ clientId }) => clientId))],
  })
}
