import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  hideLaterEvents,
  isObject,
  type Json,
  type ListedParcel,
  listObjects,
  type ParcelSource,
  parseInstant,
} from './source.js';

/** A file that cannot be replayed. Names the file and the line, never what stands in it. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code = 'REPLAY_MALFORMED';

  constructor(
    readonly path: string,
    readonly line: number | null,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${path}${line === null ? '' : `, line ${line}`}: ${problem}`, options);
  }
}

interface Observation {
  observedAt: number;
  body: Json;
}

interface ReplayedParcel {
  trackingNumber: string;
  observations: Observation[];
}

async function readLines(path: string): Promise<string[]> {
  const bytes = await readFile(path);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip) return splitLines(bytes);
  try {
    return splitLines(await promisify(gunzip)(bytes));
  } catch (cause) {
    throw new ReplayError(path, null, 'the gzip stream is damaged or cut short', { cause });
  }
}

/** Line by line from the bytes: one string of a large file would be longer than a string may be. */
function splitLines(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(10, start);
    const end = found < 0 ? bytes.length : found;
    lines.push(bytes.toString('utf8', start, end));
    start = end + 1;
  }
  return lines;
}

function readTrackingNumbers(body: Json): string[] {
  return listObjects(body.tracking_numbers).flatMap(({ tracking_number }) =>
    typeof tracking_number === 'string' && tracking_number !== '' ? [tracking_number] : [],
  );
}

/** Reads one line: a body as it came (older than any observation with a time), or an envelope around it. */
function readObservation(path: string, line: number, text: string): Observation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own error quotes the line: it is not passed on.
    throw new ReplayError(path, line, 'not JSON');
  }
  if (!isObject(value)) throw new ReplayError(path, line, 'expected a JSON object');
  if (!('response' in value) || 'tracking_numbers' in value)
    return { observedAt: Number.NEGATIVE_INFINITY, body: value };
  const observedAt = parseInstant(value.observed_at);
  if (observedAt === null) throw new ReplayError(path, line, 'expected a time at $.observed_at');
  if (!isObject(value.response)) throw new ReplayError(path, line, 'expected a JSON object at $.response');
  return { observedAt, body: value.response };
}

/** The latest observation made by `now`; of two made at once the one further down in the file. */
function findLatest(parcel: ReplayedParcel | undefined, now: Date): Json | null {
  let latest: Observation | null = null;
  for (const observation of parcel?.observations ?? []) {
    if (observation.observedAt > now.getTime()) continue;
    if (latest === null || observation.observedAt >= latest.observedAt) latest = observation;
  }
  if (latest === null || (parseInstant(latest.body.announced_at) ?? 0) > now.getTime()) return null;
  return latest.body;
}

/**
 * Reads recorded answers, one a line: response bodies, or envelopes `{"observed_at", "response"}`; plain or gzip. Served as
 * they came, less the events later than now; any number of a parcel finds it. A parcel is not there before it is announced,
 * nor before it was first observed. Throws ReplayError for a line that is neither, and the system's error for a file that
 * cannot be read.
 */
export async function readReplay(path: string): Promise<ParcelSource> {
  const byNumber = new Map<string, ReplayedParcel>();
  const parcels: ReplayedParcel[] = [];
  const lines = await readLines(path);
  for (const [index, text] of lines.entries()) {
    if (text.trim() === '') continue;
    const observation = readObservation(path, index + 1, text);
    const numbers = readTrackingNumbers(observation.body);
    const [first] = numbers;
    if (first === undefined)
      throw new ReplayError(path, index + 1, 'expected a number at $.tracking_numbers[0]');
    let parcel = numbers.map((number) => byNumber.get(number)).find((known) => known !== undefined);
    if (parcel === undefined) {
      parcel = { trackingNumber: first, observations: [] };
      parcels.push(parcel);
    }
    parcel.observations.push(observation);
    for (const number of numbers) if (!byNumber.has(number)) byNumber.set(number, parcel);
  }

  return {
    find(trackingNumber, now) {
      const body = findLatest(byNumber.get(trackingNumber), now);
      return body === null ? null : hideLaterEvents(body, now);
    },
    *list(now): Iterable<ListedParcel> {
      for (const parcel of parcels) {
        const body = findLatest(parcel, now);
        if (body === null) continue;
        const [entry] = listObjects(body.tracking_numbers);
        yield {
          trackingNumber: parcel.trackingNumber,
          carrierCode: String(entry?.carrier_code ?? ''),
          announcedAt: String(body.announced_at ?? ''),
        };
      }
    },
  };
}
