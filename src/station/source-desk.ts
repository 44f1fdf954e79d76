import type { SourceStatus } from '../contract/model/status.ts'
import type { Core } from './core.ts'
import { closeGap, openGap } from './gaps.ts'
import { EmbeddedBroker } from './ingest/embedded-broker.ts'
import { MqttSource } from './ingest/mqtt-source.ts'
import type { ReportDesk } from './ingest/report-desk.ts'
import type { Source, SourceContext, SourceState } from './ingest/source.ts'
import { countRejection } from './rejections.ts'
import type { SourceSettings } from './settings.ts'

/** A source with what the station knows of it. */
export interface WatchedSource {
  source: Source
  state: SourceState
  since: number
  sentence: string
}

/** Twice the largest report, so that a report that is only a little too large still gets an answer. */
const packetAllowance = 2

/** Makes a source and keeps the record of its state: blind spans become gaps, with their reason. */
export function watchSource(core: Core, settings: SourceSettings, desk: ReportDesk): WatchedSource {
  const { clock } = core
  const context: SourceContext = {
    sourceId: settings.id,
    clock,
    log: core.ports.log,
    desk,
    changed: (state, sentence) => changeState(core, watched, { state, sentence }),
    refused(input) {
      countRejection(core.rejections, { ...input, sourceId: settings.id, at: clock.now() })
    },
    largestPacketBytes: core.settings.reports.maximumBytes * packetAllowance,
  }
  const source =
    settings.kind === 'mqtt'
      ? new MqttSource(settings, context)
      : new EmbeddedBroker(settings, context)
  const watched: WatchedSource = {
    source,
    state: 'connecting',
    since: clock.now(),
    sentence: 'Starting.',
  }
  return watched
}

/** What people are told of a source. */
export function sourceStatus(
  { source, state, since, sentence }: WatchedSource,
  counts: Pick<SourceStatus, 'reportsAccepted' | 'rejected'>,
): SourceStatus {
  return { id: source.id, state, since, sentence, ...counts, ...source.facts() }
}

/** Takes note of a source's new state. */
export function changeState(
  core: Core,
  watched: WatchedSource,
  { state, sentence }: { state: SourceState; sentence: string },
): void {
  const now = core.clock.now()
  const { id } = watched.source
  if (state === 'connected') {
    closeGap(core.gaps, id, now)
  } else if (state !== 'stopped') {
    openGap(core.gaps, id, { from: now, reason: sentence })
  }
  if (watched.state !== state) watched.since = now
  watched.state = state
  watched.sentence = sentence
}
