import type { ProbeAdvice } from '../../contract/model/source.ts'

/** Lines of `acl_file` that let Picket read. `username`: its login, or null for a client without one. */
export function mosquittoAccess(
  username: string | null,
  filters: readonly string[],
  answers: readonly string[] = [],
): ProbeAdvice {
  const rules = [
    username === null
      ? '# For clients without a login: above the first `user` line.'
      : `user ${username}`,
    ...filters.map((filter) => `topic read ${filter}`),
    ...answers.map((filter) => `topic write ${filter}`),
  ]
  return {
    title: 'Lines for the file of acl_file',
    sentence:
      'Add these, then have Mosquitto read them: `systemctl reload mosquitto`. A Mosquitto with an access list grants every subscription and keeps silent about what may not be read.',
    text: rules.join('\n'),
  }
}

/** Lines of mosquitto.conf that have it publish its log. */
export const publishedLog: ProbeAdvice = {
  title: 'Lines for mosquitto.conf',
  sentence:
    'Add these and restart Mosquitto. Any log_dest replaces the usual one: keep the lines that are there.',
  text: [
    'log_dest topic',
    'log_type error',
    'log_type warning',
    'log_type notice',
    'log_type information',
    'connection_messages true',
  ].join('\n'),
}

/** Lines of mosquitto.conf that have everything in a log file. */
export function wholeLog(file: string | null): ProbeAdvice {
  return {
    title: 'Lines for mosquitto.conf',
    sentence:
      'Add these and restart Mosquitto. Messages and denials stand in the log only with `log_type all`, which has about 200 bytes a message: let logrotate keep it small.',
    text: [
      file === null ? 'log_dest stderr' : `log_dest file ${file}`,
      'log_type all',
      'connection_messages true',
    ].join('\n'),
  }
}

/** Lets this user read the log, and the one that takes its place after a rotation. */
export function readableLog({ file, user }: { file: string; user: string }): ProbeAdvice {
  const folder = file.replace(/\/[^/]*$/, '') || '/'
  return {
    title: 'Commands for the machine of the log, as root',
    sentence:
      'Mosquitto makes its log readable for itself alone. These let Picket read it too; the second holds for the file that follows after a rotation.',
    text: [
      `setfacl -m u:${user}:r ${quoted(file)}`,
      `setfacl -d -m u:${user}:r ${quoted(folder)}`,
      `setfacl -m u:${user}:x ${quoted(folder)}`,
    ].join('\n'),
  }
}

/** Lets this user read the journal. */
export function readableJournal(user: string): ProbeAdvice {
  return {
    title: 'Command for this machine, as root',
    sentence: 'It lets Picket read the journal, after it was started anew.',
    text: `usermod -a -G systemd-journal ${user}`,
  }
}

/** For a shell: nothing in a path may be taken for more than a path. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
