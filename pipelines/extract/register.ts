import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnMap } from '../files/columns.js';
import { looksRounded } from '../files/tracking-number.js';
import type { Client, RegisterAnswer } from '../sendcloud/client.js';
import { SendcloudError } from '../sendcloud/errors.js';
import { parseTimestamp } from '../sendcloud/timestamps.js';
import { findBeyondRetention } from './dropped.js';
import { isForgotten, readForgotten } from './forgotten.js';
import { readDigestKey } from './landing.js';
import { checkRow, type FileRow, nothingUsable, openParcelFile, toRegisterRequest } from './parcel-file.js';
import { addToRegistry, findKnown, type NewParcel } from './registry.js';

export interface RegisterOptions {
  file: string;
  runId: string;
  clock: () => Date;
  /** Add to the registry only (--known): every row is a parcel that Sendcloud tracks. */
  isKnown?: boolean;
  /** What posts; null where nothing is sent (--known, --dry-run). */
  client: Client | null;
  /** Parcels labelled longer ago, and those that were dropped for their age, are left out; null: none were ever dropped. */
  keepDays?: number | null;
  isDryRun?: boolean;
  /** Headers of the user's, and the column that each is. */
  map?: ColumnMap;
  concurrency?: number;
  signal: AbortSignal;
  onRow?: () => void;
  warn?: (message: string) => void;
}

export interface Registered {
  rows: number;
  /** In the registry already, or twice in the file. */
  known: number;
  added: number;
  /** Refused by the API: added as dead letters, with its reasons. */
  rejected: number;
  /** Got no answer: not added, so that running the file again goes on with them. */
  failed: number;
  forgotten: number;
  /** Left out for their age. */
  tooOld: number;
  /** Rows that are none: left out, and named. */
  bad: number;
  /** Registered, but something of the row was left out or is in doubt; named. */
  doubtful: number;
  /** Of those added: taken as tracked by Sendcloud, since they have nothing that the API needs. */
  takenAsKnown: number;
  /** The first of what was named, by file, line and column. */
  mistakes: string[];
  /** What ended the run before the file's end, or null. */
  stoppedBy: SendcloudError | null;
}

/** A row that can be registered, and whether the API is told of it. */
interface Usable {
  row: FileRow;
  isForApi: boolean;
}

const chunkSize = 2000;
const toMs = (micros: bigint | null) => (micros === null ? null : Number(micros / 1000n));

function toParcel(row: FileRow, answer: RegisterAnswer): NewParcel | null {
  const base = {
    trackingNumber: row.cells.tracking_number ?? '',
    carrierCode: row.cells.carrier_code ?? null,
  };
  switch (answer.kind) {
    case 'registered':
      return { ...base, origin: 'posted', deadReason: null };
    case 'known':
      return { ...base, origin: 'known', deadReason: null };
    case 'rejected':
      return {
        ...base,
        origin: 'posted',
        deadReason:
          `http_${answer.status} ${answer.reasons.map(({ loc, type }) => `${loc} ${type}`).join('; ')}`.trim(),
      };
    case 'failed':
      return null;
  }
}

const mostNamed = 20;

// The same carrier, however it is spelled.
const sameCarrier = (a: string, b: string) =>
  a.toLowerCase().replace(/[^a-z0-9]/g, '') === b.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * Registers the parcels of a file: the rows that are good and that the registry lacks are POSTed (unless Sendcloud tracks them
 * already) and added, chunk by chunk; the others are named by line and column. The file is the only copy of what is sent: after
 * any fault, running it again goes on.
 * @throws ParcelmetricsError (exit code 2) for a file without one usable row; nothing is registered then.
 */
