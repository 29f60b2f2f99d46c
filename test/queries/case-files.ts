/** Test cases as folders of CSV: what was given, in words that a logistics manager reads, and what is expected. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { RawObservation } from './harness.js';

type Cells = Record<string, string>;

export interface Expectation {
  table: string;
  /** SQL condition on the table's rows, or null for all of them. */
  where: string | null;
  columns: string[];
  rows: Cells[];
}

export interface Case {
  name: string;
  folder: string;
  asOf: Date;
  days: number;
  observations: RawObservation[];
  expectations: Expectation[];
  /** Whether the folder brings seed files of its own. */
  hasSeeds: boolean;
}

const casesFolder = new URL('./cases/', import.meta.url);
const standardClock = new Date('2026-06-30T00:00:00Z');
const notSeeds = /^(parcels|events|expect(\.[a-z_]+)?)\.csv$/;

function readTable(path: URL): { comments: string; columns: string[]; rows: Cells[] } {
  const text = readFileSync(path, 'utf8');
  const options = { comment: '#', comment_no_infix: true, skip_empty_lines: true };
  const [header = [], ...records] = parse(text, options) as string[][];
  const comments = text
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .join('\n');
  const rows = records.map((record) =>
    Object.fromEntries(header.map((column, index) => [column, record[index] ?? ''])),
  );
  return { comments, columns: header, rows };
}

