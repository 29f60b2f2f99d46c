import { EventEmitter } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import { main, type World } from '../../../pipelines/cli.js';
import { COMMANDS } from '../../../pipelines/command-list.js';
import { type BatchContext, type Landed, landBatch, startBatch } from '../../../pipelines/extract/landing.js';
import type { Sandbox } from '../../../pipelines/sandbox/server.js';
import type { Json, ParcelSource } from '../../../pipelines/sandbox/source.js';
import { readTimeline } from '../../../pipelines/sendcloud/timeline.js';
import { MIGRATIONS } from '../../../pipelines/store/warehouse.js';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** A folder that ends with the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Called {
  exitCode: number;
  out: string;
  err: string;
}

export interface Place {
  cwd: string;
  environment?: Record<string, string>;
  signals?: EventEmitter;
  now?: () => Date;
}

/** Calls the program as a user would, in this process. */
export async function call(argv: readonly string[], place: Place): Promise<Called> {
  const chunks = { out: [] as Buffer[], err: [] as Buffer[] };
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  stdout.on('data', (chunk) => chunks.out.push(chunk));
  stderr.on('data', (chunk) => chunks.err.push(chunk));
  const world: World = {
    environment: place.environment ?? {},
    cwd: place.cwd,
    machine: { totalMemoryBytes: 2e9, cores: 2, stderrIsTerminal: false },
    stdout,
    stderr,
    now: place.now ?? (() => new Date()),
    signals: place.signals ?? new EventEmitter(),
    exit: () => {},
    commands: COMMANDS,
  };
  const exitCode = await main(argv, world);
  stdout.end();
  stderr.end();
  return {
    exitCode,
    out: Buffer.concat(chunks.out).toString('utf8'),
    err: Buffer.concat(chunks.err).toString('utf8'),
  };
}

/** The environment that points the program at a sandbox, at a rate that no test waits for. */
export function pointAt(sandbox: Pick<Sandbox, 'url' | 'publicKey' | 'secretKey'>): Record<string, string> {
  return {
    SENDCLOUD_BASE_URL: sandbox.url,
    SENDCLOUD_PUBLIC_KEY: sandbox.publicKey,
    SENDCLOUD_SECRET_KEY: sandbox.secretKey,
    PARCELMETRICS_RATE: '600000/min',
  };
}

/** A connection to an empty warehouse in memory, or in a file. */
export async function openLanding(
  path = ':memory:',
  settings: Record<string, string> = {},
): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(path, { threads: '1', ...settings });
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  await connection.run("set global TimeZone = 'UTC'");
  await connection.run(MIGRATIONS.map(({ file }) => readFileSync(file, 'utf8')).join('\n'));
  await connection.run("insert into meta values ('schema_version', '2')");
  return connection;
}

/** A connection whose disk is full once so many transactions were committed. */
export function failAfterCommits(connection: DuckDBConnection, count: number): DuckDBConnection {
  let commits = 0;
  return new Proxy(connection, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (property === 'run' && args[0] === 'commit') {
          commits += 1;
          if (commits > count) return Promise.reject(new Error('the disk is full'));
        }
        return value.apply(target, args);
      };
    },
  });
}

/** Rows as objects of texts, null where there is nothing. */
export async function readRows(
  connection: DuckDBConnection,
  sql: string,
): Promise<Record<string, string | null>[]> {
  const reader = await connection.runAndReadAll(sql);
  const names = reader.columnNames();
  return reader
    .getRows()
    .map((row) =>
      Object.fromEntries(names.map((name, index) => [name, row[index] === null ? null : String(row[index])])),
    );
}

/** The only value of a query. */
export async function readValue(connection: DuckDBConnection, sql: string): Promise<string | null> {
  const [row = {}] = await readRows(connection, sql);
  return Object.values(row)[0] ?? null;
}

/** Opens a database file to look at it, and lets go of it. */
export async function inspect<T>(
  path: string,
  look: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY', threads: '1' });
  const connection = await instance.connect();
  try {
    return await look(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** One value of a database file. */
export const askFile = (path: string, sql: string) =>
  inspect(path, (connection) => readValue(connection, sql));

export type EventText = readonly [at: string, code: string, more?: Json];

/** A body as the API answers it: the numbers, and events such as `['2026-03-01T10:00:00Z', 'accepted']`. */
export function makeTimeline(
  numbers: string | readonly string[],
  events: readonly EventText[],
  more: Json = {},
): Json {
  const list = typeof numbers === 'string' ? [numbers] : numbers;
  return {
    announced_at: '2026-03-01T09:00:00Z',
    details: { is_return: false, is_mail_box: false, is_to_service_point: false },
    events: events.map(([event_at, status_code, extra]) => ({
      event_at,
      event_type: 'carrier',
      status_code,
      status_type: 'success',
      sub_status_code: 'none',
      ...extra,
    })),
    from_address: { country_code: 'NL', postal_code: '1012 AB' },
    to_address: { country_code: 'DE', postal_code: '10115' },
    tracking_numbers: list.map((tracking_number) => ({ carrier_code: 'postnl', tracking_number })),
    ...more,
  };
}

export interface Seen {
  at: string;
  body: Json;
  /** The registered number that was asked for, where it is not the body's first. */
  asked?: string;
}

const micros = (at: string) => BigInt(Date.parse(at)) * 1000n;

/** Lands bodies in one batch. */
export async function land(
  connection: DuckDBConnection,
  seen: readonly Seen[],
  context: Partial<BatchContext> = {},
): Promise<Landed> {
  const batch = startBatch();
  for (const { at, body, asked } of seen) {
    const read = readTimeline(body, { keepSourceId: false });
    if (!read.ok) throw new Error(`refused at ${read.refusal.path}`);
    const trackingNumber = asked ?? read.timeline.trackingNumbers[0]?.trackingNumber ?? '';
    batch.observations.push({ trackingNumber, observedAt: micros(at), timeline: read.timeline });
  }
  return landBatch(connection, batch, { runId: 'run', clockAt: 0n, registersUnknown: true, ...context });
}

/** Puts parcels into the registry as `register --known` does. */
export async function registerNumbers(
  connection: DuckDBConnection,
  numbers: readonly string[],
  at = '2026-03-01 00:00:00',
): Promise<void> {
  for (const number of numbers) {
    await connection.run(
      `insert into registry
         (tracking_number, carrier_code, registered_at, origin, state, phase, not_found_count, failure_count)
       values ($1, 'postnl', cast($2 as timestamp), 'known', 'active', 'new', 0, 0)`,
      [number, at],
    );
  }
}

/** A source that shows the given bodies from the instants given with them, and counts nothing. */
export function showBodies(bodies: Record<string, object>): ParcelSource {
  return {
    find: (trackingNumber) => bodies[trackingNumber] ?? null,
    list: () =>
      Object.keys(bodies).map((trackingNumber) => ({
        trackingNumber,
        carrierCode: 'postnl',
        announcedAt: '2026-03-01T09:00:00Z',
      })),
  };
}

/** Every file below a folder, symlinks not followed. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The files of a folder whose bytes hold one of the texts, each with the text. */
export function findInFiles(folder: string, texts: readonly string[]): string[] {
  const needles = texts.map((text) => [text, Buffer.from(text)] as const);
  return listFiles(folder).flatMap((path) => {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return [];
    const bytes = readFileSync(path);
    return needles.filter(([, needle]) => bytes.includes(needle)).map(([text]) => `${path}: ${text}`);
  });
}
