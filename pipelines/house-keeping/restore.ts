import { copyFileSync, existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Context, confirm, say } from '../context.js';
import { usageError } from '../errors.js';
import { type Imported, importFiles } from '../extract/import.js';
import { firstLine } from '../store/database.js';
import { makeFolders } from '../store/folders.js';
import { acquireLock, lockPath } from '../store/lock.js';
import { removeMarts } from '../store/marts.js';
import { finishRun, NO_COUNTS, startRun } from '../store/runs.js';
import { syncToDisk } from '../store/versions.js';
import { openWarehouse, readWarehouse } from '../store/warehouse.js';
import { shortNumber } from '../terminal/log.js';
import {
  findErased,
  keepForgotten,
  readSnapshotLines,
  registryPathOf,
  settleRegistry,
  stageRegistry,
  writeLines,
} from './landed-lines.js';
import { findOrigin, type Origin } from './restore-origin.js';

/** What came of it. */
interface Restored {
  imported: Imported | null;
  /** Numbers that are in the new warehouse though they were erased in the earlier one. */
  erased: string[];
  warnings: string[];
}

async function importInto(
  context: Context,
  connection: DuckDBConnection,
  file: string,
  runId: string,
): Promise<Imported> {
  const { clock, config, log, progress, signal } = context;
  progress.start('restore, responses', null);
  const imported = await importFiles(connection, {
    files: [file],
    runId,
    clock,
    keepSourceId: config.keepSourceId,
    signal,
    onBatch: (count) => progress.advance(count),
    onRefused: (place, reason) => log.warn(`${place} refused: ${reason}`),
  });
  progress.stop();
  return imported;
}

async function fill(
  context: Context,
  connection: DuckDBConnection,
  origin: Origin,
  earlier: string | null,
  runId: string,
): Promise<Restored> {
  const warnings: string[] = [];
  const isKept = () => (earlier === null ? Promise.resolve(false) : keepForgotten(connection, earlier));
  if (origin.kind === 'copy') {
    await isKept();
    return { imported: null, erased: await findErased(connection), warnings };
  }
  const registry = registryPathOf(origin.path);
  const hasRegistry = origin.kind === 'landed' && existsSync(registry);
  if (hasRegistry) await stageRegistry(connection, registry);
  else if (origin.kind === 'landed') {
    warnings.push(
      `${registry} is not there: numbers without an answer, dead letters and what was forgotten are not restored`,
    );
  }
  const hasList = (await isKept()) || hasRegistry;
  if (!hasList)
    warnings.push('what was forgotten earlier is not known here: `parcelmetrics forget` it again');
  for (const number of await findErased(connection)) {
    await connection.run('delete from registry where tracking_number = $1', [number]);
  }
  let { path } = origin;
  const unpacked = join(dirname(context.config.warehouse), '.restoring.ndjson');
  try {
    if (origin.kind === 'snapshot') {
      path = unpacked;
      await writeLines(
        path,
        readSnapshotLines(connection, origin.path, context.config.account),
        context.signal,
      );
    }
    const imported = await importInto(context, connection, path, runId);
    for (const { message } of imported.unusable) {
      if (origin.kind === 'landed' && !hasRegistry)
        throw usageError(message, { hint: 'Nothing was changed.' });
      warnings.push(message);
    }
    if (hasRegistry) await settleRegistry(connection);
    return { imported, erased: [], warnings };
  } finally {
    rmSync(unpacked, { force: true });
  }
}

/** Makes the new warehouse beside the old one's place, whole and on the disk. */
async function makeWarehouse(
  context: Context,
  origin: Origin,
  fresh: string,
  earlier: string | null,
): Promise<Restored> {
  const { config, log, clock } = context;
  for (const file of [fresh, `${fresh}.wal`]) rmSync(file, { force: true });
  if (origin.kind === 'copy') {
    copyFileSync(origin.path, fresh);
    // A copy taken while a run wrote has its last transactions beside it.
    if (existsSync(`${origin.path}.wal`)) copyFileSync(`${origin.path}.wal`, `${fresh}.wal`);
  }
  const { memoryLimit, threads } = config;
  const warehouse = await openWarehouse({
    path: fresh,
    memoryLimit,
    threads,
    command: 'restore',
    log,
    // Under the lock of the warehouse whose place it takes.
    isLocked: true,
  });
  try {
    const runId = await startRun(warehouse.connection, { command: 'restore', clock });
    const restored = await fill(context, warehouse.connection, origin, earlier, runId);
    const { imported } = restored;
    await finishRun(warehouse.connection, runId, {
      exitCode: isWhole(restored) ? 0 : 3,
      counts: { ...NO_COUNTS, landed: imported?.polls ?? 0, refused: imported?.refused ?? 0 },
      summary: { restore: origin.kind },
    });
    return restored;
  } finally {
    await warehouse.close();
  }
}

