import type { Isolation, IsolationState, ReleaseManner } from '../../contract/model/quarantine.ts'

export type BrokerState = Isolation['brokers'][number]['state']

/** How far an isolation has come. All that decides what is done next. */
export interface IsolationCourse {
  state: IsolationState
  /** One for each broker, in the order in which they are acted on. */
  brokers: readonly BrokerState[]
  /** How it is released; null: what others changed meanwhile is looked at first. */
  manner: ReleaseManner | null
  /** A broker refused: what was done is being undone. */
  isUndoing: boolean
}

/** What is to be done next. `broker`: its place in the course. */
export type Deed =
  { kind: 'isolate'; broker: number } | { kind: 'release'; broker: number } | { kind: 'inspect' }

/** What happened: the end of a deed, or what a person or the timer wants. */
export type News =
  | { kind: 'isolated'; broker: number }
  /** It will not be isolated there, ever. What was done so far, there too, is undone. */
  | { kind: 'refused'; broker: number }
  | { kind: 'released'; broker: number }
  | { kind: 'inspected'; isChanged: boolean }
  | { kind: 'release-wanted'; manner: ReleaseManner | null }

export function newCourse(brokers: number): IsolationCourse {
  const pending = Array.from({ length: brokers }, () => 'pending' as const)
  return { state: 'isolating', brokers: pending, manner: null, isUndoing: false }
}

/** Null: nothing is to be done before somebody wants something. Asked again after a crash, it says the same. */
export function nextDeed({ state, brokers, manner, isUndoing }: IsolationCourse): Deed | null {
  if (state === 'isolating' && !isUndoing)
    return { kind: 'isolate', broker: brokers.indexOf('pending') }
  if (state === 'releasing' && manner === null) return { kind: 'inspect' }
  if (state === 'isolating' || state === 'releasing') {
    return { kind: 'release', broker: brokers.findLastIndex(isTouched) }
  }
  return null
}

/** News that mean nothing in a state change nothing. */
export function stepIsolation(course: IsolationCourse, news: News): IsolationCourse {
  switch (news.kind) {
    case 'isolated':
      return isActing(course) ? afterIsolated(course, news.broker) : course
    case 'refused':
      return isActing(course) ? undone(course, news.broker) : course
    case 'released':
      return afterReleased(course, news.broker)
    case 'inspected':
      return afterInspected(course, news.isChanged)
    case 'release-wanted':
      return afterReleaseWanted(course, news.manner)
  }
}

function isActing({ state, isUndoing }: IsolationCourse): boolean {
  return state === 'isolating' && !isUndoing
}

/** Something may have been done there that is not undone yet. */
function isTouched(broker: BrokerState): boolean {
  return broker === 'pending' || broker === 'isolated'
}

function afterIsolated(course: IsolationCourse, broker: number): IsolationCourse {
  const brokers = course.brokers.with(broker, 'isolated')
  const isDone = brokers.every((state) => state === 'isolated')
  return { ...course, brokers, state: isDone ? 'isolated' : 'isolating' }
}

function undone(course: IsolationCourse, refusedAt: number): IsolationCourse {
  return { ...course, brokers: untouchedAs(course, 'failed', refusedAt), isUndoing: true }
}

/** Brokers are acted on in their order, so nothing was done at those after one that is not done yet. */
function untouchedAs({ brokers }: IsolationCourse, state: BrokerState, last: number) {
  return brokers.map((broker, index) => (index > last ? state : broker))
}

function afterReleased(course: IsolationCourse, broker: number): IsolationCourse {
  const isUndone = course.state === 'isolating' && course.isUndoing
  const mayRelease = course.state === 'releasing' && course.manner !== null
  if (!isUndone && !mayRelease) return course
  const brokers = course.brokers.with(broker, isUndone ? 'failed' : 'released')
  if (brokers.some(isTouched)) return { ...course, brokers }
  return { ...course, brokers, state: isUndone ? 'failed' : 'released' }
}

function afterInspected(course: IsolationCourse, isChanged: boolean): IsolationCourse {
  if (course.state === 'releasing' && course.manner === null) {
    return isChanged ? { ...course, state: 'changed' } : { ...course, manner: 'restore' }
  }
  if (course.state === 'changed' && !isChanged) return { ...course, state: 'isolated' }
  return course
}

function afterReleaseWanted(course: IsolationCourse, manner: ReleaseManner | null) {
  if (course.state === 'isolated' || course.state === 'changed') {
    return { ...course, state: 'releasing', manner } satisfies IsolationCourse
  }
  if (course.state === 'releasing') {
    return { ...course, manner: manner ?? course.manner } satisfies IsolationCourse
  }
  if (!isActing(course)) return course
  // It was never whole, so there is nothing to compare: just what was recorded comes back.
  const brokers = untouchedAs(course, 'released', course.brokers.indexOf('pending'))
  return { ...course, brokers, state: 'releasing', manner: 'restore' } satisfies IsolationCourse
}
