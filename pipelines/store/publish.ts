import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openReader, type Reader } from '../../queries/db.js';
import { type Keys, writeNumberOf } from '../../queries/keys.js';
import { quoteName, quoteText } from '../../queries/quoting.js';
import { configurationError, ParcelmetricsError, usageError } from '../errors.js';
import { packageVersion } from '../version.js';
import { firstLine } from './database.js';
import {
  adoptDraft,
  currentVersion,
  draftVersion,
  type Keep,
  listVersions,
  pruneVersions,
  switchTo,
  versionsOf,
} from './versions.js';
import { inTransaction } from './warehouse.js';

/** The newest DuckDB storage format that DuckDB 1.2 and later read. */
export const storageVersion = 'v1.2.0';
/** Of the published tables; raised when one is renamed or redefined. 2: areas in delay_breakdown, episodes in alerts, `metrics`, `cases`. */
const schemaVersion = 2;

/** `manifest.json` of a snapshot. Instants are ISO 8601. */
export interface Manifest {
  run_id: string;
  schema_version: number;
  parcelmetrics_version: string;
  as_of: string;
  data_as_of: string | null;
  /** First and last day of the current period; older manifests lack it. */
  window?: { from: string; to: string };
  tables: Record<string, { rows: number }>;
  files: Record<string, { bytes: number; sha256: string }>;
}

export interface PublishOptions {
  /** The symlink that readers open. */
  published: string;
  runId: string;
  /** The tables to publish, from the current catalog. */
  tables: readonly string[];
  /** How parcels are known there; a number if left out. Readers get account and number. */
  keys?: Keys;
  /** Writes the comments of tables and columns into a catalog. */
  writeComments: (connection: DuckDBConnection, catalog: string) => Promise<void>;
  /** Looked at before each table. */
  signal?: AbortSignal;
  /** Which earlier snapshots stay. */
  keep?: Keep;
}

/** The SHA-256 of a file, in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function readText(connection: DuckDBConnection, sql: string): Promise<string | null> {
  const reader = await connection.runAndReadAll(sql);
  const value = reader.getRows()[0]?.[0];
  return value === null || value === undefined ? null : String(value);
}

/** SQL of the columns that readers get of a table: where its keys hold the account too, the number alone. */
async function writeColumns(connection: DuckDBConnection, table: string, keys?: Keys): Promise<string> {
  if (!keys || keys.account !== null) return '*';
  const found = await readText(
    connection,
    `select 1 from (describe ${quoteName(table)}) where column_name = 'tracking_number'`,
  );
  return found === null ? '*' : `* replace (${writeNumberOf('tracking_number', keys)} as tracking_number)`;
}

const isoInstant = (column: string) => `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')`;

/**
 * Copies the public tables into a new snapshot, a DuckDB file and a Parquet file a table, and swaps it in. A reader of the
 * earlier one keeps it.
 */
export async function publish(connection: DuckDBConnection, options: PublishOptions): Promise<Manifest> {
  const { published, runId, tables, writeComments } = options;
  const versions = versionsOf(published, 'snapshots');
  const draft = draftVersion(versions, runId);
  const database = join(draft, 'shipping.duckdb');
  const catalog = 'publishing';
  const counts: Manifest['tables'] = {};
  const files = ['shipping.duckdb'];
  await connection.run(
    `attach ${quoteText(database)} as ${catalog} (storage_version ${quoteText(storageVersion)})`,
  );
  try {
    for (const table of tables) {
      options.signal?.throwIfAborted();
      const name = quoteName(table);
      const columns = await writeColumns(connection, table, options.keys);
      await connection.run(`create table ${catalog}.${name} as select ${columns} from ${name}`);
      counts[table] = { rows: Number(await readText(connection, `select count(*) from ${catalog}.${name}`)) };
      const file = `${table}.parquet`;
      await connection.run(
        `copy ${catalog}.${name} to ${quoteText(join(draft, file))} (format parquet, compression zstd)`,
      );
      files.push(file);
    }
    // A commit for each of five hundred comments would take longer than they do.
    await inTransaction(connection, () => writeComments(connection, catalog));
    await connection.run(`checkpoint ${catalog}`);
    await connection.run(`detach ${catalog}`);
  } catch (error) {
    // What went wrong first is what counts.
    await connection.run(`detach ${catalog}`).catch(() => {});
    throw error;
  }
  const described: Manifest['files'] = {};
  for (const file of files) {
    const path = join(draft, file);
    described[file] = { bytes: statSync(path).size, sha256: await hashFile(path) };
  }
  const manifest: Manifest = {
    run_id: runId,
    schema_version: schemaVersion,
    parcelmetrics_version: packageVersion(),
    as_of: (await readText(connection, `select ${isoInstant('as_of')} from run_parameters`)) ?? '',
    data_as_of: await readText(connection, `select ${isoInstant('data_as_of')} from run_parameters`),
    window: {
      from: (await readText(connection, 'select window_start_date from run_parameters')) ?? '',
      to: (await readText(connection, 'select window_end_date from run_parameters')) ?? '',
    },
    tables: counts,
    files: described,
  };
  writeManifest(draft, manifest);
  adoptDraft(versions, runId);
  pruneVersions(versions, options.keep ?? { count: 7 });
  return manifest;
}

