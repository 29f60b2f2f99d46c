import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterEach, describe, expect, it } from 'vitest';
import { readTimeline } from '../../pipelines/sendcloud/timeline.js';
import { findSeedFile } from '../../queries/seeds.js';
import { randomHistories } from '../reference/histories.js';
import { computeReference } from '../reference/metrics.js';
import type { Seeds } from '../reference/types.js';
import { openScratch, type RawObservation, type Scratch } from './harness.js';

// The SQL models against an implementation that was written from the definitions alone (docs/methodology.md), value by value.

function readSeeds(): Seeds {
  const read = (name: string) =>
    parse(readFileSync(findSeedFile(name, null), 'utf8'), {
      columns: true,
      comment: '#',
      comment_no_infix: true,
      skip_empty_lines: true,
    }) as Record<string, string>[];
  return {
    statusCodes: read('status_codes').map((row) => ({
      status_code: row.status_code ?? '',
      phase: row.phase ?? '',
      scan_order: row.scan_order ? Number(row.scan_order) : null,
      is_scan: row.is_scan === 'true',
      is_exception: row.is_exception === 'true',
      exception_group: row.exception_group || null,
    })),
    countryZones: read('country_zones').map((row) => ({
      country_code: row.country_code ?? '',
      time_zone: row.time_zone ?? '',
    })),
    serviceLevels: read('service_levels').map((row) => ({
      pattern: row.pattern ?? '',
      service_level: row.service_level ?? '',
    })),
    operatingDays: [],
  } as Seeds;
}

const holidayDates = new Set(['2026-05-01', '2026-04-27', '2026-07-14', '2023-06-12']);
const listHolidays = (_country: string, year: number) =>
  [...holidayDates]
    .filter((date) => date.startsWith(String(year)))
    .map((date) => ({ date, name: 'a holiday' }));

function isSame(ours: unknown, theirs: unknown): boolean {
  if (typeof ours === 'number' && typeof theirs === 'number') {
    return Math.abs(ours - theirs) <= 1e-6 * Math.max(1e-3, Math.abs(theirs));
  }
  return (ours ?? null) === (theirs ?? null);
}

function toText(value: unknown, name: string): unknown {
  if (typeof value === 'string' && name.endsWith('_at')) {
    const [whole = '', fraction = ''] = value.replace('Z', '').split('.');
    return `${whole}.${fraction.padEnd(6, '0')}Z`;
  }
  return value;
}

type Row = Record<string, unknown>;

/** Every column that both have, compared; a list of differences. */
function compareRows(
  ours: Map<string, Row>,
  theirs: Map<string, Row>,
  leaveOut: readonly string[] = [],
): string[] {
  const differences: string[] = [];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const our = ours.get(key);
    const their = theirs.get(key);
    if (!our || !their) {
      differences.push(`${key}: only in ${our ? 'the models' : 'the reference'}`);
      continue;
    }
    for (const name of Object.keys(their)) {
      if (leaveOut.includes(name)) continue;
      if (!(name in our)) {
        differences.push(`${key}.${name}: no such column`);
        continue;
      }
      const value = toText(our[name], name);
      if (!isSame(value, their[name]))
        differences.push(`${key}.${name}: ${String(value)} but ${String(their[name])}`);
    }
  }
  return differences;
}

function keyBy(rows: Row[], ...names: string[]): Map<string, Row> {
  return new Map(rows.map((row) => [names.map((name) => String(row[name])).join(' '), row]));
}

async function findDifferences(raw: RawObservation[], asOf: Date, days: number, scratch: Scratch) {
  // That two numbers are one parcel is known as soon as it is landed, whatever the clock; the reference learns it with the clock.
  const observations = raw.filter(({ response, observedAt }) => {
    const read = readTimeline(response, { keepSourceId: false });
    return read.ok && (observedAt <= asOf || read.timeline.trackingNumbers.length === 1);
  });
  await scratch.land(observations);
  await scratch.build({ asOf, days, listHolidays });
  const reference = computeReference({
    observations,
    asOf,
    days,
    seeds: readSeeds(),
    holidays: (_country: string, date: string) => holidayDates.has(date),
  });
  const parcels = keyBy(await scratch.rows<Row>('select * from parcels'), 'tracking_number');
  const performance = keyBy(
    await scratch.rows<Row>('select * from carrier_performance'),
    'period',
    'carrier_code',
  );
  const lanes = keyBy(
    (await scratch.rows<Row>('select * from lane_performance')).filter(
      (row) => row.labelled || row.scanned || row.due,
    ),
    'period',
    'carrier_code',
    'from_country',
    'to_country',
    'delivery_type',
  );
  const weeks = keyBy(
    await scratch.rows<Row>('select * from weekly_performance'),
    'carrier_code',
    'week_start_date',
  );
  const referenceLanes = keyBy(
    reference.lanePerformance as unknown as Row[],
    'period',
    'carrier_code',
    'from_country',
    'to_country',
    'delivery_type',
  );
  for (const [key, row] of referenceLanes)
    if (!lanes.has(key) && !row.labelled && !row.scanned) referenceLanes.delete(key);
  return {
    parcelCount: parcels.size,
    parcels: compareRows(parcels, reference.parcels as unknown as Map<string, Row>),
    performance: compareRows(
      performance,
      keyBy(reference.carrierPerformance as unknown as Row[], 'period', 'carrier_code'),
      ['adj_support'],
    ),
    lanes: compareRows(lanes, referenceLanes, ['open_now', 'stalled_now']),
    weeks: compareRows(
      weeks,
      keyBy(reference.weeklyPerformance as unknown as Row[], 'carrier_code', 'week_start_date'),
      ['open_now', 'stalled_now'],
    ),
  };
}

describe('the models agree with the reference', () => {
  let scratch: Scratch | null = null;
  afterEach(() => scratch?.close());

  it.each([1, 2, 3])('over random histories, seed %i', async (seed) => {
    scratch = await openScratch();
    const asOf = new Date('2026-06-30T09:41:00Z');
    const found = await findDifferences(randomHistories(seed, 1500, asOf), asOf, 90, scratch);
    expect(found.parcelCount).toBeGreaterThan(1000);
    expect({ ...found, parcelCount: 0 }).toEqual({
      parcelCount: 0,
      parcels: [],
      performance: [],
      lanes: [],
      weeks: [],
    });
  });

  const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'data');
  it.skipIf(!existsSync(folder)).each([
    ['fedex-india.ndjson', '2021-08-01T00:00:00Z', 600],
    ['parcel-milestones.ndjson.gz', '2023-07-15T00:00:00Z', 90],
    ['olist.ndjson.gz', '2018-11-01T00:00:00Z', 90],
  ])('over real timelines, %s', async (file, clock, days) => {
    scratch = await openScratch();
    const bytes = readFileSync(join(folder, file));
    const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes)
      .toString('utf8')
      .split('\n')
      .filter(Boolean);
    const asOf = new Date(clock);
    const found = await findDifferences(
      lines.map((line) => ({ observedAt: asOf, response: JSON.parse(line) })),
      asOf,
      days,
      scratch,
    );
    expect({ ...found, parcelCount: 0 }).toEqual({
      parcelCount: 0,
      parcels: [],
      performance: [],
      lanes: [],
      weeks: [],
    });
  });
});
