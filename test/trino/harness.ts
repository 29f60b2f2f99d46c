import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lakeLayout, writeLake } from '../../pipelines/store/lake.js';
import { build } from '../../queries/build.js';
import { openTrino, type TrinoClient } from '../../queries/engines/trino/client.js';
import { openTrinoEngine, type RemoteEngine } from '../../queries/engines/trino/engine.js';
import type { BuildOptions, BuildResult } from '../../queries/making.js';
import type { Scratch } from '../queries/harness.js';
import { dumpTables } from '../queries/nights.js';

export interface TrinoAddress {
  url: string;
  catalog: string;
  lake: string;
  lakeUrl: string;
}

/** The server that the run has started, or was given. */
export function findTrino(): TrinoAddress {
  const found = process.env.TRINO_FOR_TESTS;
  if (found === undefined) throw new Error('npm run test:trino starts Trino for these tests');
  return JSON.parse(found) as TrinoAddress;
}

let count = 0;

/** A folder of the lake, an account and a schema that no other test has. */
export function openRun(scratch: Scratch): {
  client: TrinoClient;
  engine: RemoteEngine;
  schema: string;
  place: { folder: string; account: string };
} {
  const { url, catalog, lake, lakeUrl } = findTrino();
  count += 1;
  const name = `t${process.pid}_${Date.now()}_${count}`;
  const folder = join(lake, name);
  mkdirSync(folder, { recursive: true });
  const client = openTrino({
    url,
    user: 'test',
    catalog,
    schema: name,
  });
  const place = { folder, account: 'own' };
  const engine = openTrinoEngine(scratch.connection, client, {
    catalog,
    schema: name,
    lakeUrl: `${lakeUrl.replace(/\/$/, '')}/${name}`,
    account: place.account,
    layout: lakeLayout,
  });
  return { client, engine, schema: name, place };
}

/** Writes the lake from a scratch warehouse and builds from it on Trino, into the scratch's marts. */
export async function buildOnTrino(
  scratch: Scratch,
  options: BuildOptions,
  change: (engine: RemoteEngine) => RemoteEngine = (engine) => engine,
): Promise<BuildResult> {
  const { client, engine, place } = openRun(scratch);
  try {
    await scratch.connection.run('use warehouse');
    await writeLake(scratch.connection, place, 'run');
    await scratch.connection.run(`set search_path = 'marts,warehouse'`);
    return await build(scratch.connection, options, change(engine));
  } finally {
    await client.close();
  }
}

/** Every public table as text, doubles to the ninth digit: sums of many end in another digit now and then. */
export async function dump(scratch: Scratch): Promise<Record<string, string[]>> {
  const cut = (row: string) =>
    row.replace(
      /:(-?\d+\.\d{9,}(?:e[-+]?\d+)?|-?\d(?:\.\d+)?e-\d+)/g,
      (_, number) => `:${Number(number).toFixed(9)}`,
    );
  const dumped = await dumpTables(scratch);
  return Object.fromEntries(Object.entries(dumped).map(([table, rows]) => [table, rows.map(cut)]));
}
