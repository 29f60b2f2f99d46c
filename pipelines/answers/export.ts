import { copyFileSync, existsSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName, quoteText } from '../../queries/quoting.js';
import {
  type ColumnKind,
  mostSheetRows,
  type Sheet,
  type WorkbookValue,
  writeWorkbook,
} from '../../reports/parts/workbook.js';
import { type Context, plural, say } from '../context.js';
import { usageError } from '../errors.js';
import { exportLanded, registryPathOf } from '../house-keeping/landed-lines.js';
import { lakeStep } from '../night/engine.js';
import { withRun } from '../night/run.js';
import { DuckDBInstance } from '../store/driver.js';
import { makeFolders } from '../store/folders.js';
import { readManifest, verifySnapshot } from '../store/publish.js';
import { syncToDisk } from '../store/versions.js';

function refuseExisting(paths: readonly string[], isAllowed: boolean): void {
  const first = paths.find((path) => existsSync(path));
  if (first === undefined || isAllowed) return;
  throw usageError(`${first} is there already`, {
    hint: 'Nothing was written. Name another place, or replace it with --overwrite.',
  });
}

/** A file under its final name once it is whole. */
function adopt(draft: string, path: string): void {
  syncToDisk(draft);
  renameSync(draft, path);
}

async function writeCsvFiles(database: string, tables: readonly string[], folder: string): Promise<void> {
  const instance = await DuckDBInstance.create(database, { access_mode: 'READ_ONLY', threads: '1' });
  const connection = await instance.connect();
  try {
    for (const table of tables) {
      const path = join(folder, `${table}.csv`);
      await connection.run(
        `copy ${quoteName(table)} to ${quoteText(`${path}.tmp`)}
         (format csv, header, timestampformat '%Y-%m-%dT%H:%M:%S.%fZ', dateformat '%Y-%m-%d')`,
      );
      adopt(`${path}.tmp`, path);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** More than these many cells of one table need memory that a spreadsheet has no use for. */
const mostCells = 2_000_000;

const kinds: Readonly<Record<string, ColumnKind>> = {
  DATE: 'date',
  TIMESTAMP: 'time',
  BOOLEAN: 'boolean',
  DOUBLE: 'number',
  TINYINT: 'number',
  SMALLINT: 'number',
  INTEGER: 'number',
};

async function readSheet(connection: DuckDBConnection, table: string): Promise<Sheet> {
  const described = await connection.runAndReadAll(`describe ${quoteName(table)}`);
  const typed = described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
  const reads = typed.map(({ name, type }) => {
    const column = quoteName(name);
    if (type === 'DATE' || type === 'TIMESTAMP')
      return `cast(epoch_ms(cast(${column} as timestamp)) as double)`;
    // A count fits a spreadsheet's number; a number beyond 2^53 would lose digits.
    if (type === 'BIGINT')
      return `case when abs(${column}) < 9007199254740992 then cast(${column} as double) end`;
    return type in kinds ? column : `cast(${column} as varchar)`;
  });
  const reader = await connection.runAndReadAll(`select ${reads.join(', ')} from ${quoteName(table)}`);
  return {
    name: table,
    columns: typed.map(({ name, type }) => ({
      name,
      kind: type === 'BIGINT' ? 'number' : (kinds[type] ?? 'text'),
    })),
    rows: reader.getRows() as WorkbookValue[][],
  };
}

/** A workbook a table. Returns the tables that are too large for one. */
async function writeWorkbooks(
  database: string,
  tables: readonly string[],
  folder: string,
  advance: () => void,
): Promise<string[]> {
  const instance = await DuckDBInstance.create(database, { access_mode: 'READ_ONLY', threads: '1' });
  const connection = await instance.connect();
  const tooLarge: string[] = [];
  try {
    for (const table of tables) {
      const counted = await connection.runAndReadAll(
        `select (select count(*) from ${quoteName(table)})::double,
           (select count(*) from duckdb_columns() where table_name = ${quoteText(table)} and not internal)::double`,
      );
      const [rows = 0, columns = 0] = (counted.getRows()[0] ?? []).map(Number);
      if (rows > mostSheetRows || rows * columns > mostCells) tooLarge.push(table);
      else {
        const path = join(folder, `${table}.xlsx`);
        await writeWorkbook(`${path}.tmp`, [await readSheet(connection, table)]);
        adopt(`${path}.tmp`, path);
      }
      advance();
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return tooLarge;
}

/** `export DIR`, `export --landed FILE` */
export async function runExport(context: Context): Promise<number> {
  const { config, options, args } = context;
  const folder = args[0];
  if (options.landedFile !== null) {
    if (folder !== undefined) throw usageError('export takes a folder or --landed FILE, not both');
    return runExportLanded(context, options.landedFile);
  }
  if (folder === undefined) throw usageError('export needs a folder, or --landed FILE');
  // The snapshot of now, whatever is published meanwhile.
  const published = existsSync(config.published) ? realpathSync(config.published) : config.published;
  const tables = Object.keys(readManifest(published)?.tables ?? {});
  const names = tables.map((table) => `${table}.${options.exportFormat}`);
  await verifySnapshot(published, options.exportFormat === 'parquet' ? names : ['shipping.duckdb']);
  const place = resolve(context.cwd, folder);
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw usageError(`${place} is a file, and export needs a folder`, { hint: 'Nothing was written.' });
  }
  refuseExisting(
    [...names, 'export.json'].map((name) => join(place, name)),
    options.overwrite,
  );
  makeFolders(place);
  let tooLarge: string[] = [];
  const earlierMask = process.umask(0o077);
  try {
    if (options.exportFormat === 'csv')
      await writeCsvFiles(join(published, 'shipping.duckdb'), tables, place);
    else if (options.exportFormat === 'xlsx') {
      context.progress.start('export, tables', tables.length);
      const advance = () => context.progress.advance(1);
      tooLarge = await writeWorkbooks(join(published, 'shipping.duckdb'), tables, place, advance);
      context.progress.stop();
    } else {
      for (const name of names) {
        copyFileSync(join(published, name), join(place, `${name}.tmp`));
        adopt(join(place, `${name}.tmp`), join(place, name));
      }
    }
    const files = names.filter((_, index) => !tooLarge.includes(tables[index] ?? ''));
    const manifest = { ...readManifest(published), format: options.exportFormat, files };
    writeFileSync(join(place, 'export.json.tmp'), `${JSON.stringify(manifest, null, 2)}\n`);
    adopt(join(place, 'export.json.tmp'), join(place, 'export.json'));
  } finally {
    process.umask(earlierMask);
  }
  const rows = Object.entries(readManifest(published)?.tables ?? {}).reduce(
    (sum, [name, table]) => sum + (tooLarge.includes(name) ? 0 : table.rows),
    0,
  );
  const left =
    tooLarge.length === 0
      ? ''
      : `\nleft out, since no workbook holds so many cells: ${tooLarge.join(', ')}; \`parcelmetrics export --format csv\` or parquet has them`;
  const copies =
    'These are copies: `parcelmetrics forget` does not reach them, so remove them when a parcel has to be forgotten.';
  say(context, `${tables.length - tooLarge.length} tables, ${rows} rows: ${place}${left}\n${copies}`, {
    folder: place,
    format: options.exportFormat,
    tables: tables.length - tooLarge.length,
    rows,
    left_out: tooLarge,
  });
  return tooLarge.length === 0 ? 0 : 3;
}

async function runExportLanded(context: Context, path: string): Promise<number> {
  const { options, progress, signal } = context;
  refuseExisting([path, registryPathOf(path)], options.overwrite);
  return withRun(context, 'export', async (run) => {
    progress.start('export, responses', null);
    const written = await exportLanded(run.connection, path, {
      signal,
      onLines: (count) => progress.advance(count),
    });
    progress.stop();
    const lake = await lakeStep(context, run.connection, run.runId);
    const text =
      `${written.lines} responses: ${path}\n${written.numbers} registered numbers: ${written.registryPath}\n` +
      'Both together are what `parcelmetrics restore` takes; `import` takes the first alone.' +
      (lake === null ? '' : `\nlake: ${plural(lake.numbers, 'number')} with news: ${context.config.lake}`);
    say(context, text, { file: path, ...written });
    return { exitCode: 0, summary: { export: { lines: written.lines, numbers: written.numbers } } };
  });
}
