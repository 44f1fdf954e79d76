import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machineFacts } from './ingest/machine.ts'
import { loadAsd, type AsdServer } from './scoring/asd-servers.ts'
import { detectFile, numberIn, readTable, writtenTime } from './scoring/detect-file.ts'
import { inParallel } from './scoring/in-parallel.ts'
import { averagePrecision } from './scoring/precision-recall.ts'
import {
  effortOf,
  machineLine,
  markdownTable,
  mean,
  timeLine,
  type Effort,
} from './scoring/report.ts'
import { filesAtOnce, inWorkplace, readOptions, tell, type Workplace } from './scoring/stage.ts'
import { linesOf } from './scoring/text-file.ts'
import { exactVusPr, vusPr } from './scoring/vus-pr.ts'

const floor = { vusPr: 0.7, aucPr: 0.52 }
const aim = { vusPr: 0.8, aucPr: 0.65 }
const failed = 1

interface Measured {
  vusPr: number
  /** With every distinct score as a threshold, instead of 250 of them. */
  exactVusPr: number
  aucPr: number
}

interface ServerFigures extends Measured, Effort {
  name: string
}

/** Means over servers, and the servers. */
interface Figures extends Measured, Effort {
  servers: ServerFigures[]
}

/** `npm run bench -- asd`. Resolves with the exit code: 1 below a floor after training. */
export async function asd(args: string[]): Promise<number> {
  const { folder, json } = readOptions(args, 'asd')
  const servers = loadAsd(folder)
  if (servers.length === 0) throw new RangeError('There is no server in the folder of the data')
  const figures = await inWorkplace(async (place) => ({
    trained: await measure(servers, { place, isTrained: true }),
    untrained: await measure(servers, { place, isTrained: false }),
  }))
  if (!figures) return failed
  console.log(json ? JSON.stringify({ ...machineFacts(), ...figures }) : tableOf(figures))
  const { trained } = figures
  return trained.vusPr >= floor.vusPr && trained.aucPr >= floor.aucPr ? 0 : failed
}

interface Run {
  place: Workplace
  isTrained: boolean
}

async function measure(servers: readonly AsdServer[], run: Run): Promise<Figures> {
  tell(run.isTrained ? 'Trained on the rows before:' : 'Without training:')
  const work = (server: AsdServer) => measureServer(server, run)
  const figures = await inParallel(servers, { atOnce: filesAtOnce, work })
  return {
    vusPr: mean(figures.map((server) => server.vusPr)),
    exactVusPr: mean(figures.map((server) => server.exactVusPr)),
    aucPr: mean(figures.map((server) => server.aucPr)),
    servers: figures,
    ...effortOf(figures),
  }
}

async function measureServer(server: AsdServer, run: Run): Promise<ServerFigures> {
  const fileOf = (what: string) => join(run.place.folder, `${server.name}-${what}.csv`)
  const [csv, out, deviceScores] = [fileOf('input'), fileOf('judged'), fileOf('device')]
  const lines = linesOf(server.file)
  writeFileSync(csv, `${lines.join('\n')}\n`)
  const trainUntil = server.times[server.judgedFrom]
  if (trainUntil === undefined) throw new RangeError(`${server.name} has no row to be judged`)
  const job = { csv, out, deviceScores, ...(run.isTrained && { trainUntil }) }
  const elapsedMs = await detectFile(job, run.place)
  const measured = scoreServer(server, deviceScoresIn(deviceScores, server))
  tell(`  ${server.name}  VUS-PR ${decimals(measured.vusPr)}  AUC-PR ${decimals(measured.aucPr)}`)
  return { name: server.name, ...measured, elapsedMs, datapoints: lines.length - 1 }
}

/** Scores are of the rows to be judged alone. */
export function scoreServer(server: AsdServer, scores: Float64Array): Measured {
  const labels = server.labels.subarray(server.judgedFrom)
  return {
    vusPr: vusPr(labels, scores),
    exactVusPr: exactVusPr(labels, scores),
    aucPr: averagePrecision(labels, scores),
  }
}

/** Throws an Error unless every row to be judged has one score. */
export function deviceScoresIn(
  file: string,
  { name, times, judgedFrom }: Pick<AsdServer, 'name' | 'times' | 'judgedFrom'>,
): Float64Array {
  const table = readTable(file)
  const scores = table.column('score')
  const scoreAt = new Map(
    table.column('timestamp').map((time, row) => [writtenTime(time), scores[row]]),
  )
  if (scoreAt.size !== table.rows) throw new Error(`${name}: two scores at one time`)
  return Float64Array.from(times.subarray(judgedFrom), (time) => {
    const score = scoreAt.get(time)
    if (score === undefined) throw new Error(`${name}: the device has no score at ${time}`)
    return numberIn(score)
  })
}

function tableOf({ trained, untrained }: { trained: Figures; untrained: Figures }): string {
  const rows = [
    [`ASD, mean of ${trained.servers.length} servers`, 'VUS-PR', 'AUC-PR', 'VUS-PR, all scores'],
    rowOf('Picket, trained on 8,640 rows', trained),
    ['  floor', decimals(floor.vusPr), decimals(floor.aucPr)],
    ['  aim', decimals(aim.vusPr), decimals(aim.aucPr)],
    rowOf('Picket, without training', untrained),
  ]
  const times = [`trained: ${timeLine(trained)}`, `without training: ${timeLine(untrained)}`]
  return [markdownTable(rows), '', machineLine(), ...times].join('\n')
}

function rowOf(name: string, figures: Measured): string[] {
  return [name, ...[figures.vusPr, figures.aucPr, figures.exactVusPr].map(decimals)]
}

function decimals(value: number): string {
  return value.toFixed(3)
}
