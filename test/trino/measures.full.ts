import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { nextNight, now, writeBodies, writeNight } from '../../bench/generate.mjs';
import { build } from '../../queries/build.js';
import { describeFailures } from '../../queries/checks.js';
import type { RemoteEngine } from '../../queries/engines/trino/engine.js';
import type { BuildOptions } from '../../queries/making.js';
import { models, publicTables } from '../../queries/models.js';
import { openScratch, type RawObservation, type Scratch } from '../queries/harness.js';
import { readableHistories } from '../queries/nights.js';
import { addCosts, type Cost, keepCosts } from './costs.js';
import { openTrinoHouse, type TrinoHouse } from './harness.js';

// What a build costs on Trino beside one here; the parcels are those of npm run bench, with ten events each.

const isMeasuring = Boolean(process.env.TRINO_MEASURES);
const parcelCount = Number(process.env.TRINO_PARCELS ?? 100_000);
const days = 90;
const rowsABatch = 5000;
const dearest = 25;

const say = (text: string) => process.stderr.write(`${text}\n`);
if (!isMeasuring) say('measures.full.ts: skipped, since TRINO_MEASURES is not set');

let folder = '';
afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

async function landFile(scratch: Scratch, path: string, runId: string): Promise<void> {
  let batch: RawObservation[] = [];
  const land = async () => {
    await scratch.land(batch, { runId });
    batch = [];
  };
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { observed_at: observedAt, response } = JSON.parse(line) as Record<string, string>;
    batch.push({ observedAt: new Date(String(observedAt)), response });
    if (batch.length === rowsABatch) await land();
  }
  await land();
}

/** A build on Trino, into the catalog `marts`, by phases. */
async function measureThere(scratch: Scratch, house: TrinoHouse, options: BuildOptions) {
  const costs = keepCosts();
  costs.enter('preparing');
  const inPhase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = costs.current();
    costs.enter(name);
    const result = await work();
    costs.enter(before);
    return result;
  };
  const change = (engine: RemoteEngine): RemoteEngine => ({
    ...engine,
    fetchTable: (name, how) => inPhase('fetching', () => engine.fetchTable(name, how)),
    ...(engine.lasting && {
      lasting: {
        ...engine.lasting,
        open: () => inPhase('what lasts', () => engine.lasting?.open() ?? Promise.resolve(null)),
        record: (...made) =>
          inPhase('what lasts', () => engine.lasting?.record(...made) ?? Promise.resolve('')),
        sweep: () => inPhase('what lasts', () => engine.lasting?.sweep() ?? Promise.resolve()),
      },
    }),
  });
  const built = await house.build(scratch, { ...options, ...costs.options }, change);
  expect(describeFailures(built.checks)).toEqual([]);
  return { built, costs: await costs.finish() };
}

/** A build here, of one thread, into the catalog `here`, by phases. */
async function measureHere({ connection }: Scratch, options: BuildOptions) {
  await connection.run(`set search_path = 'here,warehouse'; set threads = 1`);
  const costs = keepCosts();
  costs.enter('preparing');
  const built = await build(connection, { ...options, ...costs.options });
  expect(describeFailures(built.checks)).toEqual([]);
  return { built, costs: await costs.finish() };
}

/**
 * Public tables of both catalogs, row by row, doubles to the ninth digit; parcels more than others would have had, which are a share times
 * n of them, to the sixth.
 */
async function compareMarts(scratch: Scratch): Promise<string[]> {
  const differing: string[] = [];
  for (const table of publicTables) {
    const columns = await scratch.rows<{ name: string; type: string }>(
      `select column_name as name, column_type as type from (describe marts.main.${table})`,
    );
    const digitsOf = (name: string) => (name === 'extra' ? 6 : 9);
    const list = columns.map(({ name, type }) =>
      type === 'DOUBLE' ? `round(${name}, ${digitsOf(name)}) + 0.0` : name,
    );
    const rowsOf = (catalog: string) => `select ${list.join(', ')} from ${catalog}.main.${table}`;
    // Of millions of rows their hashes, added up: where these differ it is worth to look which do.
    const sumOf = (catalog: string) =>
      `(select (count(*), sum(hash(made)::hugeint)) from (${rowsOf(catalog)}) as made)`;
    const [same] = await scratch.rows<{ same: boolean }>(
      `select ${sumOf('here')} is not distinct from ${sumOf('marts')} as same`,
    );
    if (same?.same) continue;
    const [row] = await scratch.rows<Record<'ours' | 'theirs', number>>(
      `select (select count(*) from (${rowsOf('here')} except all ${rowsOf('marts')})) as ours,
        (select count(*) from (${rowsOf('marts')} except all ${rowsOf('here')})) as theirs`,
    );
    if (Number(row?.ours) + Number(row?.theirs) > 0)
      differing.push(`${table}: ${row?.ours} rows here alone, ${row?.theirs} there alone`);
  }
  return differing;
}

