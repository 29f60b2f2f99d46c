import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { BuildResult } from '../../queries/build.js';
import { describeFailures, narrowCheck } from '../../queries/checks.js';
import { models } from '../../queries/models.js';
import { openScratch, type RawObservation, type Scratch } from './harness.js';
import { compareDumps, dumpTables, readableHistories } from './nights.js';

const asOf = new Date('2026-06-30T09:41:00Z');
const days = 60;
const scratches: Scratch[] = [];

async function open(): Promise<Scratch> {
  const scratch = await openScratch();
  scratches.push(scratch);
  return scratch;
}

afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.close();
});

const hours = (count: number) => count * 3_600_000;
const daysBefore = (count: number) => new Date(asOf.getTime() - hours(24 * count));
const countKept = ({ models }: BuildResult) => models.find(({ name }) => name === 'kept_weeks')?.rows ?? 0;

/** What a later poll of the same parcel showed: an event more, just before the poll. */
function addEvent({ response }: RawObservation, observedAt: Date, statusCode: string): RawObservation {
  const body = response as { events: unknown[] };
  const event = {
    event_at: new Date(observedAt.getTime() - hours(3)).toISOString(),
    event_type: 'carrier',
    status_code: statusCode,
    status_type: 'success',
  };
  return { observedAt, response: { ...body, events: [...body.events, event] } };
}

/** Whole numbers from 0 up to `below`, the same ones for the same seed. */
function makeDice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const readText = (path: string) =>
  readFileSync(new URL(`../../queries/${path}.sql`, import.meta.url), 'utf8');

describe('weeks that nothing touched', () => {
  it.each([
    [3, [40, 39, 36.5, 30, 29]],
    [5, [70, 69, 65, 1, 0]],
  ])('are kept over random nights, which leave what a full build makes (seed %i)', async (seed, ages) => {
    const roll = makeDice(seed);
    const observations = readableHistories(seed, 200, asOf);
    const scratch = await open();
    const landed: RawObservation[] = [];
    const kept: number[] = [];
    let last: BuildResult | null = null;
    let clock = asOf;
    for (const [night, age] of ages.entries()) {
      clock = daysBefore(age);
      const due = observations.filter((one) => !landed.includes(one) && one.observedAt <= clock);
      landed.push(...due);
      await scratch.land(due);
      // a late word of old parcels; one that changes nothing that is counted among them
      for (const code of ['in_transit', 'damaged', 'delivered', 'returned_sender'].slice(0, roll(4))) {
        const old = landed[roll(landed.length)];
        if (old) await scratch.land([addEvent(old, new Date(clock.getTime() - hours(1)), code)]);
      }
      const [number, other] = [roll(200), roll(200)];
      if (roll(3) === 0) {
        // erased, as if it had never been registered
        for (const table of ['landed_polls', 'landed_responses', 'landed_events', 'registry'])
          await scratch.connection.run(
            `delete from warehouse.${table} where tracking_number =
              (select tracking_number from warehouse.registry order by 1 limit 1 offset ${number})`,
          );
      }
      if (roll(3) === 0) {
        // found out to be another number of a parcel
        await scratch.connection.run(`
          update warehouse.registry set alias_of = (select tracking_number from warehouse.registry where alias_of is null order by 1 limit 1 offset ${other})
          where alias_of is null
            and tracking_number = (select tracking_number from warehouse.registry order by 1 limit 1 offset ${other + 3})
            and tracking_number not in (select alias_of from warehouse.registry where alias_of is not null)`);
      }
      last = await scratch.build({ asOf: clock, days: night % 4 === 2 ? 30 : days });
      expect(describeFailures(last.checks)).toEqual([]);
      kept.push(countKept(last));
    }
    expect(last).toMatchObject({ isFull: false, isWhole: false });
    expect(kept.filter((count) => count > 20).length).toBeGreaterThan(1);
    const options = { asOf: clock, days: (ages.length - 1) % 4 === 2 ? 30 : days };
    const nightly = await dumpTables(scratch);
    await scratch.build({ ...options, full: true });
    expect(compareDumps(nightly, await dumpTables(scratch))).toEqual([]);
  });

  it('are made again each week, and what was spoilt since is found', async () => {
    const scratch = await open();
    await scratch.land(readableHistories(21, 200, asOf));
    await scratch.build({ asOf: daysBefore(9), days });
    const night = await scratch.build({ asOf: daysBefore(8), days });
    expect(night).toMatchObject({ isFull: false, isWhole: false });
    expect(countKept(night)).toBeGreaterThan(20);
    const tables = ['cells', 'cell_hours', 'week_members', 'week_durations'];
    const spoil = [
      'update cells set on_time_rate_n = on_time_rate_n + 1',
      'update cell_hours set censored = censored + 1',
      'update week_members set due = due + 1',
      'update week_durations set share_48_variance = share_48_variance + 1e-6',
    ];
    for (const [index, table] of tables.entries()) {
      const weekOf = table.startsWith('week') ? 'week_start_date' : 'monday_of(start_date)';
      await scratch.connection.run(
        `${spoil[index]} where rowid = (select min(rowid) from ${table} where ${weekOf} between date '2025-09-01' and date '2025-12-31'${
          table === 'week_durations' ? ' and share_48_variance is not null' : ''
        })`,
      );
    }
    // a flag without what it flags, of a parcel that no night derives again
    await scratch.connection.run(
      "update parcels set quality_flags = 'multi_carrier' where rowid = (select min(rowid) from parcels where not multi_carrier)",
    );
    const silent = await scratch.build({ asOf: daysBefore(7), days });
    expect(silent.isWhole).toBe(false);
    expect(silent.checks.filter(({ isOverChanges }) => isOverChanges).length).toBeGreaterThan(10);
    expect(describeFailures(silent.checks)).toEqual([]);
    const weekly = await scratch.build({ asOf: daysBefore(2), days });
    expect(weekly).toMatchObject({ isFull: false, isWhole: true });
    const found = describeFailures(weekly.checks).filter((line) => line.includes('of a week that was kept'));
    expect(found.map((line) => line.replace(/:.*/, '')).sort()).toEqual([...tables].sort());
    expect(describeFailures(weekly.checks).join('; ')).toContain('flags differ from what they flag');
    expect(weekly.checks.some(({ isOverChanges }) => isOverChanges)).toBe(false);
    // After a failure all is looked at until it is mended: the weeks are, the parcel is not.
    const next = await scratch.build({ asOf: daysBefore(1), days });
    expect(next.isWhole).toBe(true);
    expect(describeFailures(next.checks)).toEqual([expect.stringContaining('flags differ')]);
    await scratch.build({ asOf: daysBefore(1), days, full: true });
    const mended = await scratch.build({ asOf, days });
    expect(mended.isWhole).toBe(false);
    expect(describeFailures(mended.checks)).toEqual([]);
  });

  it('are not kept once they leave the charts, which show 53 weeks', async () => {
    const scratch = await open();
    const year = 364;
    await scratch.land(readableHistories(22, 150, daysBefore(year - 30)));
    const clocks = [13, 12, 6, 5, 4].map(daysBefore);
    const built: BuildResult[] = [];
    for (const clock of clocks) built.push(await scratch.build({ asOf: clock, days }));
    expect(built.map(({ isWhole }) => isWhole)).toEqual([true, false, true, false, false]);
    expect(built.flatMap(({ checks }) => describeFailures(checks))).toEqual([]);
    const { rows } = scratch;
    const [weeks] = await rows<{ charted: number; oldest: string }>(
      `select count(distinct week_start_date)::int as charted, min(week_start_date)::varchar as oldest from week_durations`,
    );
    expect(weeks?.oldest).toBe('2025-06-23');
    const nightly = await dumpTables(scratch);
    await scratch.build({ asOf: daysBefore(4), days, full: true });
    expect(compareDumps(nightly, await dumpTables(scratch))).toEqual([]);
  });

  it('are compared by every column of a parcel that is counted by the week', () => {
    const read = (name: string) => readText(`marts/${name}`);
    // What the current period alone counts, or only the hours of the week.
    const ofOthers = [
      'delivered_at',
      'pickup_point_at',
      'is_delivered_date_only',
      'is_pickup_point_date_only',
    ];
    const notOfWeeks = new Set([...ofOthers, 'is_first_exception_date_only', 'from_time_zone', 'period']);
    const used = ['cohort_members', 'cohort_outcomes', 'rate_answers', 'follow_ups'].flatMap((name) =>
      [...read(name).matchAll(/\bparcel_rows\.(\w+)/g)].map(([, column = '']) => column),
    );
    expect(used.length).toBeGreaterThan(40);
    const compared = read('kept_weeks');
    const missing = used.filter(
      (column) => !notOfWeeks.has(column) && !compared.includes(`parcel_rows.${column}`),
    );
    expect([...new Set(missing)]).toEqual([]);
  });
});

