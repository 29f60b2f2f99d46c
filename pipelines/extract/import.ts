import type { DuckDBConnection } from '@duckdb/node-api';
import { describeError, usageError } from '../errors.js';
import { findJsonLayout, type JsonEntry, readJson } from '../files/json.js';
import { checkThere, type OpenFile, openInput, unreadableCode } from '../files/open.js';
import { MAX_BODY_BYTES, parseBody } from '../sendcloud/body.js';
import { readTimeline } from '../sendcloud/timeline.js';
import { parseTimestamp } from '../sendcloud/timestamps.js';
import { isForgotten, readForgotten } from './forgotten.js';
import { type Batch, digestOf, type Landed, landBatch, readDigestKey, startBatch } from './landing.js';

export interface ImportOptions {
  files: readonly string[];
  runId: string;
  /** The run's clock: when a bare body was observed. */
  clock: () => Date;
  keepSourceId: boolean;
  signal?: AbortSignal;
  /** Bodies in one transaction. */
  batchSize?: number;
  onBatch?: (lines: number) => void;
  /** Told of each refused line. */
  onRefused?: (place: string, reason: string) => void;
}

export interface Imported extends Landed {
  lines: number;
  /** Lines without a time of their own, which the run's clock dated. */
  bare: number;
  /** Lines refused in this run, known ones included. */
  refused: number;
  forgotten: number;
  /** Files without one timeline: nothing of them was kept. */
  unusable: { file: string; message: string }[];
}

interface Refused {
  path: string;
  expected: string;
  found: string;
}

/** Of a file's refusals, how many are told one by one, and how many are held before its first timeline. */
const mostNamed = 20;
const mostEarly = 100_000;

const instantMicros = (at: Date) => BigInt(at.getTime()) * 1000n;

function isEnvelope(value: unknown): value is { observed_at: unknown; response: unknown } {
  return typeof value === 'object' && value !== null && 'observed_at' in value && 'response' in value;
}

function readEntry(
  entry: JsonEntry,
  clockAt: bigint,
  keepSourceId: boolean,
): { observation: Batch['observations'][number] } | { refused: Refused } {
  if ('broken' in entry) return { refused: { path: '$', expected: 'JSON', found: entry.broken } };
  let observedAt: bigint | null = clockAt;
  let response = entry.value;
  if (isEnvelope(response)) {
    const { observed_at: stated } = response;
    observedAt = typeof stated === 'string' ? parseTimestamp(stated) : null;
    if (observedAt === null) {
      return {
        refused: { path: '$.observed_at', expected: 'an ISO 8601 instant', found: typeof stated },
      };
    }
    response = response.response;
  }
  const read = readTimeline(response, { keepSourceId });
  if (!read.ok) return { refused: read.refusal };
  const trackingNumber = read.timeline.trackingNumbers[0]?.trackingNumber ?? '';
  return { observation: { trackingNumber, observedAt, timeline: read.timeline } };
}

