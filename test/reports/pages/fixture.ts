import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { publish } from '../../../pipelines/store/publish.js';
import { publicTables } from '../../../queries/models.js';
import { estimateShare } from '../../../reports/drawing/wilson.js';
import { openScratch } from '../../queries/harness.js';

/** Rows of a published snapshot, by table. */
export type Tables = Record<string, Record<string, unknown>[]>;

let published: Promise<string> | undefined;

/** A snapshot of no parcels, built and published as a night does it: every table as it really is, the seeds' rows in it. Made once. */
async function publishNothing(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-nothing-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  const scratch = await openScratch();
  await scratch.build({ asOf: new Date('2026-11-03T04:30:00Z'), days: 90 });
  await publish(scratch.connection, {
    published: join(folder, 'published'),
    runId: 'run-1',
    tables: publicTables,
    writeComments: async () => {},
  });
  scratch.close();
  return join(folder, 'published', 'shipping.duckdb');
}

/** Writes a snapshot whose tables hold the rows given; one that is not given is as a night without parcels leaves it. */
export async function writeSnapshot(path: string, tables: Tables): Promise<void> {
  published ??= publishNothing();
  copyFileSync(await published, path);
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-fixture-'));
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    const described = await connection.runAndReadAll(
      'select table_name, column_name, data_type from duckdb_columns() where database_name = current_database()',
    );
    const types = new Map(
      described.getRows().map(([table, column, type]) => [`${table}.${column}`, String(type)]),
    );
    for (const [table, given] of Object.entries(tables)) {
      // of one account, where nothing else is said
      const rows = types.has(`${table}.account`) ? given.map((row) => ({ account: 'own', ...row })) : given;
      await connection.run(`delete from ${table}`);
      if (rows.length === 0) continue;
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].map((column) => {
        const type = types.get(`${table}.${column}`);
        if (type === undefined)
          throw new RangeError(`the fixture fills ${table}.${column}, which is not published`);
        return `"${column}": '${type}'`;
      });
      const file = join(folder, `${table}.ndjson`);
      writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
      await connection.run(
        `insert into ${table} by name
        select * from read_json('${file}', format = 'newline_delimited', columns = {${columns.join(', ')}})`,
      );
    }
    await connection.run('checkpoint');
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
  }
}

/** The row of run_parameters for a 90-day window before 3 November 2026. */
export function makeParameters(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    as_of: '2026-11-03 04:30:00',
    as_of_date: '2026-11-03',
    window_days: 90,
    window_start_date: '2026-08-05',
    window_end_date: '2026-11-02',
    previous_as_of: '2026-08-05 04:30:00',
    previous_window_start_date: '2026-05-07',
    previous_window_end_date: '2026-08-04',
    data_as_of: '2026-11-03 04:12:00',
    ...changes,
  };
}

/** The four columns of a rate. */
export function rateColumns(name: string, value: number, n: number): Record<string, unknown> {
  if (n === 0) return { [name]: null, [`${name}_lo`]: null, [`${name}_hi`]: null, [`${name}_n`]: 0 };
  const limits = estimateShare(Math.round(value * n), n);
  return { [name]: limits.value, [`${name}_lo`]: limits.lo, [`${name}_hi`]: limits.hi, [`${name}_n`]: n };
}

/** The three columns of a percentile; width is relative. */
export function spanColumns(name: string, value: number | null, width: number): Record<string, unknown> {
  return {
    [name]: value,
    [`${name}_lo`]: value === null ? null : value * (1 - width),
    [`${name}_hi`]: value === null ? null : value * (1 + width),
  };
}
