import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { kept, openTrino, type TrinoClient, TrinoError } from '../../queries/engines/trino/client.js';
import { openTrinoEngine, type RemoteEngine } from '../../queries/engines/trino/engine.js';
import { quoteText } from '../../queries/quoting.js';
import type { Config } from '../config/config.js';
import { type Context, plural } from '../context.js';
import { configurationError } from '../errors.js';
import { type LakeWritten, lakeLayout, writeLake } from '../store/lake.js';
import type { NightRun } from './run.js';

/** What of the settings an engine elsewhere needs. */
type EngineConfig = Pick<
  Config,
  | 'account'
  | 'lake'
  | 'trinoUrl'
  | 'trinoCatalog'
  | 'trinoSchema'
  | 'trinoTables'
  | 'trinoLake'
  | 'trinoUser'
  | 'trinoPassword'
  | 'trinoToken'
>;

/** Where the engine and the lake are. @throws ParcelmetricsError (exit code 2) naming what is not set. */
export function requireEngine(config: EngineConfig): {
  url: string;
  catalog: string;
  lake: string;
  lakeUrl: string;
} {
  const { trinoUrl, trinoCatalog, lake, trinoLake } = config;
  if (trinoUrl === null || trinoCatalog === null || lake === null || trinoLake === null) {
    const missing = Object.entries({ trinoUrl, trinoCatalog, lake, trinoLake }).flatMap(([name, value]) =>
      value === null ? [name] : [],
    );
    throw configurationError(
      `engine is trino, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
      {
        hint: 'Nothing was built. Set what is missing in parcelmetrics.config.json (docs/scale.md), or leave "engine" out.',
      },
    );
  }
  return { url: trinoUrl, catalog: trinoCatalog, lake, lakeUrl: trinoLake.replace(/\/$/, '') };
}

/** How the names of what is this account's on the engine begin. */
const startOf = ({ trinoSchema, account }: EngineConfig) => `${trinoSchema}_${account}`;

/** Whether a schema, or a folder of one, is of a build of this account. */
function isOfRun(config: EngineConfig, name: string): boolean {
  const start = `${startOf(config)}_`;
  return name.startsWith(start) && /^\d{8}t\d{6}z_[0-9a-f]+$/.test(name.slice(start.length));
}

/** A connection to the engine, before any schema. @throws ParcelmetricsError, TrinoError */
export function connectTrino(
  config: EngineConfig,
  { schema, signal, tries }: { schema?: string; signal?: AbortSignal; tries?: number } = {},
): TrinoClient {
  const { url, catalog } = requireEngine(config);
  return openTrino({
    url,
    catalog,
    user: config.trinoUser,
    ...(schema !== undefined && { schema, source: sourceOf(config) }),
    password: config.trinoPassword?.reveal() ?? null,
    token: config.trinoToken?.reveal() ?? null,
    ...(signal && { signal }),
    ...(tries !== undefined && { tries }),
  });
}

/** What Trino shows of the statements of this account's builds. */
const sourceOf = (config: EngineConfig) => `parcelmetrics ${startOf(config)}`;

/** So often statements that were told to end are looked for, a second between. */
const looks = 60;
const dropTries = 5;
/** What Trino says to the end of a statement that has ended. */
const ended = new Set(['NOT_FOUND', 'NOT_SUPPORTED']);

/** Ends statements of other builds, killed or still at work: until Trino misses whoever asked, they would go on, and write. Returns once none runs. */
async function endLeftovers(config: EngineConfig, client: TrinoClient): Promise<void> {
  const listed = `select query_id from system.runtime.queries
    where source = ${quoteText(sourceOf(config))} and state not in ('FINISHED', 'FAILED')`;
  for (let look = 1; ; look++) {
    const running = await client.readRows(listed);
    if (running.length === 0) return;
    if (look === looks)
      throw new TrinoError(
        `${plural(running.length, 'statement')} of another build on Trino cannot be ended (query ${running[0]})`,
        'STILL_RUNNING',
        4,
        kept,
      );
    for (const [query] of running) {
      await client
        .run(
          `call system.runtime.kill_query(query_id => ${quoteText(String(query))}, message => 'another build took its place')`,
        )
        .catch((error: unknown) => {
          // It has ended in the meantime.
          if (!(error instanceof TrinoError) || !ended.has(error.reason)) throw error;
        });
    }
    await pause(look === 1 ? 100 : 1000);
  }
}

/**
 * Ends and drops what earlier builds of this account could not, since they were killed or had lost the engine.
 * @returns how many schemas it dropped.
 */
async function dropLeftovers(config: EngineConfig, client: TrinoClient, catalog: string): Promise<number> {
  await endLeftovers(config, client);
  const names = (await client.readRows(`select schema_name from ${catalog}.information_schema.schemata`)).map(
    String,
  );
  const left = names.filter((name) => isOfRun(config, name));
  for (const name of left) await dropSchema(client, `${catalog}.${name}`);
  return left.length;
}

/** A build that was just ended drops its schema too: of the two that take its tables away one may fail. */
async function dropSchema(client: TrinoClient, schema: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.run(`drop schema if exists ${schema} cascade`);
      return;
    } catch (error) {
      if (!(error instanceof TrinoError) || error.query === null || attempt === dropTries) throw error;
      await pause(1000);
    }
  }
}

/** Drops what builds that were cut off have left on the engine, where rows of parcels may lie. */
export async function dropLeftOnEngine(
  { config, log, signal }: Pick<Context, 'config' | 'log' | 'signal'>,
  tries?: number,
): Promise<void> {
  const { catalog } = requireEngine(config);
  const client = connectTrino(config, { signal, ...(tries !== undefined && { tries }) });
  try {
    const left = await dropLeftovers(config, client, catalog);
    if (left > 0) log.info(`${plural(left, 'schema')} of a build that was cut off dropped`);
  } finally {
    await client.close();
  }
}

/** Removes what Trino wrote into the lake for builds of this account that were cut off, whether it answers or not. */
export function removeFetched(config: EngineConfig): void {
  if (config.lake === null) return;
  const folder = join(config.lake, lakeLayout.fetched);
  const left = existsSync(folder) ? readdirSync(folder).filter((name) => isOfRun(config, name)) : [];
  for (const name of left) rmSync(join(folder, name), { recursive: true, force: true });
}

/** The engine of a build whose heavy half runs elsewhere. `close` lets go of the connection. */
export async function openRemote(
  context: Pick<Context, 'config' | 'log' | 'signal'>,
  run: Pick<NightRun, 'connection' | 'runId'>,
  accounts: readonly string[] | null,
): Promise<{ engine: RemoteEngine; close: () => Promise<void> }> {
  const { config, log, signal } = context;
  const { catalog, lake, lakeUrl } = requireEngine(config);
  const build = run.runId.toLowerCase().replace(/[^a-z0-9]/g, '_');
  const schema = `${startOf(config)}_${build}`;
  const client = connectTrino(config, { schema, signal });
  // What is stopped drops its schema all the same.
  const cleaner = connectTrino(config, { schema });
  const place = {
    catalog,
    schema,
    lakeUrl,
    lakeFolder: lake,
    onHttp: (reason: string) =>
      log.info(
        `rows are fetched over HTTP, which takes longer: as files in the lake they cannot be (${reason})`,
      ),
    account: config.account,
    accounts,
    layout: lakeLayout,
    ...(config.trinoTables !== null && {
      lasting: { catalog: config.trinoTables, schema: `${startOf(config)}_lasting`, build },
    }),
  };
  const engine = openTrinoEngine(run.connection, client, place, cleaner);
  const close = async () => {
    await Promise.all([client.close(), cleaner.close()]);
  };
  try {
    // Before others are ended: a build that is still at work there is told why.
    await engine.lasting?.claim();
    await dropLeftOnEngine(context);
    removeFetched(config);
  } catch (error) {
    await close();
    throw error;
  }
  return { engine, close };
}

/** Writes what was landed since the last time to the lake, where there is one, and says so. */
export async function lakeStep(
  { config, log }: Pick<Context, 'config' | 'log'>,
  connection: DuckDBConnection,
  runId: string,
): Promise<LakeWritten | null> {
  if (config.lake === null) return null;
  const written = await writeLake(connection, { folder: config.lake, account: config.account }, runId);
  const erased =
    written.erased > 0
      ? `; ${plural(written.erased, 'number')} that the warehouse has no longer taken out`
      : '';
  log.info(`lake: ${plural(written.numbers, 'number')} with news written to ${config.lake}${erased}`);
  return written;
}