/** By how much the doubles of rows that agree in all else differ: the columns with the largest such differences, without any rounding. */
async function listDeviations(scratch: Scratch): Promise<string[]> {
  const found: { column: string; by: number }[] = [];
  for (const table of publicTables) {
    const columns = await scratch.rows<{ name: string; type: string }>(
      `select column_name as name, column_type as type from (describe marts.main.${table})`,
    );
    // Hours are what a point of a curve is at.
    const [sums, keys] = [true, false].map((isSum) =>
      columns
        .filter(({ name, type }) => (type === 'DOUBLE' && name !== 'hours') === isSum)
        .map(({ name }) => name),
    ) as [string[], string[]];
    if (sums.length === 0) continue;
    const isSame = keys.map((key) => `ours.${key} is not distinct from theirs.${key}`).join(' and ');
    const [row = {}] = await scratch.rows<Record<string, number | null>>(
      `select ${sums.map((sum) => `max(abs(ours.${sum} - theirs.${sum})) as ${sum}`)}
       from here.main.${table} as ours inner join marts.main.${table} as theirs on ${isSame}`,
    );
    for (const [name, by] of Object.entries(row))
      if (by !== null && by > 1e-12) found.push({ column: `${table}.${name}`, by });
  }
  return found
    .sort((one, other) => other.by - one.by)
    .map(({ column, by }) => `${column} ${by.toExponential(1)}`);
}

const write = (value: number) => (value < 100 ? value.toFixed(1) : value.toFixed(0));

function drawTable(title: string, head: string[], lines: (string | number)[][]): void {
  const rows = [head, head.map(() => '---'), ...lines.map((line) => line.map(String))];
  say([`\n${title}\n`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n'));
}

const heavy = new Set(models.filter(({ half }) => half === 'heavy').map(({ name }) => name));
const others = ['preparing', 'checks', 'fetching', 'what lasts'];

function sumUp(costs: Map<string, Cost>): [string, Cost][] {
  const pick = (isIn: (name: string) => boolean) =>
    addCosts([...costs].filter(([name]) => isIn(name)).map(([, cost]) => cost));
  return [
    ['heavy models', pick((name) => heavy.has(name))],
    ['light models', pick((name) => !heavy.has(name) && !others.includes(name))],
    ...others.map((other): [string, Cost] => [other, pick((name) => name === other)]),
    ['all', pick(() => true)],
  ];
}

const noCost: Cost = { seconds: 0, here: 0, server: 0, statements: 0, count: 0 };

function report(title: string, there: Map<string, Cost>, here: Map<string, Cost>): void {
  const head = [
    'what',
    'statements',
    'seconds on Trino',
    "CPU s of Trino's statements",
    'CPU s of its process',
    'CPU s here meanwhile',
    'CPU s on DuckDB',
  ];
  const line = (name: string, cost: Cost, local: Cost = noCost) => [
    name,
    cost.count,
    ...[cost.seconds, cost.statements, cost.server, cost.here, local.here].map(write),
  ];
  const listed = [...there]
    .filter(([name]) => heavy.has(name))
    .sort(([, one], [, other]) => other.statements - one.statements);
  drawTable(
    `${title}: the dearest models`,
    head,
    listed.slice(0, dearest).map(([name, cost]) => line(name, cost, here.get(name))),
  );
  const local = new Map(sumUp(here));
  drawTable(
    `${title}: all`,
    head,
    sumUp(there).map(([name, cost]) => line(name, cost, local.get(name))),
  );
}

describe.skipIf(!isMeasuring)('measures', () => {
  it('of a full build, and of a night of 1 % with tables that last', async () => {
    const warm = await openScratch({ threads: 2 });
    await warm.land(readableHistories(71, 300, now));
    // What Java has not compiled yet is no part of a server that runs for weeks.
    await openTrinoHouse(true).build(warm, { asOf: now, days });
    warm.close();
    say('measures: warm');

    folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-measures-'));
    const bodies = join(folder, 'bodies.ndjson');
    await writeBodies(bodies, parcelCount);
    const scratch = await openScratch({ threads: 1, folder, memoryLimit: '4GB' });
    await scratch.connection.run(`attach '${join(folder, 'here.duckdb')}' as here`);
    await landFile(scratch, bodies, 'first');
    const [landed] = await scratch.rows<Record<string, number>>(
      'select (select count(*) from warehouse.registry) as parcels, (select count(*) from warehouse.landed_events) as events',
    );
    say(`measures: ${landed?.parcels} parcels, ${landed?.events} events`);
    const house = openTrinoHouse(true);

    const there = await measureThere(scratch, house, { asOf: now, days });
    const here = await measureHere(scratch, { asOf: now, days });
    report(`${parcelCount} parcels, full`, there.costs, here.costs);
    say(
      `measures: the largest differences: ${(await listDeviations(scratch)).slice(0, 12).join(', ') || 'none'}`,
    );
    expect(there.built.isFull).toBe(true);
    expect(await compareMarts(scratch)).toEqual([]);

    const news = join(folder, 'news.ndjson');
    await writeNight(news, bodies);
    await landFile(scratch, news, 'second');
    const options = { asOf: nextNight, days };
    const nightThere = await measureThere(scratch, house, options);
    expect(nightThere.built.isFull).toBe(false);
    const nightHere = await measureHere(scratch, options);
    say(`measures: ${nightThere.built.changedCount} parcels of the night`);
    report(`${parcelCount} parcels, a night`, nightThere.costs, nightHere.costs);
    expect(await compareMarts(scratch)).toEqual([]);
    scratch.close();
  });
});