export async function registerFile(
  connection: DuckDBConnection,
  options: RegisterOptions,
): Promise<Registered> {
  const { file, client, signal, isKnown = false, concurrency = 4 } = options;
  const parcelFile = await openParcelFile(file, options.map);
  const { name, leftOut, skippedLines } = parcelFile;
  const warn = options.warn ?? (() => {});
  const result: Registered = {
    rows: 0,
    known: 0,
    added: 0,
    rejected: 0,
    failed: 0,
    forgotten: 0,
    tooOld: 0,
    bad: 0,
    doubtful: 0,
    takenAsKnown: 0,
    mistakes: [],
    stoppedBy: null,
  };
  let unnamed = 0;
  const mention = (mistake: string) => {
    if (result.mistakes.length < mostNamed) result.mistakes.push(mistake);
    else unnamed += 1;
  };
  const key = await readDigestKey(connection);
  const forgotten = await readForgotten(connection);

  const post = async (rows: FileRow[], api: Client): Promise<NewParcel[]> => {
    const parcels: NewParcel[] = [];
    const queue = [...rows].reverse();
    const work = async () => {
      for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
        if (signal.aborted || result.stoppedBy !== null) return;
        try {
          const parcel = toParcel(row, await api.registerParcel(toRegisterRequest(row), signal));
          if (parcel === null) result.failed += 1;
          else parcels.push(parcel);
          options.onRow?.();
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof SendcloudError)) throw error;
          result.stoppedBy = error;
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return parcels;
  };

  const noteCarrier = ({ place, cells }: FileRow, carrier: string | null | undefined) => {
    const stated = cells.carrier_code;
    if (stated === undefined || !carrier || sameCarrier(stated, carrier)) return;
    result.doubtful += 1;
    mention(
      `${place}: this number is at two carriers, ${carrier} before and ${stated} here: ${carrier} was kept`,
    );
  };

  // What a dry run does not add, and has to know again further down.
  const seen = new Map<string, string | null>();

  const flush = async (rows: Usable[]) => {
    const known = await findKnown(
      connection,
      rows.map(({ row }) => row.cells.tracking_number ?? ''),
    );
    const beyond = await findBeyondRetention(
      connection,
      key,
      rows.map(({ row }) => ({
        trackingNumber: row.cells.tracking_number ?? '',
        labelMs: toMs(parseTimestamp(row.cells.announced_at)),
      })),
      { days: options.keepDays ?? null, now: options.clock() },
    );
    const fresh = new Map<string, Usable>();
    for (const usable of rows) {
      const { row } = usable;
      const number = row.cells.tracking_number ?? '';
      if (isForgotten(forgotten, key, number)) result.forgotten += 1;
      else if (known.has(number) || fresh.has(number) || seen.has(number)) {
        result.known += 1;
        noteCarrier(row, known.get(number) ?? fresh.get(number)?.row.cells.carrier_code ?? seen.get(number));
      } else if (beyond.has(number)) result.tooOld += 1;
      else fresh.set(number, usable);
    }
    const usables = [...fresh.values()];
    const taken = usables.filter(({ isForApi }) => !isForApi).map(({ row }) => row);
    const toPost = usables.filter(({ isForApi }) => isForApi).map(({ row }) => row);
    if (!isKnown) result.takenAsKnown += taken.length;
    if (options.isDryRun) {
      for (const { row } of usables)
        seen.set(row.cells.tracking_number ?? '', row.cells.carrier_code ?? null);
      result.added += usables.length;
      return;
    }
    const parcels = [
      ...taken.map(
        ({ cells }): NewParcel => ({
          trackingNumber: cells.tracking_number ?? '',
          carrierCode: cells.carrier_code ?? null,
          origin: 'known',
          deadReason: null,
        }),
      ),
      ...(client === null ? [] : await post(toPost, client)),
    ];
    await addToRegistry(connection, parcels, options);
    for (const { deadReason } of parcels) {
      if (deadReason === null) result.added += 1;
      else result.rejected += 1;
    }
    signal.throwIfAborted();
  };

  let rows: Usable[] = [];
  let longNumbers = 0;
  let roundNumbers = 0;
  for await (const read of parcelFile.rows) {
    result.rows += 1;
    const checked =
      'broken' in read
        ? { kind: 'bad' as const, mistakes: [`${read.place}: ${read.broken}`] }
        : checkRow(read, isKnown || parcelFile.isReport());
    for (const mistake of checked.mistakes) mention(mistake);
    if (checked.kind === 'bad') {
      result.bad += 1;
      continue;
    }
    if (checked.mistakes.length > 0) result.doubtful += 1;
    const number = checked.row.cells.tracking_number ?? '';
    if (/^\d{16,}$/.test(number)) longNumbers += 1;
    if (looksRounded(number)) roundNumbers += 1;
    const isForApi = checked.kind === 'for the API';
    rows.push({ row: checked.row, isForApi });
    // A chunk of posts takes its time: smaller ones lose less when the power goes.
    if (rows.length < (isForApi ? chunkSize / 10 : chunkSize * 10)) continue;
    await flush(rows);
    rows = [];
    if (result.stoppedBy !== null) break;
  }
  if (result.bad === result.rows) throw nothingUsable(name, result.mistakes, unnamed);
  if (result.stoppedBy === null) await flush(rows);
  if (skippedLines > 0)
    warn(`${name}: ${skippedLines} line${skippedLines === 1 ? '' : 's'} before the header read past`);
  if (leftOut.size > 0)
    warn(`${name}: columns left out, because they are not known: ${[...leftOut].sort().join(', ')}`);
  // By chance one number in ten ends so; a column of them does not.
  if (longNumbers >= 3 && roundNumbers * 2 > longNumbers) {
    result.doubtful += roundNumbers;
    mention(
      `${name}: ${roundNumbers} of ${longNumbers} numbers with 16 digits or more end in zeros: a spreadsheet may have rounded them`,
    );
  }
  for (const mistake of result.mistakes) warn(mistake);
  if (unnamed > 0) warn(`${name}: and ${unnamed} more`);
  return result;
}