const isWhole = ({ imported, erased }: Restored) =>
  (imported?.refused ?? 0) + (imported?.unusable.length ?? 0) + erased.length === 0;

async function describeWarehouse(path: string): Promise<string> {
  try {
    const counts = await readWarehouse(path, (connection) =>
      connection.runAndReadAll('select (select count(*) from registry), (select max(started_at) from runs)'),
    );
    const [numbers, last] = counts?.getRows()[0] ?? [];
    return `with ${String(numbers)} registered numbers, last run ${last === null ? 'none' : `${String(last)} UTC`}`;
  } catch (error) {
    return `that cannot be read (${firstLine(error)})`;
  }
}

/** Nothing that was moved aside earlier is written over. */
function findFreeName(path: string): string {
  let name = path;
  for (let count = 2; existsSync(name); count++) name = `${path}.${count}`;
  return name;
}

/** `restore SNAPSHOT|FILE` */
export async function runRestore(context: Context): Promise<number> {
  const { config, options, args, log, clock } = context;
  const { warehouse } = config;
  if (args[0] === undefined) throw usageError('restore needs a file or a snapshot');
  const origin = await findOrigin(context, args[0]);
  if (origin.path === resolve(warehouse)) {
    throw usageError(`${origin.path} is the warehouse itself`, { hint: 'Nothing was changed.' });
  }
  makeFolders(dirname(warehouse));
  const lock = await acquireLock(lockPath(warehouse), 'restore', (message) => log.warn(message));
  const earlierMask = process.umask(0o077);
  try {
    const isThere = (statSync(warehouse, { throwIfNoEntry: false })?.size ?? 0) > 0;
    const aside = findFreeName(
      `${warehouse}.before-${clock()
        .toISOString()
        .replace(/[-:]|\.\d+/g, '')}`,
    );
    if (isThere && !options.yes) {
      const found = `${warehouse} is there, ${await describeWarehouse(warehouse)}`;
      if (!(await confirm(`${found}. Move it to ${aside} and go on?`))) {
        throw usageError(found, {
          hint: `Nothing was changed. With --yes it is moved to ${aside}; its place goes to ${origin.words}.`,
        });
      }
    }
    const fresh = `${warehouse}.restoring`;
    const restored = await makeWarehouse(context, origin, fresh, isThere ? warehouse : null);
    if (isThere) {
      // By a second name, so that at no instant there is no warehouse: a run would start an empty one.
      linkSync(warehouse, aside);
      if (existsSync(`${warehouse}.wal`)) renameSync(`${warehouse}.wal`, `${aside}.wal`);
    }
    renameSync(fresh, warehouse);
    syncToDisk(dirname(warehouse));
    // Derived from the earlier one.
    removeMarts(config.marts);
    for (const warning of restored.warnings) log.warn(warning);
    sayRestored(context, origin, restored, isThere ? aside : null);
    return isWhole(restored) ? 0 : 3;
  } finally {
    for (const file of [`${warehouse}.restoring`, `${warehouse}.restoring.wal`])
      rmSync(file, { force: true });
    process.umask(earlierMask);
    lock.release();
  }
}

function sayRestored(context: Context, origin: Origin, restored: Restored, aside: string | null): void {
  const { config } = context;
  const { imported, erased, warnings } = restored;
  const counts =
    imported === null ? null : { lines: imported.lines, polls: imported.polls, refused: imported.refused };
  const lines = [
    `${config.warehouse} was made from ${origin.words}${imported === null ? '' : `: ${imported.polls} polls of ${imported.lines} lines`}`,
    aside === null ? '' : `the earlier one is ${aside}: delete it once all is well`,
    (imported?.refused ?? 0) > 0 ? `${imported?.refused} lines were refused` : '',
    erased.length === 0
      ? ''
      : `${erased.length} parcels in it were forgotten after that copy: \`parcelmetrics forget\` ${erased.map((number) => shortNumber(number, config.verbose)).join(', ')} again (-v shows them whole)`,
    'Next: parcelmetrics build, publish and report, or the next nightly.',
  ];
  const object = { from: origin.kind, path: origin.path, ...counts, aside, erased: erased.length, warnings };
  say(context, lines.filter(Boolean).join('\n'), object);
}
