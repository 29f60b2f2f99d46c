import { createHmac, randomBytes } from 'node:crypto';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Timeline, TimelineEvent } from '../sendcloud/timeline.js';
import { BOOLEAN, DuckDBDataChunk, DuckDBTimestampValue, INTEGER, TIMESTAMP } from '../store/driver.js';
import { inTransaction } from '../store/warehouse.js';
import { findAliases } from './aliases.js';
import { landingSteps } from './landing-steps.js';
import { readPhase } from './phase.js';
import { noteRefused } from './refusals.js';
import { appendInstant, appendText, readFillers } from './response-columns.js';

/** A response that was read: what the parcel's timeline was at an instant. */
export interface Observation {
  /** The registered number it belongs to. */
  trackingNumber: string;
  /** Microseconds since the epoch, UTC. */
  observedAt: bigint;
  timeline: Timeline;
}

/** A poll that brought no timeline, and what it makes of the parcel. */
export interface Miss {
  trackingNumber: string;
  polledAt: bigint;
  /** rejected: another answer than a 200 or 404; refused: a body that is no timeline; forgotten: it must not come back. */
  kind: 'not_found' | 'failed' | 'rejected' | 'refused' | 'forgotten';
  reason: string;
}

/** A body or line that was refused: its place and types, never its content. */
export interface RefusedInput {
  source: 'api' | 'import' | 'register';
  /** `file:line`, or the tracking number. */
  place: string;
  path: string;
  expected: string;
  found: string;
  /** Keyed hash of the content. */
  digest: string;
}

export interface Batch {
  observations: Observation[];
  misses: Miss[];
  refusals: RefusedInput[];
  /** Lines of files that were refused once and could be read now. */
  healings: { place: string; digest: string }[];
}

export interface BatchContext {
  runId: string;
  /** Microseconds since the epoch, UTC: the run's clock. */
  clockAt: bigint;
  /** Whether numbers that nobody registered are registered by being seen (import), or left alone. */
  registersUnknown: boolean;
  /** Requests and retries since the last batch, for the run's row. */
  requests?: number;
  retries?: number;
}

export interface Landed {
  /** Polls that were not known yet. */
  polls: number;
  /** Responses with a body not seen before. */
  responses: number;
  events: number;
  refusals: number;
  /** Parcels that became dead letters. */
  deadLetters: number;
}

/** An empty batch. */
export function startBatch(): Batch {
  return { observations: [], misses: [], refusals: [], healings: [] };
}

/** The key of this warehouse's hashes, made on first use. */
export async function readDigestKey(connection: DuckDBConnection): Promise<Buffer> {
  const found = await connection.runAndReadAll(`select value from meta where key = 'digest_key'`);
  const value = found.getRows()[0]?.[0];
  if (typeof value === 'string') return Buffer.from(value, 'hex');
  const key = randomBytes(32);
  await connection.run(`insert into meta values ('digest_key', $1)`, [key.toString('hex')]);
  return key;
}

/** Keyed hash by which content can be recognised and not read. */
export function digestOf(key: Buffer, content: string): string {
  return createHmac('sha256', key).update(content).digest('hex');
}

/** What the database takes at once. */
const rowsAChunk = 2048;
const eventTypes = [INTEGER, INTEGER, TIMESTAMP, BOOLEAN, INTEGER];
type EventColumns = [DuckDBValue[], DuckDBValue[], DuckDBValue[], DuckDBValue[], DuckDBValue[]];