/** @throws ParcelmetricsError (exit code 2) for a file that holds no JSON at all: said once, not line by line. */
async function openArchive(file: string): Promise<OpenFile> {
  const archive = await openInput(file);
  if (archive.form === 'text' && /^\s*[[{]/m.test(archive.head)) return archive;
  await archive.close();
  throw usageError(`${archive.name} holds no JSON`, {
    hint: 'import takes bodies of responses, one a line or as a JSON list; a list of parcels goes to `register`.',
  });
}

/**
 * Loads archived timelines, batch by batch: what was committed stays when the run is interrupted, and importing a file again
 * adds nothing. A line that is not a timeline is refused and counted, and so is the rest of a damaged file; all else is loaded.
 * A file without one timeline is listed in `unusable`, and nothing of it is kept.
 * @throws ParcelmetricsError (exit code 2) for a file that is not there, before anything is imported.
 */
export async function importFiles(connection: DuckDBConnection, options: ImportOptions): Promise<Imported> {
  const { files, runId, clock, keepSourceId, signal, batchSize = 20_000 } = options;
  for (const file of files) checkThere(file);
  const key = await readDigestKey(connection);
  const forgotten = await readForgotten(connection);
  const refusedBefore = await readOpenRefusals(connection);
  const clockAt = instantMicros(clock());
  const total: Imported = {
    lines: 0,
    bare: 0,
    refused: 0,
    forgotten: 0,
    polls: 0,
    responses: 0,
    events: 0,
    refusals: 0,
    deadLetters: 0,
    unusable: [],
  };
  let batch = startBatch();
  let held = 0;
  const land = async (full: Batch, lines: number) => {
    const landed = await landBatch(connection, full, { runId, clockAt, registersUnknown: true });
    total.polls += landed.polls;
    total.responses += landed.responses;
    total.events += landed.events;
    total.refusals += landed.refusals;
    options.onBatch?.(lines);
  };
  // One batch is landed while the next is read.
  let landing = Promise.resolve();
  const flush = async () => {
    await landing;
    landing = land(batch, held);
    // Whoever waits for it next gets the error.
    landing.catch(() => {});
    batch = startBatch();
    held = 0;
  };
  const readArchive = async (archive: OpenFile) => {
    const { name } = archive;
    // Until one is a timeline nothing of the file is kept: what is none at all would fill the warehouse with its refusals.
    let early: Batch['refusals'] | null = [];
    let refusedHere = 0;
    let firstReason = '';
    const refuse = (place: string, text: string, refused: Refused) => {
      const reason = `${refused.path}: expected ${refused.expected}, found ${refused.found}`;
      if (refusedHere === 0) firstReason = `${place}: ${reason}`;
      refusedHere += 1;
      const refusal = { source: 'import' as const, place, digest: digestOf(key, text), ...refused };
      if (early === null) {
        batch.refusals.push(refusal);
        held += 1;
      } else if (early.length < mostEarly) early.push(refusal);
      if (refusedHere <= mostNamed) options.onRefused?.(place, reason);
    };
    let usable = 0;
    let lines = 0;
    try {
      const layout = findJsonLayout(archive.head);
      for await (const entry of readJson(archive.chunks, layout, {
        maxBytes: MAX_BODY_BYTES,
        keepsDigits: false,
        parseLine: parseBody,
      })) {
        lines += 1;
        const place = `${name}${entry.place}`;
        const read = readEntry(entry, clockAt, keepSourceId);
        if ('observation' in read) {
          usable += 1;
          held += 1;
          if (early !== null) {
            batch.refusals.push(...early);
            early = null;
          }
          if (read.observation.observedAt === clockAt) total.bare += 1;
          const listed = read.observation.timeline.trackingNumbers;
          if (listed.some((number) => isForgotten(forgotten, key, number.trackingNumber)))
            total.forgotten += 1;
          else batch.observations.push(read.observation);
          if (
            refusedBefore.places.has(place) ||
            (refusedBefore.digests.size > 0 && refusedBefore.digests.has(digestOf(key, entry.text ?? place)))
          )
            batch.healings.push({ place, digest: digestOf(key, entry.text ?? place) });
        } else refuse(place, entry.text ?? place, read.refused);
        if (held >= batchSize) {
          await flush();
          signal?.throwIfAborted();
        }
      }
    } catch (error) {
      const code = unreadableCode(error);
      if (code === null) throw error;
      lines += 1;
      const found = `a file that cannot be read further (${code}): mend it and import it again`;
      refuse(`${name}:${lines}`, '', { path: '$', expected: 'a line', found });
    }
    if (refusedHere > mostNamed) options.onRefused?.(name, `and ${refusedHere - mostNamed} more`);
    if (usable === 0) {
      const message =
        lines === 0
          ? `${name}: it has no line`
          : `${name}: none of its ${lines} ${lines === 1 ? 'line is' : 'lines is'} a timeline; the first: ${firstReason}`;
      total.unusable.push({ file: name, message });
      return;
    }
    total.lines += lines;
    total.refused += refusedHere;
  };
  try {
    for (const file of files) {
      let archive: OpenFile;
      try {
        archive = await openArchive(file);
      } catch (error) {
        const { exitCode, line } = describeError(error);
        if (exitCode !== 2) throw error;
        total.unusable.push({ file, message: line });
        continue;
      }
      await readArchive(archive);
    }
    if (held > 0) await flush();
  } finally {
    await landing;
  }
  if (total.bare === 0) await forgetClock(connection, runId);
  return total;
}

/** The lines of files that were refused and have not been read since, by place and by content. */
async function readOpenRefusals(
  connection: DuckDBConnection,
): Promise<{ places: ReadonlySet<string>; digests: ReadonlySet<string> }> {
  const reader = await connection.runAndReadAll(
    `select place, digest from landed_refusals where source = 'import' and healed_at is null`,
  );
  const rows = reader.getRows();
  return {
    places: new Set(rows.map(([place]) => String(place))),
    digests: new Set(rows.map(([, digest]) => String(digest))),
  };
}

/** Observations that bring their own time are not dated by the run's clock: it need not hold back an earlier one. */
async function forgetClock(connection: DuckDBConnection, runId: string): Promise<void> {
  await connection.run(
    `update runs set clock_at = coalesce((select min(observed_at) from landed_polls where run_id = $1), timestamp '1970-01-01')
     where run_id = $1`,
    [runId],
  );
}
