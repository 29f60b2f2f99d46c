import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Context } from './commands.js';
import { usageError } from './errors.js';
import { digestOf, readDigestKey } from './extract/landing.js';
import { shortNumber } from './log.js';
import { quoteName, quoteText } from './marts.js';
import { withRun } from './night-run.js';
import { type Manifest, storageVersion } from './publish.js';
import { rewriteDatabase, rewriteWarehouse } from './rewrite.js';
import { eraseFromHistory, historyPath } from './sql/history.js';
import { listVersions, versionsOf } from './versions.js';
import { inTransaction } from './warehouse.js';

const landedTables = ['landed_polls', 'landed_responses', 'landed_events', 'registry'];

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

/** Writes a snapshot's files anew without the parcels. */
async function rewriteSnapshot(folder: string, numbers: readonly string[]): Promise<void> {
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
      await connection.run(`copy ${name} to ${quoteText(`${file}.tmp`)} (format parquet, compression zstd)`);
      renameSync(`${file}.tmp`, file);
      const rows = await connection.runAndReadAll(`select count(*) from ${name}`);
      counts[String(table)] = { rows: Number(rows.getRows()[0]?.[0]) };
    }
    await connection.run('checkpoint');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  await rewriteDatabase(path, storageVersion);
  const manifestPath = join(folder, 'manifest.json');
  if (!existsSync(manifestPath)) return;
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Manifest;
  Object.assign(manifest.tables, counts);
  for (const file of Object.keys(manifest.files)) {
    const place = join(folder, file);
    manifest.files[file] = { bytes: statSync(place).size, sha256: hashFile(place) };
  }
  writeFileSync(`${manifestPath}.tmp`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${manifestPath}.tmp`, manifestPath);
}

/**
 * `forget TRACKING_NUMBER...`: erases parcels from the warehouse and every kept snapshot, bytes included, removes what is derived
 * (marts, reports), and keeps a keyed hash by which the numbers are refused from now on.
 */
export async function runForget(context: Context): Promise<number> {
  const { config, args, clock, log, stdout } = context;
  if (args.length === 0) throw usageError('forget needs a tracking number');
  const exitCode = await withRun(context, 'forget', async (run) => {
    const numbers = await findNumbers(run.connection, args);
    await inTransaction(run.connection, () => eraseLanded(run.connection, numbers, clock()));
    run.say('forget', 0, null);
    rmSync(config.marts, { force: true });
    rmSync(`${config.marts}.wal`, { force: true });
    const snapshots = versionsOf(config.published, 'snapshots');
    for (const version of listVersions(snapshots)) {
      log.info(`snapshot ${version} is written anew`);
      await rewriteSnapshot(join(snapshots.folder, version), numbers);
    }
    const reports = versionsOf(config.out, 'reports');
    for (const name of existsSync(reports.folder) ? readdirSync(reports.folder) : []) {
      rmSync(join(reports.folder, name), { recursive: true, force: true });
    }
    eraseFromHistory(historyPath(config.data), numbers);
    const names = numbers.map((number) => shortNumber(number, config.verbose));
    stdout(
      config.json
        ? `${JSON.stringify({ forgotten: names.length })}\n`
        : `forgotten: ${names.join(', ')}\nRun \`parcelmetrics nightly\`, or build, publish and report, to have figures and pages without them.\n` +
            'Files of yours that named them (an inbox, an archive) are yours to erase.\n',
    );
    return { exitCode: 0, summary: { forgotten: names.length } };
  });
  // With the lock let go of and taken again: DuckDB has to have closed the file before it is replaced.
  await rewriteWarehouse(context, 'forget');
  return exitCode;
}
