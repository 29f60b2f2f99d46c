import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { lakeLayout, writeLake } from '../../pipelines/store/lake.js';
import { build } from '../../queries/build.js';
import { readRows } from '../../queries/db.js';
import { openTrino } from '../../queries/engines/trino/client.js';
import { openTrinoEngine, type RemoteEngine } from '../../queries/engines/trino/engine.js';
import type { BuildOptions, BuildResult } from '../../queries/making.js';
import type { House } from '../pipelines/house.js';
import type { Scratch } from '../queries/harness.js';
import { dumpTables } from '../queries/nights.js';

export interface TrinoAddress {
  url: string;
  catalog: string;
  /** The catalog of Iceberg tables. */
  tables: string;
  lake: string;
  lakeUrl: string;
  /** The server's process, if it is one of this machine. */
  pid?: number | null;
}

/** The server that the run has started, or was given. */
export function findTrino(): TrinoAddress {
  const found = process.env.TRINO_FOR_TESTS;
  if (found === undefined) throw new Error('npm run test:trino starts Trino for these tests');
  return JSON.parse(found) as TrinoAddress;
}

/** Asks one statement of the server. */
export async function askTrino(
  sql: string,
  { url, catalog }: Pick<TrinoAddress, 'url' | 'catalog'> = findTrino(),
): Promise<unknown[][]> {
  const client = openTrino({ url, user: 'test', catalog });
  try {
    return await client.readRows(sql);
  } finally {
    await client.close();
  }
}

/** A folder of the lake and names that no other test has, and the builds of one account on them. */
export interface TrinoHouse {
  /** The schema of the tables that last. */
  lastingSchema: string;
  /** The folder under which those tables' files are. */
  tablesFolder: string;
  /** Writes the lake from a scratch warehouse and builds from it on Trino, into the scratch's marts. */
  build(
    scratch: Scratch,
    options: BuildOptions,
    change?: (engine: RemoteEngine) => RemoteEngine,
  ): Promise<BuildResult>;
}

let count = 0;

/** @param lasts whether rows of parcels last from build to build. */
export function openTrinoHouse(lasts: boolean, address: TrinoAddress = findTrino()): TrinoHouse {
  const { url, catalog, tables, lake, lakeUrl } = address;
  count += 1;
  const name = `t${process.pid}_${Date.now()}_${count}`;
  const lastingSchema = `${name}_lasting`;
  const place = { folder: join(lake, name), account: 'own' };
  mkdirSync(place.folder, { recursive: true });
  let builds = 0;
  return {
    lastingSchema,
    tablesFolder: join(lake, 'tables', lastingSchema),
    async build(scratch, options, change = (engine) => engine) {
      builds += 1;
      const schema = `${name}_${builds}`;
      const client = openTrino({ url, user: 'test', catalog, schema });
      const engine = openTrinoEngine(scratch.connection, client, {
        catalog,
        schema,
        lakeUrl: `${lakeUrl.replace(/\/$/, '')}/${name}`,
        lakeFolder: place.folder,
        account: place.account,
        layout: lakeLayout,
        ...(lasts && { lasting: { catalog: tables, schema: lastingSchema, build: schema } }),
      });
      try {
        await scratch.connection.run('use warehouse');
        await writeLake(scratch.connection, place, `run${builds}`);
        await scratch.connection.run(`set search_path = 'marts,warehouse'`);
        await engine.lasting?.claim();
        return await build(scratch.connection, options, change(engine));
      } finally {
        await client.close();
      }
    },
  };
}

/** Every public table as text, doubles to the ninth digit: sums of many end in another digit now and then. */
export async function dump(scratch: Pick<Scratch, 'rows'>): Promise<Record<string, string[]>> {
  const cut = (row: string) =>
    row.replace(
      /:(-?\d+\.\d{9,}(?:e[-+]?\d+)?|-?\d(?:\.\d+)?e-\d+)/g,
      (_, number) => `:${Number(number).toFixed(9)}`,
    );
  const dumped = await dumpTables(scratch);
  return Object.fromEntries(Object.entries(dumped).map(([table, rows]) => [table, rows.map(cut)]));
}

/** Waits until the program's run makes a model. */
export async function waitForModel(house: House, model: string): Promise<void> {
  const path = house.path('data', 'run.json');
  for (;;) {
    if (existsSync(path)) {
      const state = JSON.parse(readFileSync(path, 'utf8')) as { phase: string; endedAt: unknown };
      if (state.endedAt === null && state.phase === `build ${model}`) return;
    }
    await pause(100);
  }
}

/** Every public table of a house's marts as text. */
export async function dumpMarts(house: House): Promise<Record<string, string[]>> {
  const instance = await DuckDBInstance.create(house.path('data', 'marts.duckdb'), {
    access_mode: 'READ_ONLY',
  });
  const connection = await instance.connect();
  try {
    return await dump({ rows: (sql) => readRows(connection, sql) });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
