import type { RejectionReason } from '../contract/model/status.ts'

/** An input from outside that cannot be taken. It is counted by reason, answered and shown, never thrown on. */
export class Refusal extends Error {
  readonly reason: RejectionReason

  constructor(reason: RejectionReason, detail: string) {
    super(detail)
    this.name = 'Refusal'
    this.reason = reason
  }
}
