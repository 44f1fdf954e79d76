import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { InvalidArgumentError, type Command } from 'commander'
import { StationError } from '../../contract/errors.ts'
import { inert, say, sayJson } from '../terminal.ts'
import { badLinesSentence, createBadLines } from './bad-lines.ts'
import { judgeDatapoints } from './judge-datapoints.ts'
import { readCsv } from './read-csv.ts'
import { summaryOf, type Summary } from './summary.ts'
import { timestampOf } from './timestamp.ts'
import { datapointLines, deviceScoreLines, writeLines, type JudgedFile } from './write-csv.ts'

interface DetectOptions {
  csv: string
  trainUntil?: number
  out?: string
  deviceScores?: string
  json?: boolean
}

const help = `
The file is CSV, plain or gzip, with a first line that names timestamp, device, metric and value in any order.
Timestamps are ISO 8601 (UTC where they name no zone) or epoch milliseconds. Lines may come by time or series by
series; within a series time must not fall. What is no datapoint is reported on standard error and skipped.

Each datapoint is judged only by what came before it in time: without --train-until by the past of its own series; with
it by models of the 14 days before that time, learned anew each day, and until then provisionally by its own past.
Models work in slots as long as the usual spacing of the file: what a device sends within one slot is judged together,
and a second value of a metric in the same slot as a datapoint of its own.

Output is one line a datapoint in the order of the file: score (grows with strangeness), p (share of normal
datapoints that are as strange; 1e-3 where models were given as strange ones six times within 12 hours), confidence (highest level reached: LOW at p 1e-4, MEDIUM 1e-5, HIGH 1e-6),
expectedLow and expectedHigh (at LOW; empty is open), provisional, and emission (the score with repeats of one lasting
anomaly held back).`

/** `picket detect`: the engine over a file, without a station. */
export function addDetectCommand(program: Command): void {
  program
    .command('detect')
    .description('judge the datapoints of a CSV file')
    .requiredOption('--csv <file>', 'timestamp,device,metric,value; may be gzip')
    .option('--train-until <time>', 'learn from what lies before, judge from there on', timeOption)
    .option('--out <file>', 'write there instead of to standard output')
    .option('--device-scores <file>', 'also write timestamp,device,score,p: all metrics together')
    .option('--json', 'a summary as one line of JSON, on standard error if the output is standard')
    .addHelpText('after', help)
    .action(detect)
}

async function detect(options: DetectOptions): Promise<void> {
  await refuseSameFiles(options)
  const badLines = createBadLines((sentence) => console.error(sentence))
  const startedAt = performance.now()
  const content = await readCsv(options.csv, badLines)
  const readAt = performance.now()
  if (badLines.total() > 0) console.error(badLinesSentence(badLines))
  if (content.damage) console.error(`${inert(options.csv)}: ${content.damage}; judged up to there.`)
  const outputs = await openOutputs(options)
  const judgement = judgeDatapoints(content.datapoints, options.trainUntil ?? null)
  const judgedAt = performance.now()
  await write({ ...content, judged: judgement.judged }, outputs)
  const times = {
    readMs: readAt - startedAt,
    judgeMs: judgedAt - readAt,
    writeMs: performance.now() - judgedAt,
  }
  tellSummary(summaryOf({ content, badLines, judgement, ...times }), options)
}

interface Outputs {
  datapoints: Writable
  deviceScores: Writable | null
}

/** Before the work, so that a folder that does not exist is known at once. */
async function openOutputs({ out, deviceScores }: DetectOptions): Promise<Outputs> {
  return {
    datapoints: out === undefined ? process.stdout : await openOutput(out),
    deviceScores: deviceScores === undefined ? null : await openOutput(deviceScores),
  }
}

async function openOutput(path: string): Promise<Writable> {
  const stream = createWriteStream(path)
  try {
    await once(stream, 'open')
    return stream
  } catch (error) {
    throw invalid(`${inert(path)} cannot be written: ${String(error)}. Name another file.`)
  }
}

async function write(file: JudgedFile, { datapoints, deviceScores }: Outputs): Promise<void> {
  try {
    if (deviceScores) await writeLines(deviceScores, deviceScoreLines(file))
    await writeLines(datapoints, datapointLines(file))
  } catch (error) {
    // Who reads our output may have seen enough: `picket detect ... | head`.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
  }
}

function tellSummary(summary: Summary, { out, json }: DetectOptions): void {
  if (json && out === undefined) console.error(JSON.stringify(summary))
  else if (json) sayJson(summary)
  else if (out !== undefined) say(sentenceOf(summary))
}

function sentenceOf({ datapoints, devices, levels }: Summary): string {
  const { LOW, MEDIUM, HIGH } = levels
  const strange = `${LOW} reach LOW, ${MEDIUM} MEDIUM, ${HIGH} HIGH confidence`
  return `${datapoints} datapoints of ${devices} devices judged: ${strange}.`
}

/** Written output must not destroy what is read, nor the other output. */
async function refuseSameFiles({ csv, out, deviceScores }: DetectOptions): Promise<void> {
  const named = [csv, out, deviceScores].filter((path) => path !== undefined)
  const real = await Promise.all(named.map((path) => realpath(path).catch(() => resolve(path))))
  if (new Set(real).size === named.length) return
  throw invalid('--csv, --out and --device-scores must be different files. Nothing was written.')
}

function invalid(sentence: string): StationError {
  return new StationError('INPUT_INVALID', sentence)
}

function timeOption(text: string): number {
  const at = timestampOf(text)
  if (at !== null) return at
  throw new InvalidArgumentError('expected is ISO 8601 or epoch milliseconds')
}
