import { afterEach, describe, expect, it } from 'vitest';
import { simulateParcels } from '../../pipelines/sandbox/simulate.js';
import { describeFailures } from '../../queries/checks.js';
import { TrinoError } from '../../queries/engines/trino/client.js';
import type { RemoteEngine } from '../../queries/engines/trino/engine.js';
import { models } from '../../queries/models.js';
import { readCases } from '../queries/case-files.js';
import { openScratch, type RawObservation, type Scratch } from '../queries/harness.js';
import { compareDumps, readableHistories } from '../queries/nights.js';
import { askTrino, dump, openTrinoHouse } from './harness.js';

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
  /^(run_parameters|accounts|periods|seed_\w+|measures|integers|groups|cell_groups|curve_points|event_kinds|operating_weeks|zone_shifts)$/.test(
    table,
  );

/** Of a plan in words, the fragments of one node that rank rows or look at those around them. */
const isOneNodesWindow = (fragment: string) =>
  /^Fragment \d+ \[SINGLE\]/.test(fragment) && /\b(Window|RowNumber|TopNRanking)\[/.test(fragment);

interface Looked {
  /** Models with a join of each row to each where both sides grow with the parcels. */
  crossed: string[];
  crossJoins: number;
  /** Models of which one node has to see all rows. */
  gathered: string[];
  failed: string[];
}

/** The engine; of each table that it makes the plan is looked at, and the statement fails once while it runs. */
function watch(engine: RemoteEngine, looked: Looked): RemoteEngine {
  const look =
    (make: (name: string, select: string) => Promise<void>) => async (name: string, select: string) => {
      const [row] = await engine.readRows(`explain (type logical, format json) ${select}`);
      for (const node of walk(JSON.parse(String(row?.[0])) as PlanNode)) {
        if (node.name !== 'CrossJoin') continue;
        looked.crossJoins += 1;
        if (node.children.every((child) => !tablesOf(child).every(isSmall))) looked.crossed.push(name);
      }
      const [text] = await engine.readRows(`explain (type distributed) ${select}`);
      if (
        String(text?.[0])
          .split(/^(?=Fragment )/m)
          .some(isOneNodesWindow)
      )
        looked.gathered.push(name);
      // The failing side is read whatever the other one has: of a select that can have no rows nothing else would run.
      const spoilt = `select made.* from (select 1 / (count(*) - count(*)) as nothing from run_parameters) as failing
        left join (${select}) as made on true
        where failing.nothing > 0`;
      const failure = await make(name, spoilt).catch((error: unknown) => error);
      if (failure instanceof TrinoError && failure.exitCode === 4) looked.failed.push(name);
      // Made now: nothing of its name may be left.
      await make(name, select);
    };
  const createView = async (name: string, select: string) => {
    const spoilt = `select no_such_column from (${select}) as made`;
    const failure = await engine.createView(name, spoilt).catch((error: unknown) => error);
    if (failure instanceof TrinoError && failure.exitCode === 4) looked.failed.push(name);
    await engine.createView(name, select);
  };
  return {
    ...engine,
    createView,
    createStep: look(engine.createStep),
    createTable: look(engine.createTable),
  };
}

/** Builds here and on Trino from the same landed rows, and says where the public tables differ. */
async function compare(
  observations: RawObservation[],
  change?: (engine: RemoteEngine) => RemoteEngine,
): Promise<string[]> {
  const here = await open(observations);
  const built = await here.build({ asOf, days });
  expect(describeFailures(built.checks)).toEqual([]);
  const there = await open(observations);
  const elsewhere = await openTrinoHouse(false).build(there, { asOf, days }, change);
  expect(describeFailures(elsewhere.checks)).toEqual([]);
  expect(elsewhere.checks.map(({ model }) => model).sort()).toEqual(
    built.checks.map(({ model }) => model).sort(),
  );
  const tables = await dump(here);
  expect(tables.parcels?.length).toBeGreaterThan(100);
  return compareDumps(tables, await dump(there));
}

describe('a build on Trino', () => {
  const made = models.filter(({ half }) => half === 'heavy').map(({ name }) => name);

  it('makes the tables of one here, from the cases and whatever a carrier may send; any statement may fail; and each plan can be spread', async () => {
    const looked: Looked = { crossed: [], crossJoins: 0, gathered: [], failed: [] };
    const observations = [...gatherCases(), ...readableHistories(61, 250, asOf)];
    expect(await compare(observations, (engine) => watch(engine, looked))).toEqual([]);
    expect(looked.failed.filter((name) => name !== 'changed_parcels').sort()).toEqual([...made].sort());
    expect(looked.crossJoins).toBeGreaterThan(5);
    // Time zones times dates, a few thousand rows that were many before they were made distinct.
    expect(looked.crossed.filter((name) => name !== 'zone_shifts')).toEqual([]);
    // These number mixes, groups, codes, measures and carriers.
    expect(
      looked.gathered.filter(
        (name) => !/^(mix_cells|cell_groups|stratum_groups|event_kinds|measures|carriers)$/.test(name),
      ),
    ).toEqual([]);
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

  it('that fails names the model, leaves no schema, and the next one here is right', async () => {
    const listSchemas = async () => (await askTrino('show schemas')).map(String);
    const before = await listSchemas();
    const scratch = await open(readableHistories(62, 60, asOf));
    const failure = await openTrinoHouse(false)
      .build(scratch, { asOf, days }, (engine) => ({
        ...engine,
        createTable: (name, select) =>
          engine.createTable(
            name,
            name === 'events' ? `select no_such_column from (${select}) as made` : select,
          ),
      }))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ModelError', exitCode: 4 });
    expect(String(failure)).toContain('model events: Trino:');
    expect(await listSchemas()).toEqual(before);
    const { checks, isFull } = await scratch.build({ asOf, days });
    expect(isFull).toBe(true);
    expect(describeFailures(checks)).toEqual([]);
  });
});
