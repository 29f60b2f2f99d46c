import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName, quoteText } from '../../queries/quoting.js';
import { type Context, plural, say } from '../context.js';
import { describeError, usageError } from '../errors.js';
import { digestOf, readDigestKey } from '../extract/landing.js';
import { dropLeftOnEngine, removeFetched } from '../night/engine.js';
import { withRun } from '../night/run.js';
import { DuckDBInstance } from '../store/driver.js';
import { eraseFromLake } from '../store/lake.js';
import { removeMarts } from '../store/marts.js';
import { listNamedFolders } from '../store/named.js';
import {
  type Manifest,
  readManifest,
  storageVersion,
  verifySnapshot,
  writeManifest,
} from '../store/publish.js';
import { eraseFromHistory, historyPath } from '../store/sql-history.js';
import {
  currentVersion,
  draftVersion,
  listVersions,
  placeDraft,
  removeLitter,
  removeVersion,
  reportVersions,
  switchTo,
  type Versions,
  versionsOf,
} from '../store/versions.js';
import { inTransaction, listSetAside } from '../store/warehouse.js';
import { shortNumber } from '../terminal/log.js';
import { rewriteDatabase, rewriteWarehouse } from './vacuum.js';

const landedTables = [
  'landed_polls',
  'landed_responses',
  'landed_events',
  'landed_shipments',
  'list_checks',
  'registry',
];

/** All numbers of the parcels: those given, their aliases, and what any of these list beside their own. */
async function findNumbers(connection: DuckDBConnection, given: readonly string[]): Promise<string[]> {
  const numbers = new Set(given);
  for (let size = 0; size < numbers.size; ) {
    size = numbers.size;
    const reader = await connection.runAndReadAll(
      `with known as (select unnest(from_json($1, '["varchar"]')) as number)
       select tracking_number from registry where alias_of in (select number from known)
       union select alias_of from registry where alias_of is not null and tracking_number in (select number from known)
       union select listed_number from listed_numbers where tracking_number in (select number from known)
       union select tracking_number from listed_numbers where listed_number in (select number from known)`,
      [JSON.stringify([...numbers])],
    );
    for (const [number] of reader.getRows()) numbers.add(String(number));
  }
  return [...numbers];
}

async function eraseLanded(
  connection: DuckDBConnection,
  numbers: readonly string[],
  at: Date,
): Promise<void> {
  const key = await readDigestKey(connection);
  const list = JSON.stringify(numbers);
  const isOne = (column: string) => `${column} in (select unnest(from_json($1, '["varchar"]')))`;
  for (const table of landedTables) {
    await connection.run(`delete from ${table} where ${isOne('tracking_number')}`, [list]);
  }
  await connection.run(
    `delete from listed_numbers where ${isOne('tracking_number')} or ${isOne('listed_number')}`,
    [list],
  );
  await connection.run(`delete from landed_refusals where ${isOne('place')}`, [list]);
  for (const number of numbers) {
    await connection.run(
      `insert into forgotten_numbers select $1, epoch_ms($2::bigint)
       where not exists (select 1 from forgotten_numbers where digest = $1)`,
      [digestOf(key, number), at.getTime()],
    );
  }
}

const hashFile = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Writes the database and the Parquet files of a copied snapshot anew, without the parcels; returns the rows that are left. */
async function eraseFromCopy(folder: string, numbers: readonly string[]): Promise<Manifest['tables']> {
  const path = join(folder, 'shipping.duckdb');
  const counts: Manifest['tables'] = {};
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    const holders = await connection.runAndReadAll(
      `select table_name from duckdb_columns() where not internal and column_name = 'tracking_number'`,
    );
    for (const [table] of holders.getRows()) {
      const name = quoteName(String(table));
      await connection.run(
        `delete from ${name} where tracking_number in (select unnest(from_json($1, '["varchar"]')))`,
        [JSON.stringify(numbers)],
      );
      const file = join(folder, `${String(table)}.parquet`);
      await connection.run(`copy ${name} to ${quoteText(file)} (format parquet, compression zstd)`);
      const rows = await connection.runAndReadAll(`select count(*) from ${name}`);
      counts[String(table)] = { rows: Number(rows.getRows()[0]?.[0]) };
    }
    await connection.run('checkpoint');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  await rewriteDatabase(path, storageVersion);
  return counts;
}

