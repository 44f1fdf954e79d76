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
  BACKUP_FAILED: 'The backup could not be written. The database itself is unharmed.',
  ENGINE_DOWN:
    'The detection engine is not running. It is restarted by itself; datapoints are kept and judged when it is back.',
  SETTINGS_INVALID: 'The configuration file has an error. The station did not start.',
  PORT_TAKEN: 'The address is in use by another program. Choose another port in the configuration.',
  STATION_UNREACHABLE: 'No station runs on this data folder. Start one with `picket serve`.',
  SIGN_IN_NEEDED: 'This page is not signed in. Open the link that `picket open` prints.',
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
