import { afterEach, describe, expect, it } from 'vitest';
import { simulateParcels } from '../../pipelines/sandbox/simulate.js';
import { describeFailures } from '../../queries/checks.js';
import { openTrino } from '../../queries/engines/trino/client.js';
import type { RemoteEngine } from '../../queries/engines/trino/engine.js';
import { models } from '../../queries/models.js';
import { readCases } from '../queries/case-files.js';
import { openScratch, type RawObservation, type Scratch } from '../queries/harness.js';
import { compareDumps, readableHistories } from '../queries/nights.js';
import { buildOnTrino, dump, findTrino } from './harness.js';

const asOf = new Date('2026-06-30T00:00:00Z');
const days = 90;
const scratches: Scratch[] = [];

async function open(observations: RawObservation[]): Promise<Scratch> {
  const scratch = await openScratch({ threads: 2 });
  scratches.push(scratch);
  await scratch.land(observations);
  return scratch;
}

afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.close();
});

/** Every case at the common clock, under numbers of its own. */
function gatherCases(): RawObservation[] {
  return readCases()
    .filter((given) => !given.hasSeeds && given.days === days && given.asOf.getTime() === asOf.getTime())
    .flatMap(({ name, observations }) =>
      observations.map(({ observedAt, response }) => {
        const body = structuredClone(response) as { tracking_numbers: { tracking_number: string }[] };
        for (const entry of body.tracking_numbers) entry.tracking_number = `${name}/${entry.tracking_number}`;
        return { observedAt, response: body };
      }),
    );
}

async function listSchemas(): Promise<string[]> {
  const { url, catalog } = findTrino();
  const client = openTrino({ url, user: 'test', catalog });
  try {
    return (await client.readRows(`select schema_name from ${catalog}.information_schema.schemata`)).map(
      String,
    );
  } finally {
    await client.close();
  }
}

/** Builds here and on Trino from the same landed rows, and says where the public tables differ. */
async function compare(observations: RawObservation[]): Promise<string[]> {
  const here = await open(observations);
  const built = await here.build({ asOf, days });
  expect(describeFailures(built.checks)).toEqual([]);
  const there = await open(observations);
  const elsewhere = await buildOnTrino(there, { asOf, days });
  expect(describeFailures(elsewhere.checks)).toEqual([]);
  expect(elsewhere.checks.map(({ model }) => model).sort()).toEqual(
    built.checks.map(({ model }) => model).sort(),
  );
  const tables = await dump(here);
  expect(tables.parcels?.length).toBeGreaterThan(100);
  return compareDumps(tables, await dump(there));
}

describe('a build on Trino', () => {
  it('makes the tables of one here: the cases', async () => {
    expect(await compare(gatherCases())).toEqual([]);
  });

  it('makes the tables of one here: random histories, whatever a carrier may send', async () => {
    expect(await compare(readableHistories(61, 400, asOf))).toEqual([]);
  });

  it('makes the tables of one here: simulated parcels', async () => {
    const count = Number(process.env.TRINO_PARCELS ?? 2000);
    const source = simulateParcels({ seed: 8, count, now: asOf, days: 400 });
    const observations = [...source.list(asOf)].map(({ trackingNumber }) => ({
      observedAt: new Date(asOf.getTime() - 3_600_000),
      response: source.find(trackingNumber, asOf),
    }));
    expect(await compare(observations)).toEqual([]);
  });
});

describe('a failure of Trino', () => {
  const observations = readableHistories(62, 60, asOf);
  const heavy = models.filter(({ half }) => half === 'heavy').map(({ name }) => name);
  const some = ['stg_events', 'events', 'mix_cells', 'survival_steps', 'data_quality'];

  /** The engine, of which one statement fails. */
  const failing = (engine: RemoteEngine, name: string): RemoteEngine => {
    const spoil = (make: (name: string, select: string) => Promise<void>) => (made: string, select: string) =>
      make(made, made === name ? `select no_such_column from (${select}) as made` : select);
    return {
      ...engine,
      createView: spoil(engine.createView),
      createStep: spoil(engine.createStep),
      createTable: spoil(engine.createTable),
    };
  };

  it.each(process.env.TRINO_EACH_STATEMENT ? heavy : some)(
    'at %s is named, and leaves no schema',
    async (name) => {
      const before = await listSchemas();
      const scratch = await open(observations);
      const failure = await buildOnTrino(scratch, { asOf, days }, (engine) => failing(engine, name)).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ name: 'ModelError', exitCode: 4 });
      expect(String(failure)).toContain(`model ${name}: Trino:`);
      expect(await listSchemas()).toEqual(before);
      // The next build here is right, whatever the one elsewhere had got to.
      const { checks, isFull } = await scratch.build({ asOf, days });
      expect(isFull).toBe(true);
      expect(describeFailures(checks)).toEqual([]);
    },
  );
});

interface PlanNode {
  name: string;
  descriptor: Record<string, string>;
  children: PlanNode[];
}

const walk = (node: PlanNode): PlanNode[] => [node, ...node.children.flatMap(walk)];

/** The tables under a node, as `catalog:schema:table`. */
const tablesOf = (node: PlanNode) =>
  walk(node).flatMap(({ descriptor }) => /^\w+:\w+:(\w+)/.exec(descriptor.table ?? '')?.[1] ?? []);

/** What stays small however many parcels there are: a cross join with it costs its rows times what they are joined to. */
const isSmall = (table: string) =>
  /^(run_parameters|periods|seed_\w+|measures|integers|groups|cell_groups|curve_points|event_kinds|operating_weeks|zone_shifts)$/.test(
    table,
  );

describe('the plan of each heavy model', () => {
  it('joins no two relations that grow with the parcels each row to each', async () => {
    const crossed: string[] = [];
    let seen = 0;
    const scratch = await open(readableHistories(63, 60, asOf));
    const explain = (engine: RemoteEngine): RemoteEngine => {
      const look =
        (make: (name: string, select: string) => Promise<void>) => async (name: string, select: string) => {
          const [row] = await engine.readRows(`explain (type logical, format json) ${select}`);
          for (const node of walk(JSON.parse(String(row?.[0])) as PlanNode)) {
            if (node.name !== 'CrossJoin') continue;
            seen += 1;
            if (node.children.every((child) => !tablesOf(child).every(isSmall))) crossed.push(name);
          }
          await make(name, select);
        };
      return { ...engine, createStep: look(engine.createStep), createTable: look(engine.createTable) };
    };
    await buildOnTrino(scratch, { asOf, days }, explain);
    expect(seen).toBeGreaterThan(5);
    // Time zones times dates, a few thousand rows that were many before they were made distinct.
    expect(crossed.filter((name) => name !== 'zone_shifts')).toEqual([]);
  });
});