/** Makes a snapshot anew without the parcels, beside the old one, which then goes: whoever reads sees one of them, whole. */
async function rewriteSnapshot(
  snapshots: Versions,
  version: string,
  numbers: readonly string[],
): Promise<void> {
  const old = join(snapshots.folder, version);
  const isCurrent = currentVersion(snapshots) === version;
  const manifest = readManifest(old);
  const isWhole =
    manifest !== null && Object.keys(manifest.files).every((file) => existsSync(join(old, file)));
  if (isCurrent && !isWhole) await verifySnapshot(old);
  if (manifest !== null && isWhole) {
    const draft = draftVersion(snapshots, version);
    for (const file of Object.keys(manifest.files)) copyFileSync(join(old, file), join(draft, file));
    Object.assign(manifest.tables, await eraseFromCopy(draft, numbers));
    for (const file of Object.keys(manifest.files)) {
      const place = join(draft, file);
      manifest.files[file] = { bytes: statSync(place).size, sha256: hashFile(place) };
    }
    writeManifest(draft, manifest);
    const name = placeDraft(snapshots, version);
    if (isCurrent) switchTo(snapshots, name);
  }
  // One that lacks its manifest or a file is half of something: nobody reads it.
  removeVersion(snapshots, version);
}

/** Reports are made anew from the snapshot: all go, and with them the link, first, so that it never leads nowhere. */
function removeReports(reports: Versions): void {
  if (lstatSync(reports.link, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(reports.link);
  if (!existsSync(reports.folder)) return;
  removeLitter(reports);
  for (const name of listVersions(reports)) removeVersion(reports, name);
}

/** The report, and those beside it: of named snapshots, for carriers, as one file. */
function listReports(out: string): Versions[] {
  const start = `${basename(out)}-`;
  const end = '-versions';
  const beside = (existsSync(dirname(out)) ? readdirSync(dirname(out)) : [])
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .map((name) => reportVersions(join(dirname(out), name.slice(0, -end.length))));
  return [reportVersions(out), ...beside];
}

/** What a build that was cut off has left on the engine elsewhere, which may not answer. */
async function eraseOnEngine(context: Context): Promise<void> {
  if (context.config.engine !== 'trino') return;
  try {
    await dropLeftOnEngine(context, 3);
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.warn(
      `the engine could not be asked (${describeError(error).message}): what a build that was cut off has left there may still hold them, until the next build`,
    );
  }
}

/**
 * `forget TRACKING_NUMBER...`: erases parcels from the warehouse and every kept snapshot, bytes included, removes what is derived
 * (marts, reports), and keeps a keyed hash by which the numbers are refused from now on.
 */
export async function runForget(context: Context): Promise<number> {
  const { config, args, clock, log } = context;
  if (args.length === 0) throw usageError('forget needs a tracking number');
  const exitCode = await withRun(context, 'forget', async (run) => {
    const numbers = await findNumbers(run.connection, args);
    run.note('forget', 0, null);
    removeMarts(config.marts);
    const named = listNamedFolders(config.published);
    for (const snapshots of [
      versionsOf(config.published, 'snapshots'),
      ...named.map((each) => each.versions),
    ]) {
      if (existsSync(snapshots.folder)) removeLitter(snapshots);
      for (const version of listVersions(snapshots)) {
        log.info(`snapshot ${join(snapshots.folder, version)} is written anew`);
        await rewriteSnapshot(snapshots, version, numbers);
      }
    }
    for (const reports of listReports(config.out)) removeReports(reports);
    // Last: the other numbers of a parcel are known from here only, and a forget that was cut off is called again.
    await inTransaction(run.connection, () => eraseLanded(run.connection, numbers, clock()));
    eraseFromHistory(historyPath(config.data), numbers);
    if (config.lake !== null) {
      const files = await eraseFromLake(
        run.connection,
        { folder: config.lake, account: config.account },
        numbers,
      );
      log.info(`lake: ${plural(files, 'file')} written anew`);
    }
    await eraseOnEngine(context);
    removeFetched(config);
    const onEngine =
      config.engine === 'trino' && config.trinoTables !== null
        ? '\nThe tables of trinoTables lose them with that build, and their files once the catalog deletes old snapshots (docs/scale.md).'
        : '';
    const names = numbers.map((number) => shortNumber(number, config.verbose));
    for (const path of listSetAside(config.warehouse)) {
      log.warn(`${path}, set aside by restore, may still hold them: delete it once all is well`);
    }
    say(
      context,
      `forgotten: ${names.join(', ')}\nRun \`parcelmetrics nightly\`, or build, publish and report, to have figures and pages without them.\n` +
        `Files of yours that named them (an inbox, an archive) are yours to erase.${onEngine}`,
      { forgotten: names.length },
    );
    return { exitCode: 0, summary: { forgotten: names.length } };
  });
  // With the lock let go of and taken again: DuckDB has to have closed the file before it is replaced.
  await rewriteWarehouse(context, 'forget');
  return exitCode;
}