/** Codes repeat: an event is staged as numbers, its response's place and its kind's, beside a list of the few kinds. */
async function stageEvents(
  connection: DuckDBConnection,
  observations: readonly Observation[],
): Promise<void> {
  const events = await connection.createAppender('staged_events', 'main', 'temp');
  const kinds = await connection.createAppender('staged_kinds', 'main', 'temp');
  const places = new Map<string, number>();
  const placeKind = (event: TimelineEvent): number => {
    // no code has a '|'
    const key = `${event.eventType}|${event.statusCode}|${event.subStatusCode}|${event.statusType}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    const place = places.size;
    places.set(key, place);
    kinds.appendInteger(place);
    appendText(kinds, event.eventType);
    appendText(kinds, event.statusCode);
    appendText(kinds, event.subStatusCode);
    appendText(kinds, event.statusType);
    kinds.endRow();
    return place;
  };
  // Column by column: a call a value would cost more than the values.
  let columns: DuckDBValue[][] = eventTypes.map(() => []);
  const flush = () => {
    const chunk = DuckDBDataChunk.create(eventTypes, columns[0]?.length ?? 0);
    for (const [index, values] of columns.entries()) chunk.setColumnValues(index, values);
    events.appendDataChunk(chunk);
    columns = eventTypes.map(() => []);
  };
  for (const [place, { timeline }] of observations.entries()) {
    for (const event of timeline.events) {
      const [places, kindsOf, instants, areDates, offsets] = columns as EventColumns;
      places.push(place);
      kindsOf.push(placeKind(event));
      instants.push(event.eventAt === null ? null : new DuckDBTimestampValue(event.eventAt));
      areDates.push(event.isDateOnly);
      offsets.push(event.dateOffsetMinutes);
      if (places.length === rowsAChunk) flush();
    }
  }
  if ((columns[0]?.length ?? 0) > 0) flush();
  events.closeSync();
  kinds.closeSync();
}

async function stage(connection: DuckDBConnection, batch: Batch): Promise<void> {
  await connection.run(landingSteps.createStages);
  await stageEvents(connection, batch.observations);
  const fill = await readFillers(connection);
  const responses = await connection.createAppender('staged_responses', 'main', 'temp');
  const numbers = await connection.createAppender('staged_numbers', 'main', 'temp');
  for (const [place, observation] of batch.observations.entries()) {
    const staged = { ...observation, ...readPhase(observation.timeline, observation.observedAt), place };
    for (const append of fill) append(responses, staged);
    responses.endRow();
    for (const { trackingNumber } of observation.timeline.trackingNumbers) {
      if (trackingNumber === observation.trackingNumber) continue;
      numbers.appendVarchar(trackingNumber);
      numbers.appendVarchar(observation.trackingNumber);
      numbers.endRow();
    }
  }
  const misses = await connection.createAppender('staged_misses', 'main', 'temp');
  for (const miss of batch.misses) {
    misses.appendVarchar(miss.trackingNumber);
    appendInstant(misses, miss.polledAt);
    misses.appendVarchar(miss.kind);
    misses.appendVarchar(miss.reason);
    misses.endRow();
  }
  const refusals = await connection.createAppender('staged_refusals', 'main', 'temp');
  for (const refusal of batch.refusals) {
    refusals.appendVarchar(refusal.source);
    refusals.appendVarchar(refusal.place);
    refusals.appendVarchar(refusal.path);
    refusals.appendVarchar(refusal.expected);
    refusals.appendVarchar(refusal.found);
    refusals.appendVarchar(refusal.digest);
    refusals.endRow();
  }
  const healings = await connection.createAppender('staged_healings', 'main', 'temp');
  for (const { place, digest } of batch.healings) {
    healings.appendVarchar(place);
    healings.appendVarchar(digest);
    healings.endRow();
  }
  for (const appender of [responses, numbers, misses, refusals, healings]) appender.closeSync();
}

async function count(connection: DuckDBConnection, sql: string): Promise<number> {
  const reader = await connection.runAndReadAll(sql);
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

/**
 * Commits one batch: landed polls and responses, distinct events, the registry's cursor and the run's counters, in one
 * transaction. What is known already adds nothing, so that a batch can be landed again after any fault.
 */
export async function landBatch(
  connection: DuckDBConnection,
  batch: Batch,
  context: BatchContext,
): Promise<Landed> {
  await stage(connection, batch);
  const landed = await inTransaction(connection, async () => {
    const values = { clock_at: new DuckDBTimestampValue(context.clockAt), run_id: context.runId };
    if (context.registersUnknown) await connection.run(landingSteps.registerUnknown);
    await connection.run(landingSteps.findRegistered);
    await connection.run(landingSteps.findNewPolls);
    const { rowsChanged: polls } = await connection.run(landingSteps.landPolls, { run_id: values.run_id });
    await connection.run(landingSteps.dateResponses);
    const { rowsChanged: responses } = await connection.run(landingSteps.landResponses);
    await connection.run(landingSteps.mergeEvents);
    await connection.run(landingSteps.updateEvents);
    const { rowsChanged: events } = await connection.run(landingSteps.insertEvents);
    await connection.run(landingSteps.landNumbers);
    await findAliases(connection);
    await connection.run(landingSteps.moveCursor);
    const dead = `select count(*) from registry where state = 'dead'`;
    const deadBefore = batch.misses.length > 0 ? await count(connection, dead) : 0;
    if (batch.misses.length > 0) {
      await connection.run(landingSteps.noteMisses);
      await noteRefused(connection);
    }
    const deadLetters = batch.misses.length > 0 ? (await count(connection, dead)) - deadBefore : 0;
    const open = 'select count(*) from landed_refusals where healed_at is null';
    if ((await count(connection, open)) > 0)
      await connection.run(landingSteps.healRefusals, { clock_at: values.clock_at });
    if (batch.refusals.length > 0) await connection.run(landingSteps.reopenRefusals);
    const { rowsChanged: refusals } = await connection.run(landingSteps.landRefusals, values);
    await connection.run(landingSteps.countInRun, {
      run_id: values.run_id,
      polls,
      refusals: batch.refusals.length,
      dead_letters: deadLetters,
      requests: context.requests ?? 0,
      retries: context.retries ?? 0,
    });
    return { polls, responses, events, refusals, deadLetters };
  });
  await connection.run(landingSteps.dropStages);
  return landed;
}
