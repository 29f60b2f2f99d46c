import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTimeline } from '../../pipelines/sendcloud/timeline.js';
import { busyHistories } from '../reference/busy-histories.js';
import { type Comparison, compareTables, type Row } from '../reference/compare.js';
import { cutOffHistories } from '../reference/cut-off-histories.js';
import { randomHistories } from '../reference/histories.js';
import { computeReference, type Reference } from '../reference/metrics.js';
import { agreedFolder, readSeeds, readTargets } from './agreed/seeds.js';
import { openScratch, type RawObservation, type Scratch } from './harness.js';

// The SQL models against an implementation that was written from the definitions alone (docs/methodology.md), value by value.

const holidayDates = new Set(['2026-05-01', '2026-04-27', '2026-07-14', '2023-06-12']);
const listHolidays = (_country: string, year: number) =>
  [...holidayDates]
    .filter((date) => date.startsWith(String(year)))
    .map((date) => ({ date, name: 'a holiday' }));

interface Compared extends Comparison {
  name: string;
  /** What of the table is compared, where it is not all. */
  read?: string;
  theirs(reference: Reference, ours: Row[]): Row[];
}

/** All carriers together are a row at some grains: what a brand or an option has of them is the models' choice. */
function withoutAll(theirs: readonly { carrier_code: string }[], ours: Row[]): Row[] {
  const hasAll = ours.some((row) => row.carrier_code === '*');
  return rowsOf(theirs.filter((row) => hasAll || row.carrier_code !== '*'));
}

const rowsOf = (table: readonly object[]) => table as Row[];
const opens = ['open_now', 'stalled_now'];
const lane = ['from_country', 'to_country', 'delivery_type'];
const grain = { tolerance: 1e-6, isEmptyMissing: true } as const;
const cellKeys = [
  'cohort',
  'start_date',
  'carrier_code',
  ...lane,
  'service_level',
  'shipping_option_code',
  'brand_id',
];

function curveOf(kind: 'first_scan' | 'transit'): Compared {
  return {
    name: `${kind}_curves`,
    keys: ['carrier_code', 'hours'],
    tolerance: 1e-6,
    theirs: (reference, ours) =>
      rowsOf(reference.curves(kind, ours as { carrier_code: string; hours: number }[])),
  };
}

/** Every published table that the reference computes, with its grain. */
const tables: Compared[] = [
  {
    name: 'parcels',
    keys: ['tracking_number'],
    tolerance: 1e-6,
    theirs: ({ parcels }) => rowsOf([...parcels.values()]),
  },
  {
    name: 'carrier_performance',
    keys: ['period', 'carrier_code'],
    ...grain,
    theirs: ({ carrierPerformance }) => rowsOf(carrierPerformance),
  },
  {
    name: 'lane_performance',
    keys: ['period', 'carrier_code', ...lane],
    ...grain,
    leaveOut: opens,
    theirs: ({ lanePerformance }) => rowsOf(lanePerformance),
  },
  {
    name: 'shipping_option_performance',
    keys: ['period', 'carrier_code', 'shipping_option_code'],
    ...grain,
    leaveOut: opens,
    theirs: ({ optionPerformance }, ours) => withoutAll(optionPerformance, ours),
  },
  {
    name: 'brand_performance',
    keys: ['period', 'carrier_code', 'brand_id'],
    ...grain,
    leaveOut: opens,
    theirs: ({ brandPerformance }, ours) => withoutAll(brandPerformance, ours),
  },
  {
    name: 'weekly_performance',
    keys: ['carrier_code', 'week_start_date'],
    ...grain,
    leaveOut: opens,
    theirs: ({ weeklyPerformance }) => rowsOf(weeklyPerformance),
  },
  {
    name: 'rate_answers',
    keys: ['tracking_number', 'cohort', 'period'],
    tolerance: 1e-9,
    theirs: ({ rateAnswers }) => rowsOf(rateAnswers),
  },
  {
    name: 'cells',
    keys: cellKeys,
    tolerance: 1e-9,
    isNullZero: true,
    theirs: ({ cells }) => rowsOf(cells),
  },
  {
    name: 'cell_hours',
    keys: [...cellKeys, 'hour'],
    tolerance: 1e-9,
    isNullZero: true,
    theirs: ({ cellHours }) => rowsOf(cellHours),
  },
  curveOf('first_scan'),
  curveOf('transit'),
  {
    name: 'alerts',
    keys: ['carrier_code', 'metric', 'side', 'first_week'],
    tolerance: 1e-9,
    theirs: ({ alerts }) => rowsOf(alerts),
  },
  {
    name: 'alert_lanes',
    keys: ['carrier_code', 'metric', 'side', 'first_week', ...lane],
    tolerance: 1e-9,
    theirs: ({ alertLanes }) => rowsOf(alertLanes),
  },
  {
    name: 'delay_breakdown',
    keys: ['carrier_code'],
    ...grain,
    theirs: ({ delayBreakdown }) => rowsOf(delayBreakdown),
  },
  {
    name: 'parcel_days',
    keys: ['carrier_code', 'hours'],
    ...grain,
    theirs: ({ parcelDays }) => rowsOf(parcelDays),
  },
  {
    name: 'carrier_reports',
    keys: ['carrier_code', 'kind'],
    tolerance: 1e-9,
    theirs: ({ carrierReports }) => rowsOf(carrierReports),
  },
  {
    name: 'hand_over_cut_offs',
    keys: ['carrier_code', 'period'],
    tolerance: 1e-6,
    theirs: ({ cutOffs }) => rowsOf(cutOffs),
  },
  {
    name: 'targets',
    keys: [...lane, 'carrier_code', 'service_level', 'metric', 'from_date'],
    tolerance: 1e-6,
    theirs: ({ targets }) => rowsOf(targets),
  },
  {
    name: 'period_changes',
    read: "select carrier_code, bool_and(direction <> 'not_covered') as is_covered from period_changes group by carrier_code",
    keys: ['carrier_code'],
    tolerance: 1e-9,
    theirs: ({ coverage }, ours) => {
      const compared = new Set(ours.map((row) => row.carrier_code));
      return rowsOf(coverage.filter((row) => compared.has(row.carrier_code)));
    },
  },
];

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
  const scratch = await openScratch();
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
