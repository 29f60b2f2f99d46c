import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTimeline } from '../../pipelines/sendcloud/timeline.js';
import { busyHistories } from '../reference/busy-histories.js';
import { compareTables, type Row } from '../reference/compare.js';
import { cutOffHistories } from '../reference/cut-off-histories.js';
import { randomHistories } from '../reference/histories.js';
import { computeReference, type Reference } from '../reference/metrics.js';
import { agreedFolder, readSeeds, readTargets } from './agreed/seeds.js';
import { type Compared, tables } from './compared-tables.js';
import { openScratch, type RawObservation, type Scratch } from './harness.js';

// The SQL models against an implementation that was written from the definitions alone (docs/methodology.md), value by value.

const holidayDates = new Set(['2026-05-01', '2026-04-27', '2026-07-14', '2023-06-12']);
const listHolidays = (_country: string, year: number) =>
  [...holidayDates]
    .filter((date) => date.startsWith(String(year)))
    .map((date) => ({ date, name: 'a holiday' }));

interface Agreement {
  scratch: Scratch;
  reference: Reference;
}

async function prepare(raw: RawObservation[], asOf: Date, days: number): Promise<Agreement> {
  // That two numbers are one parcel is known as soon as it is landed, whatever the clock; the reference learns it with the clock.
  const observations = raw.filter(({ response, observedAt }) => {
    const read = readTimeline(response, { keepSourceId: false });
    return read.ok && (observedAt <= asOf || read.timeline.trackingNumbers.length === 1);
  });
  const scratch = await openScratch({ threads: 2 });
  await scratch.land(observations);
  await scratch.build({ asOf, days, listHolidays, seedsFolder: agreedFolder });
  const reference = computeReference({
    observations,
    asOf,
    days,
    seeds: readSeeds(),
    targets: readTargets(),
    holidays: (_country: string, date: string) => holidayDates.has(date),
  });
  return { scratch, reference };
}

async function compareTable(table: Compared, { scratch, reference }: Agreement) {
  const [found] = await scratch.rows<{ count: number | bigint }>(
    `select count(*) as count from information_schema.tables where table_name = '${table.name}'`,
  );
  expect(Number(found?.count), `table ${table.name}`).toBeGreaterThan(0);
  const ours = await scratch.rows<Row>(table.read ?? `select * from ${table.name}`);
  const differences = compareTables(ours, table.theirs(reference, ours), table);
  // Some are enough to see what is wrong; how many there are says how wrong.
  expect({ count: differences.length, first: differences.slice(0, 40) }).toEqual({ count: 0, first: [] });
}

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'data');

function readObservations(file: string, observedAt: Date): RawObservation[] {
  const bytes = readFileSync(join(folder, file));
  const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n');
  return lines.filter(Boolean).map((line) => ({ observedAt, response: JSON.parse(line) }));
}

interface World {
  name: string;
  isThere: boolean;
  days: number;
  asOf: string;
  observe(asOf: Date): RawObservation[];
  minParcels: number;
}

const random = [1, 2, 3].map(
  (seed): World => ({
    name: `random histories, seed ${seed}`,
    isThere: true,
    days: 90,
    asOf: '2026-06-30T09:41:00Z',
    observe: (asOf) => randomHistories(seed, 1500, asOf),
    minParcels: 1000,
  }),
);

const real = (
  [
    ['fedex-india.ndjson', '2021-08-01T00:00:00Z', 600],
    ['parcel-milestones.ndjson.gz', '2023-07-15T00:00:00Z', 90],
    ['olist.ndjson.gz', '2018-11-01T00:00:00Z', 90],
  ] as const
).map(
  ([file, asOf, days]): World => ({
    name: `real timelines, ${file}`,
    isThere: existsSync(folder),
    days,
    asOf,
    observe: (observedAt) => readObservations(file, observedAt),
    minParcels: 30,
  }),
);

const busy: World = {
  name: 'weeks full enough to be charted',
  isThere: true,
  days: 90,
  asOf: '2026-06-30T09:41:00Z',
  observe: (asOf) => busyHistories(asOf),
  minParcels: 5000,
};

const moving: World = {
  name: 'vans that come earlier, later, and as before',
  isThere: true,
  days: 90,
  asOf: '2026-06-30T09:41:00Z',
  observe: (asOf) => cutOffHistories(asOf),
  minParcels: 2000,
};

describe.each([...random, busy, moving, ...real])(
  'the models agree with the reference over $name',
  (world) => {
    let agreement: Agreement;
    beforeAll(async () => {
      const asOf = new Date(world.asOf);
      if (world.isThere) agreement = await prepare(world.observe(asOf), asOf, world.days);
    });
    afterAll(() => agreement?.scratch.close());

    it.skipIf(!world.isThere)('which has parcels', () => {
      expect(agreement.reference.parcels.size).toBeGreaterThan(world.minParcels);
    });

    it.skipIf(!world.isThere).for(tables)('in $name', (table) => compareTable(table, agreement));
  },
);