/** Goes back to the snapshot before the current one. @throws ParcelmetricsError (exit code 2) when there is none. */
export function rollBack(published: string): { from: string; to: string } {
  const versions = versionsOf(published, 'snapshots');
  const all = listVersions(versions);
  const from = currentVersion(versions);
  const to = from === null ? undefined : all[all.indexOf(from) - 1];
  if (from === null || to === undefined) {
    throw new ParcelmetricsError(`there is no snapshot before ${from ?? 'the first'}`, {
      code: 'no_snapshot',
      exitCode: 2,
      hint: `Nothing was changed. Snapshots that are there: ${all.join(', ') || 'none'}.`,
    });
  }
  switchTo(versions, to);
  return { from, to };
}

const digestManifest = (manifest: Manifest) =>
  createHash('sha256').update(JSON.stringify(manifest)).digest('hex');

/** Writes the manifest of a snapshot with a checksum of its own. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const signed = { ...manifest, sha256: digestManifest(manifest) };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(signed, null, 2)}\n`, { mode: 0o600 });
}

/** The manifest of the current snapshot, or null. @throws ParcelmetricsError (exit code 2) when it is damaged. */
export function readManifest(published: string): Manifest | null {
  const path = join(published, 'manifest.json');
  if (!existsSync(path)) return null;
  try {
    const { sha256, ...manifest } = JSON.parse(readFileSync(path, 'utf8')) as Manifest & { sha256?: string };
    if (sha256 === digestManifest(manifest)) return manifest;
  } catch {
    // Not JSON: damaged too, and its content is nothing for a message.
  }
  throw damagedError(path, 'is not what was published: its checksum differs');
}

/**
 * Pages and `explain` read the tables as they are published today; `sql` and `export` hand over whatever there is.
 * @throws ParcelmetricsError (exit code 2) when the snapshot was published with tables of another form.
 */
export function requireReadable(published: string): void {
  const version = readManifest(published)?.schema_version ?? schemaVersion;
  if (version === schemaVersion) return;
  const age = version < schemaVersion ? 'an older' : 'a newer';
  const trouble = `was published by ${age} version: its tables are of form ${version}, and this version reads form ${schemaVersion}`;
  throw new ParcelmetricsError(`the snapshot ${published} ${trouble}`, {
    code: 'snapshot_of_another_version',
    exitCode: 2,
    hint:
      version < schemaVersion
        ? 'Publish anew: `parcelmetrics build && parcelmetrics publish`. `parcelmetrics sql` reads this one as it is.'
        : 'Use the version of parcelmetrics that published it, or publish anew: `parcelmetrics build && parcelmetrics publish`.',
  });
}

function damagedError(path: string, trouble: string): ParcelmetricsError {
  return new ParcelmetricsError(`${path} ${trouble}`, {
    code: 'snapshot_damaged',
    exitCode: 2,
    hint: 'Run `parcelmetrics build` and `parcelmetrics publish` to make it again, or `parcelmetrics publish --rollback` to go back.',
  });
}

/**
 * Compares the snapshot with its manifest, so that no page is made from a damaged file; every file of it unless some are named.
 * @throws ParcelmetricsError (exit code 2) naming the file.
 */
export async function verifySnapshot(published: string, names?: readonly string[]): Promise<void> {
  const manifest = readManifest(published);
  if (manifest === null) {
    throw new ParcelmetricsError(`there is no snapshot at ${published}`, {
      code: 'no_snapshot',
      exitCode: 2,
      hint: 'Run `parcelmetrics build` and `parcelmetrics publish` first, or `parcelmetrics nightly`.',
    });
  }
  for (const name of names ?? ['shipping.duckdb', ...Object.keys(manifest.files)]) {
    const path = join(published, name);
    const expected = manifest.files[name]?.sha256;
    if (expected === undefined || !existsSync(path) || (await hashFile(path)) !== expected)
      throw damagedError(path, 'is not what was published: its checksum differs');
  }
}

/**
 * The folder of the current snapshot, verified, whatever is published meanwhile; and of the one before it, or null when there is
 * none or it is damaged or of another version, which is said.
 * @throws ParcelmetricsError (exit code 2) when there is no snapshot, or it is damaged or of another version.
 */
export async function findSound(
  published: string,
  warn: (message: string) => void,
): Promise<{ folder: string; earlier: string | null }> {
  const versions = versionsOf(published, 'snapshots');
  const current = currentVersion(versions);
  const folder = current === null ? published : join(versions.folder, current);
  await verifySnapshot(folder);
  requireReadable(folder);
  const all = listVersions(versions);
  const before = current === null ? undefined : all[all.indexOf(current) - 1];
  if (before === undefined) return { folder, earlier: null };
  const earlier = join(versions.folder, before);
  try {
    await verifySnapshot(earlier);
    requireReadable(earlier);
    return { folder, earlier };
  } catch (error) {
    warn(`the report names no changes since last night: ${error instanceof Error ? error.message : error}`);
    return { folder, earlier: null };
  }
}

/**
 * Opens the published snapshot for reading; nothing is locked that a night would need.
 * @throws ParcelmetricsError (exit code 2) when there is none, or it cannot be read.
 */
export async function openPublished(published: string): Promise<Reader> {
  const path = join(published, 'shipping.duckdb');
  if (!existsSync(path)) {
    throw usageError(`there is no snapshot at ${published}`, {
      hint: 'Run `parcelmetrics nightly` first, or build and publish what was imported.',
    });
  }
  try {
    return await openReader(path);
  } catch (cause) {
    throw configurationError(`${path} cannot be read: ${firstLine(cause)}`, {
      hint: '`parcelmetrics build` and `parcelmetrics publish` make it again; `parcelmetrics publish --rollback` goes back to the one before.',
      cause,
    });
  }
}
