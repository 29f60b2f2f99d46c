import { copyFileSync, existsSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { quoteName, quoteText } from '../../queries/quoting.js';
import { type Context, plural, say } from '../context.js';
import { usageError } from '../errors.js';
import { exportLanded, registryPathOf } from '../house-keeping/landed-lines.js';
import { lakeStep } from '../night/engine.js';
import { withRun } from '../night/run.js';
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
  await verifySnapshot(published, options.exportFormat === 'csv' ? ['shipping.duckdb'] : names);
  const place = resolve(context.cwd, folder);
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw usageError(`${place} is a file, and export needs a folder`, { hint: 'Nothing was written.' });
  }
  refuseExisting(
    [...names, 'export.json'].map((name) => join(place, name)),
    options.overwrite,
  );
  makeFolders(place);
  const earlierMask = process.umask(0o077);
  try {
    if (options.exportFormat === 'csv')
      await writeCsvFiles(join(published, 'shipping.duckdb'), tables, place);
    else {
      for (const name of names) {
        copyFileSync(join(published, name), join(place, `${name}.tmp`));
        adopt(join(place, `${name}.tmp`), join(place, name));
      }
    }
    const manifest = { ...readManifest(published), format: options.exportFormat, files: names };
    writeFileSync(join(place, 'export.json.tmp'), `${JSON.stringify(manifest, null, 2)}\n`);
    adopt(join(place, 'export.json.tmp'), join(place, 'export.json'));
  } finally {
    process.umask(earlierMask);
  }
  const rows = Object.values(readManifest(published)?.tables ?? {}).reduce(
    (sum, table) => sum + table.rows,
    0,
  );
  say(context, `${tables.length} tables, ${rows} rows: ${place}`, {
    folder: place,
    format: options.exportFormat,
    tables: tables.length,
    rows,
  });
  return 0;
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