/** '2026-06-01' and '2026-06-01 10:30' (both UTC) in full; anything else as it stands. */
export function writeInstant(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00:00Z`;
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d$/.test(text)) return `${text.replace(' ', 'T')}:00Z`;
  return text;
}

function orNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

function instantOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : writeInstant(text);
}

function flagOrNull(text: string | undefined): boolean | null {
  return text === undefined || text === '' ? null : text === 'true';
}

/** Column left out: the default; column there and empty: null. */
function orDefault(row: Cells, column: string, standard: string): string | null {
  return column in row ? orNull(row[column]) : standard;
}

function toRawEvent(event: Cells) {
  return {
    event_at: instantOrNull(event.event_at),
    event_type: orDefault(event, 'event_type', 'carrier'),
    status_code: orNull(event.status_code),
    status_type: orDefault(event, 'status_type', 'success'),
    sub_status_code: orNull(event.sub_status_code),
    status_description: 'not kept',
  };
}

function toResponse(poll: Cells, trackingNumber: string, events: Cells[]) {
  const others = (poll.other_numbers ?? '').split(' ').filter(Boolean);
  return {
    announced_at: instantOrNull(poll.announced_at),
    details: {
      is_return: flagOrNull(poll.is_return),
      is_mail_box: flagOrNull(poll.is_mail_box),
      is_to_service_point: flagOrNull(poll.is_to_service_point),
      expected_delivery_date: orNull(poll.expected_delivery_date),
      ...(poll.brand_id ? { brand_id: Number(poll.brand_id) } : {}),
    },
    from_address: {
      country_code: orDefault(poll, 'from_country', 'NL'),
      postal_code: orNull(poll.from_postal_code),
    },
    to_address: {
      country_code: orDefault(poll, 'to_country', 'NL'),
      postal_code: orNull(poll.to_postal_code),
    },
    ship_with: {
      type: 'shipping_option_code',
      properties: { shipping_option_code: orNull(poll.shipping_option_code) },
    },
    events: events.map(toRawEvent),
    tracking_numbers: [
      { carrier_code: orDefault(poll, 'carrier_code', 'dhl'), tracking_number: trackingNumber },
      ...others.map((other) => {
        const [carrier_code, tracking_number] = other.split(':');
        return { carrier_code, tracking_number };
      }),
    ],
  };
}

/** A poll shows what had happened by then; with `observed_at`, an event is shown by that poll alone. */
function isShown(event: Cells, poll: { at: Date }, polls: { at: Date }[]): boolean {
  if (event.observed_at) return new Date(writeInstant(event.observed_at)).getTime() === poll.at.getTime();
  if (!event.event_at) return true;
  const at = new Date(writeInstant(event.event_at));
  return at <= poll.at || !polls.some((other) => other.at >= at);
}

function observe(parcels: Cells[], events: Cells[], asOf: Date): RawObservation[] {
  const polls = parcels.map((row) => ({
    row,
    number: row.tracking_number ?? '',
    at: row.observed_at ? new Date(writeInstant(row.observed_at)) : asOf,
  }));
  return polls.flatMap((poll) => {
    const own = polls.filter(({ number }) => number === poll.number);
    const shown = events.filter(
      (event) => event.tracking_number === poll.number && isShown(event, poll, own),
    );
    const copies = Number(poll.row.copies || 1);
    return Array.from({ length: copies }, (_, index) => ({
      observedAt: poll.at,
      response: toResponse(poll.row, copies === 1 ? poll.number : `${poll.number}-${index + 1}`, shown),
    }));
  });
}

function readCase(name: string): Case {
  const folder = new URL(`${name}/`, casesFolder);
  const files = readdirSync(folder);
  const parcels = readTable(new URL('parcels.csv', folder));
  const events = existsSync(new URL('events.csv', folder))
    ? readTable(new URL('events.csv', folder)).rows
    : [];
  const clock = /as_of: ([0-9TZ:.-]+)/.exec(parcels.comments)?.[1];
  const asOf = clock ? new Date(clock) : standardClock;
  return {
    name,
    folder: folder.pathname,
    asOf,
    days: Number(/days: (\d+)/.exec(parcels.comments)?.[1] ?? 90),
    observations: observe(parcels.rows, events, asOf),
    expectations: files
      .filter((file) => file.startsWith('expect'))
      .sort()
      .map((file) => {
        const { comments, columns, rows } = readTable(new URL(file, folder));
        const where = /^# where: (.+)$/m.exec(comments)?.[1] ?? null;
        return {
          table:
            file
              .split('.')
              .at(-2)
              ?.replace(/^expect$/, 'parcels') ?? '',
          where,
          columns,
          rows,
        };
      }),
    hasSeeds: files.some((file) => !notSeeds.test(file)),
  };
}

/**
 * Every case: a folder with parcels.csv (one row a poll), events.csv and expect.csv (table parcels) or expect.<table>.csv.
 * Columns left out of parcels.csv: carrier_code dhl, from and to NL, observed_at the clock, the rest null; of events.csv:
 * event_type carrier, status_type success. `copies` makes so many parcels of a row. `# as_of: ..., days: ...` sets another clock
 * than 2026-06-30T00:00:00Z and 90 days; `# where: ...` says which rows of the table are compared.
 */
export function readCases(): Case[] {
  return readdirSync(casesFolder).sort().map(readCase);
}

function isSameCell(expected: string, actual: unknown): boolean {
  if (expected === '') return actual === null || actual === '';
  if (actual === null || actual === undefined) return false;
  if (typeof actual === 'number') {
    const places = expected.split('.')[1]?.length ?? 0;
    // Written out to four places or more it is rounded there; shorter it is exact.
    const slack = places >= 4 ? 0.500001 * 10 ** -places : 1e-9;
    return Math.abs(Number(expected) - actual) <= slack;
  }
  const text = String(actual);
  return text === expected || (/_at$|^\d{4}-/.test(text) && text === writeInstant(expected));
}

function describeRow(row: Record<string, unknown>, columns: string[]): string {
  return columns.map((column) => `${column}=${row[column] ?? ''}`).join(' ');
}

/** What differs: expected rows that no row of the table fits, and rows of the table that nobody expected. */
export function findMismatches(expectation: Expectation, actual: Record<string, unknown>[]): string[] {
  const { table, columns, rows } = expectation;
  const left = [...actual];
  const mismatches: string[] = [];
  for (const row of rows) {
    const index = left.findIndex((candidate) =>
      columns.every((column) => isSameCell(row[column] ?? '', candidate[column])),
    );
    if (index < 0) mismatches.push(`${table}: expected ${describeRow(row, columns)}`);
    else left.splice(index, 1);
  }
  return [...mismatches, ...left.map((row) => `${table}: found    ${describeRow(row, columns)}`)];
}
