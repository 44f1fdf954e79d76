import { Notification } from 'electron'
import { StationError } from '../contract/errors.ts'
import type { Alarm } from '../contract/model/alarm.ts'
import {
  createDeskNotifications,
  quarantineNotice,
  type DeskNotice,
  type NotificationRules,
} from '../station/notify/desk-notifications.ts'
import type { Clock, Notifications, Notifier, QuarantineNotice } from '../station/ports.ts'

interface NotifierOptions {
  clock: Clock
  rules: () => NotificationRules
  /** A person clicked on one that leads to this place of the page. */
  open: (place: string) => void
}

/** How often what waits is looked at. Real milliseconds. */
const lookEveryMs = 500

/** Notifications that are held on to: one that is not held is collected, and its click is lost. */
const mostHeld = 50

/** Shows what `desk-notifications.ts` decides. */
export class DesktopNotifier implements Notifications, Notifier {
  readonly #options: NotifierOptions
  readonly #decide = createDeskNotifications()
  readonly #held: Notification[] = []
  #isLooking = false

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  alarmChanged(alarm: Alarm): void {
    this.#decide.take(alarm, this.#options.clock.now())
    this.#lookLater()
  }

  quarantineChanged(change: QuarantineNotice): void {
    const { clock, rules } = this.#options
    const notice = quarantineNotice(change, clock.now(), rules())
    if (notice) this.#show(notice)
  }

  describe(): string {
    return 'Alarms are shown as notifications of this desktop: several at once as one, and the worst ones stay until they are closed.'
  }

  async test(): Promise<string> {
    if (!Notification.isSupported()) {
      throw new StationError('HOST_REFUSED', 'This desktop shows no notifications.')
    }
    const title = 'Picket: a test'
    const body = 'This is how an alarm is told. Nothing has happened.'
    this.#show({ id: 'test', title, body, urgency: 'normal', place: '' })
    return 'A notification “Picket: a test” was given to this desktop. Where none is seen, look at the desktop’s own settings for notifications.'
  }

  #lookLater(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    const { clock, rules } = this.#options
    clock.after(lookEveryMs * clock.speed, () => {
      this.#isLooking = false
      const notice = this.#decide.due(clock.now(), rules())
      if (notice) this.#show(notice)
      if (this.#decide.isWaiting()) this.#lookLater()
    })
  }

  #show({ id, title, body, urgency, place }: DeskNotice): void {
    const timeoutType = urgency === 'critical' ? 'never' : 'default'
    const notification = new Notification({
      id,
      groupId: 'alarms',
      title,
      body,
      urgency,
      timeoutType,
    })
    notification.on('click', () => this.#options.open(place))
    this.#held.push(notification)
    if (this.#held.length > mostHeld) this.#held.shift()
    notification.show()
  }
}
