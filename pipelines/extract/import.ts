import { createReadStream, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { usageError } from '../errors.js';
import { MAX_BODY_BYTES, parseBody } from '../sendcloud/body.js';
import { readTimeline } from '../sendcloud/timeline.js';
import { parseTimestamp } from '../sendcloud/timestamps.js';
import { isForgotten, readForgotten } from './forgotten.js';
import { type Batch, digestOf, type Landed, landBatch, readDigestKey, startBatch } from './landing.js';
import { readLines } from './lines.js';

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
}

interface Refused {
  path: string;
  expected: string;
  found: string;
}

const instantMicros = (at: Date) => BigInt(at.getTime()) * 1000n;

interface Archive {
  file: string;
  isGzip: boolean;
}

/** Looks whether an archive can be read; `.gz` or not is told by its first bytes. */
async function findArchive(file: string): Promise<Archive> {
  const kind = statSync(file, { throwIfNoEntry: false });
  if (kind === undefined)
    throw usageError(`${file}: no such file`, { hint: 'Nothing was imported from it.' });
  if (kind.isDirectory()) throw usageError(`${file} is a folder`, { hint: 'Name the files in it.' });
  const magic: Buffer[] = [];
  for await (const chunk of createReadStream(file, { start: 0, end: 1 })) magic.push(chunk as Buffer);
  return { file, isGzip: Buffer.concat(magic).equals(Buffer.from([0x1f, 0x8b])) };
}

/** Opened when its turn comes: a stream that fails while nobody reads it would end the program. */
function openArchive({ file, isGzip }: Archive): NodeJS.ReadableStream {
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  if (!isGzip) return source;
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  return source.pipe(unpacked);
}

/** Whether an error comes from reading a file, rather than from what is done with its lines. */
function isUnreadable(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && /^(Z_|EIO|EISDIR)/.test(String(error.code));
}

function isEnvelope(value: unknown): value is { observed_at: unknown; response: unknown } {
  return typeof value === 'object' && value !== null && 'observed_at' in value && 'response' in value;
}

function readLine(
  text: string | null,
  clockAt: bigint,
  keepSourceId: boolean,
): { observation: Batch['observations'][number] } | { refused: Refused } {
  if (text === null)
    return { refused: { path: '$', expected: `at most ${MAX_BODY_BYTES} bytes`, found: 'a longer line' } };
  let body: unknown;
  try {
    body = parseBody(text);
  } catch {
    return { refused: { path: '$', expected: 'JSON', found: 'text that is not JSON, or nested too deeply' } };
  }
  let observedAt: bigint | null = clockAt;
  let response = body;
  if (isEnvelope(body)) {
    observedAt = typeof body.observed_at === 'string' ? parseTimestamp(body.observed_at) : null;
    if (observedAt === null) {
      return {
        refused: { path: '$.observed_at', expected: 'an ISO 8601 instant', found: typeof body.observed_at },
      };
    }
    response = body.response;
  }
  const read = readTimeline(response, { keepSourceId });
  if (!read.ok) return { refused: read.refusal };
  const trackingNumber = read.timeline.trackingNumbers[0]?.trackingNumber ?? '';
  return { observation: { trackingNumber, observedAt, timeline: read.timeline } };
}

/**
 * Loads archived timelines, batch by batch: what was committed stays when the run is interrupted, and importing a file again
 * adds nothing. A line that is not a timeline is refused and counted, and so is the rest of a damaged file; all else is loaded.
 * @throws ParcelmetricsError (exit code 2) for a file that cannot be read, before anything is imported.
 */
export async function importFiles(connection: DuckDBConnection, options: ImportOptions): Promise<Imported> {
  const { files, runId, clock, keepSourceId, signal, batchSize = 20_000 } = options;
  const archives: Archive[] = [];
  for (const file of files) archives.push(await findArchive(file));
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
  const refuse = (place: string, text: string, refused: Refused) => {
    total.refused += 1;
    batch.refusals.push({ source: 'import', place, digest: digestOf(key, text), ...refused });
    options.onRefused?.(place, `${refused.path}: expected ${refused.expected}, found ${refused.found}`);
  };
  const readArchive = async (archive: Archive) => {
    const { file } = archive;
    let line = 0;
    try {
      for await (const text of readLines(openArchive(archive), MAX_BODY_BYTES)) {
        line += 1;
        if (text !== null && text.trim() === '') continue;
        total.lines += 1;
        held += 1;
        const read = readLine(text, clockAt, keepSourceId);
        if ('observation' in read) {
          if (read.observation.observedAt === clockAt) total.bare += 1;
          const listed = read.observation.timeline.trackingNumbers;
          if (listed.some((entry) => isForgotten(forgotten, key, entry.trackingNumber))) total.forgotten += 1;
          else batch.observations.push(read.observation);
          const place = `${file}:${line}`;
          if (
            refusedBefore.places.has(place) ||
            (refusedBefore.digests.size > 0 && refusedBefore.digests.has(digestOf(key, text ?? '')))
          )
            batch.healings.push({ place, digest: digestOf(key, text ?? '') });
        } else refuse(`${file}:${line}`, text ?? '', read.refused);
        if (held >= batchSize) {
          await flush();
          signal?.throwIfAborted();
        }
      }
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const found = `a file that cannot be read further (${error.code}): mend it and import it again`;
      refuse(`${file}:${line + 1}`, '', { path: '$', expected: 'a line', found });
    }
  };
  try {
    for (const archive of archives) await readArchive(archive);
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
