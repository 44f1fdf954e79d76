import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { StationError } from '../../../contract/errors.ts'

/** How a Mosquitto is told to read its files again. */
export interface BrokerSignal {
  pidFile?: string | undefined
  systemdUnit?: string | undefined
}

/** The command that does the same. */
export function signalCommand({ pidFile, systemdUnit }: BrokerSignal): string {
  return systemdUnit ? `systemctl kill -s HUP ${systemdUnit}` : `kill -HUP $(cat ${pidFile})`
}

/** Throws BROKER_UNREACHABLE where the broker is not running, BROKER_REFUSED where Picket may not tell it. */
export async function tellBroker({ pidFile, systemdUnit }: BrokerSignal): Promise<void> {
  if (systemdUnit) return await tellUnit(systemdUnit)
  if (pidFile) return await tellProcess(pidFile)
  throw new StationError(
    'BROKER_REFUSED',
    'The broker cannot be told to read its files: the configuration names neither a pidFile nor a systemdUnit.',
  )
}

async function tellProcess(pidFile: string): Promise<void> {
  const pid = await readPid(pidFile)
  const program = await programOf(pid)
  if (program === null) throw notRunning(`no process ${pid}, which ${pidFile} names, is running`)
  // A number is used again once its process has ended.
  if (!program.startsWith('mosquitto')) {
    throw new StationError(
      'BROKER_REFUSED',
      `Process ${pid}, which ${pidFile} names, is ${program} and not Mosquitto, so it was not told anything. Correct pidFile in the configuration.`,
    )
  }
  try {
    process.kill(pid, 'SIGHUP')
  } catch (error) {
    if (codeOf(error) === 'ESRCH') throw notRunning(`process ${pid} has ended`)
    throw new StationError(
      'BROKER_REFUSED',
      `The files are written, but Picket may not signal process ${pid}, which would make Mosquitto read them. Run Picket as a user that may, or name the broker's systemdUnit.`,
    )
  }
}

async function readPid(pidFile: string): Promise<number> {
  const text = await readFile(pidFile, 'utf8').catch((error: unknown) => {
    throw notRunning(`${pidFile} cannot be read (${codeOf(error)})`)
  })
  const pid = Number(text)
  // Zero and negative numbers would mean whole groups of processes.
  if (Number.isInteger(pid) && pid > 1) return pid
  throw new StationError('BROKER_REFUSED', `${pidFile} does not hold the number of a process.`)
}

/** The name of a process; null where there is none. */
async function programOf(pid: number): Promise<string | null> {
  if (!existsSync('/proc/self')) return 'mosquitto, as far as can be known'
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => null)
  return name === null ? null : name.trim()
}

function tellUnit(unit: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('systemctl', ['kill', '-s', 'HUP', unit], (error, _output, words) => {
      if (!error) return resolve()
      const said = words.trim() || error.message
      const isRefusal = codeOf(error) === 'ENOENT' || /denied|authenticat/i.test(said)
      const refusal = `The files are written, but systemctl did not let Picket signal ${unit}, which would make Mosquitto read them (${said}). Run Picket as a user that may.`
      reject(isRefusal ? new StationError('BROKER_REFUSED', refusal) : notRunning(said))
    })
  })
}

function notRunning(why: string): StationError {
  return new StationError(
    'BROKER_UNREACHABLE',
    `Mosquitto could not be told to read its files again: ${why}. The files are written, and it reads them when it starts.`,
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
