/** Every error a call may answer with, and what it says when nothing more precise is known. */
export const errorSentences = {
  INPUT_INVALID:
    'The request is not well formed. Nothing was changed. Correct it and send it again.',
  DEVICE_UNKNOWN: 'No device of this name has reported to this station. Check the spelling.',
  METRIC_UNKNOWN: 'This device has never reported this metric. `picket devices` lists what it has.',
  ALARM_UNKNOWN: 'No alarm has this id. It may have been older than the retention time.',
  SOURCE_UNKNOWN: 'No source has this id. It may have been removed meanwhile.',
  SOURCE_FIXED:
    'This source stands in the configuration file. Change it there and start Picket again.',
  SOURCE_EXISTS: 'A source with this id is there already. Choose another id.',
  SECRET_NEEDED:
    'The address or what is trusted there changed, so the password and key that are kept are not sent to it. Enter them again.',
  SECRETS_UNAVAILABLE:
    'Passwords and keys cannot be read or kept. Correct the permissions of the data folder.',
  STORE_UNAVAILABLE:
    'The station cannot use its database, so there is nothing to show. See the system status for the reason.',
  STORE_FULL:
    'The disk is full. New reports are refused until there is room; stored data are safe.',
  STORE_NEWER:
    'The database was written by a newer version of Picket. It was left untouched. Start that version, or use another data folder.',
  STORE_CORRUPT:
    'The database file is damaged. It was left as it is. Restore a backup, or use another data folder.',
  STORE_READ_ONLY:
    'The data folder cannot be written to, so nothing would be kept. Correct its permissions, or use another.',
  DATA_FOLDER_HELD: 'Another station uses this data folder. Stop that one, or use another folder.',
  QUARANTINE_UNKNOWN: 'No isolation has this id. `picket quarantine list` shows all.',
  QUARANTINE_FORBIDDEN: 'This device must not be isolated. Nothing was changed.',
  QUARANTINE_EXISTS: 'This device is isolated already. Release it first, or change its timer.',
  QUARANTINE_PLAN_CHANGED:
    'What would be done is not what was shown any more. Nothing was changed. Look at the new dry run.',
  CONFIRMATION_WRONG:
    'The name that was typed is not the name of the device. Nothing was changed. Type it exactly.',
  APPROVAL_NEEDED:
    'This device is safety-critical: a second person must agree with a PIN. Nothing was changed.',
  APPROVAL_WRONG: 'The name and PIN of the second person do not fit. Nothing was changed.',
  BROKER_UNREACHABLE:
    'The broker does not answer, so nothing is known to have changed. It is tried again by itself.',
  BROKER_REFUSED: 'The broker refused. See what it said, and which rights Picket has there.',
  BROKER_CHANGED:
    'The broker is not as the isolation left it. Nothing was changed. Choose how to release the device.',
  ACTION_UNKNOWN: 'No mitigation action has this name. See the list of actions.',
  ACTION_EXISTS: 'A mitigation action with this name is there already. Choose another name.',
  TASK_UNKNOWN: 'No task has this id.',
  TASK_EXISTS: 'A task with this id is there already. Choose another id.',
  TASK_LIMIT: 'Five tasks are running already. Wait until one has ended, or cancel one.',
  NOTIFICATION_UNSENT:
    'The target of the notification does not answer. It was tried several times; nobody was told.',
  NOTIFICATION_REFUSED: 'The target refused the notification. See what it said.',
  BACKUP_FAILED: 'The backup could not be written. The database itself is unharmed.',
  ENGINE_DOWN:
    'The detection engine is not running. It is restarted by itself; datapoints are kept and judged when it is back.',
  SETTINGS_INVALID: 'The configuration file has an error. The station did not start.',
  PORT_TAKEN: 'The address is in use by another program. Choose another port in the configuration.',
  STATION_UNREACHABLE: 'No station runs on this data folder. Start one with `picket serve`.',
  SIGN_IN_NEEDED: 'This page is not signed in. Open the link that `picket open` prints.',
  LISTEN_ONLY:
    'Picket is set to listen only, so it sends nothing to any broker and this was not done. Turn listen-only off in the settings first.',
  HOST_MISSING: 'This host of Picket does not offer that.',
  HOST_REFUSED: 'The operating system did not let Picket do that.',
  INTERNAL: 'Something failed inside the station. It goes on watching. The log has the details.',
} as const

export type ErrorCode = keyof typeof errorSentences

/** An error with a code from the closed list and a sentence a person can act on. */
export class StationError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, detail?: string) {
    super(detail ?? errorSentences[code])
    this.name = 'StationError'
    this.code = code
  }
}