describe('the checks of a night', () => {
  it('look at the parcels that were derived again, where what is wrong is found', async () => {
    const scratch = await open();
    const [one, ...others] = readableHistories(33, 60, daysBefore(2));
    if (!one) throw new Error('no history');
    await scratch.land([one, ...others]);
    await scratch.build({ asOf: daysBefore(1), days });
    await scratch.land([addEvent(one, new Date(asOf.getTime() - hours(2)), 'in_transit')]);
    const built = await scratch.build({ asOf, days });
    expect(built).toMatchObject({ isFull: false, isWhole: false });
    const narrowed = built.checks.filter(({ isOverChanges }) => isOverChanges).map(({ model }) => model);
    expect(narrowed).toEqual(
      expect.arrayContaining(['events', 'parcels', 'parcels_by_period', 'follow_ups']),
    );
    expect(narrowed).not.toContain('cells');

    for (const name of ['stg_registry', 'stg_polls'])
      await scratch.connection.run(`create or replace temp view ${name} as ${readText(`staging/${name}`)}`);
    // The same text finds a spoilt row of a parcel in checked_parcels, and of no other.
    const model = models.find(({ name }) => name === 'parcels');
    if (!model) throw new Error('no model');
    const text = narrowCheck(model, readText('marts/parcels.check'));
    const numbers = await scratch.rows<{ tracking_number: string }>(
      'select tracking_number from parcels order by 1 limit 2',
    );
    for (const { tracking_number: number } of numbers) {
      await scratch.connection.run(
        `create or replace temp table checked_parcels as select '${number}' as tracking_number`,
      );
      expect(await scratch.rows(text)).toEqual([]);
    }
    await scratch.connection.run(
      `delete from parcels where tracking_number = '${numbers[1]?.tracking_number}'`,
    );
    expect(await scratch.rows(text)).not.toEqual([]);
    await scratch.connection.run(
      `create or replace temp table checked_parcels as select '${numbers[0]?.tracking_number}' as tracking_number`,
    );
    expect(await scratch.rows(text)).toEqual([]);
  });
});
