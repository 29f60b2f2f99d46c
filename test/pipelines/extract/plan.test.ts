import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  closeParcels,
  findIntervalsFile,
  makePlan,
  planBackfill,
  readIntervals,
  readPlanPage,
} from '../../../pipelines/extract/plan.js';
import { createRandom } from '../../../pipelines/sandbox/random.js';
import { dayMs, hourMs, makeFolder, openLanding, readRows, readValue } from './harness.js';

const start = Date.parse('2026-03-01T04:00:00Z');

let connection: DuckDBConnection;
beforeEach(async () => {
  connection = await openLanding();
});

const stamp = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

interface Parcel {
  number: string;
  phase: string;
  /** ms; null: unknown. */
  since?: number | null;
  polled?: number | null;
  registered?: number;
  /** Of its newest event, ms; null: unknown. */
  event?: number | null;
  state?: string;
}

async function addParcels(...parcels: Parcel[]): Promise<void> {
  for (const { number, phase, since, polled, event, registered = start, state = 'active' } of parcels) {
    await connection.run(
      `insert into registry
         (tracking_number, carrier_code, registered_at, origin, state, phase, phase_since, last_polled_at, last_event_at,
          not_found_count, failure_count)
       values ($1, 'postnl', cast($2 as timestamp), 'known', $3, $4, cast($5 as timestamp), cast($6 as timestamp),
         cast($7 as timestamp), 0, 0)`,
      [
        number,
        stamp(registered),
        state,
        phase,
        since == null ? null : stamp(since),
        polled == null ? null : stamp(polled),
        event == null ? null : stamp(event),
      ],
    );
  }
}

/** One run: closes, plans, and polls what is due, the last of it `lengthMs` after the start. Returns who was polled. */
async function runOnce(
  atMs: number,
  { seedsFolder = null as string | null, lengthMs = 0 } = {},
): Promise<string[]> {
  const options = { startAt: new Date(atMs), seedsFolder };
  await closeParcels(connection, options);
  const { due } = await makePlan(connection, options);
  const numbers = await readPlanPage(connection, 0, due);
  await connection.run(
    'update registry set last_polled_at = cast($1 as timestamp) where tracking_number in (select tracking_number from temp.plan)',
    [stamp(atMs + lengthMs)],
  );
  return numbers;
}

/** On which of the runs (from 1) each parcel was polled. */
async function runMany(starts: readonly number[], lengthMs = 0): Promise<Record<string, number[]>> {
  const polls: Record<string, number[]> = {};
  for (const [index, atMs] of starts.entries()) {
    for (const number of await runOnce(atMs, { lengthMs }))
      polls[number] = [...(polls[number] ?? []), index + 1];
  }
  return polls;
}

const readStates = async () =>
  Object.fromEntries(
    (await readRows(connection, 'select tracking_number, state from registry')).map((row) => [
      row.tracking_number,
      row.state,
    ]),
  );

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const nights = (many: number) => count(1, many).map((night) => start + night * dayMs);

describe('the schedule', () => {
  it('polls a 24-hour parcel every night, though starts jitter and runs take their time', async () => {
    const random = createRandom(1);
    // Two starts may be 48 minutes nearer than a day, and what is polled last is polled an hour and a half after the start.
    const jittered = nights(30).map((at) => at + Math.round((random() - 0.5) * 48 * 60_000));
    await addParcels(
      { number: 'waiting', phase: 'waiting', since: start },
      { number: 'label', phase: 'label', since: start - 80 * hourMs, polled: start },
      { number: 'under_way', phase: 'under_way', since: start, polled: start },
      { number: 'unknown', phase: 'new', polled: start },
    );
    const polls = await runMany(jittered, 1.5 * hourMs);
    expect(polls.waiting).toEqual(count(1, 30));
    expect(polls.under_way).toEqual(count(1, 30));
    expect(polls.unknown).toEqual(count(1, 30));
    // Its second week is over after the eleventh night.
    expect(polls.label?.slice(0, 10)).toEqual(count(1, 10));
  });

  it('asks for a label nightly for a fortnight, weekly to the sixtieth day, and then gives it up', async () => {
    await addParcels({ number: 'label', phase: 'label', since: start + 8 * hourMs });
    const { label } = await runMany(nights(62));
    expect(label).toEqual([...count(1, 14), 21, 28, 35, 42, 49, 56]);
    expect(await readStates()).toEqual({ label: 'abandoned' });
  });

  it('asks more than once a day where runs come more often', async () => {
    await addParcels(
      { number: 'fresh', phase: 'label', since: start, polled: start },
      { number: 'old', phase: 'label', since: start - 73 * hourMs, polled: start },
      { number: 'moving', phase: 'under_way', since: start, polled: start },
      { number: 'van', phase: 'out_for_delivery', since: start, polled: start },
      { number: 'shop', phase: 'waiting', since: start, polled: start },
    );
    const polls = await runMany(count(1, 12).map((turn) => start + turn * 4 * hourMs));
    expect(polls).toEqual({
      fresh: [3, 6, 9, 12],
      old: [6, 12],
      moving: [2, 4, 6, 8, 10, 12],
      van: count(1, 12),
      shop: [6, 12],
    });
  });

  it('confirms a delivery after 48 hours and after a fortnight, then closes', async () => {
    await addParcels(
      { number: 'noon', phase: 'delivered', since: start - 16 * hourMs, polled: start },
      { number: 'dawn', phase: 'delivered', since: start - 23 * hourMs, polled: start },
      { number: 'seen shortly before', phase: 'delivered', since: start - 40 * hourMs, polled: start },
      { number: 'seen late', phase: 'delivered', since: start - 100 * hourMs, polled: start },
      { number: 'seen very late', phase: 'delivered', since: start - 20 * dayMs, polled: start },
    );
    const polls = await runMany(nights(20));
    expect(polls).toEqual({
      noon: [2, 14],
      dawn: [1, 13],
      'seen shortly before': [1, 13],
      'seen late': [10],
    });
    expect(new Set(Object.values(await readStates()))).toEqual(new Set(['closed']));
  });

  it('asks once more for one that is returned or cancelled, a week later, for a lost one after three too, then closes', async () => {
    const ends = ['returned', 'lost', 'cancelled'];
    await addParcels(
      ...ends.map((phase) => ({ number: phase, phase, since: start - 10 * hourMs, polled: start })),
    );
    expect(await runMany(nights(30))).toEqual({ returned: [7], lost: [7, 21], cancelled: [7] });
    expect(new Set(Object.values(await readStates()))).toEqual(new Set(['closed']));
  });

  it('asks weekly for one that had no new event for 60 days, to the 120th, then closes, wherever it was', async () => {
    const under = ['under_way', 'out_for_delivery', 'waiting'];
    const silentFor = (days: number) => start + 12 * hourMs - days * dayMs;
    await addParcels(
      ...under.map((phase) => ({
        number: phase,
        phase,
        since: silentFor(300),
        event: silentFor(59),
        polled: start,
      })),
      // As long under way, but scanned yesterday.
      { number: 'slow', phase: 'under_way', since: silentFor(300), event: silentFor(1), polled: start },
    );
    const polls = await runMany(nights(70));
    const weeks = [8, 15, 22, 29, 36, 43, 50, 57];
    for (const phase of under)
      expect(
        polls[phase]?.filter((night) => night > 2),
        phase,
      ).toEqual(weeks);
    expect(polls.slow?.slice(0, 58)).toEqual(count(1, 58));
    expect(await readStates()).toMatchObject({
      ...Object.fromEntries(under.map((phase) => [phase, 'closed'])),
      slow: 'active',
    });
  });

  it('closes one that was silent for years after one more look', async () => {
    const at = start - 700 * dayMs;
    await addParcels({ number: 'archived', phase: 'under_way', since: at, event: at, polled: at + dayMs });
    expect(await runMany(nights(3))).toEqual({ archived: [1] });
    expect(await readStates()).toEqual({ archived: 'closed' });
  });

  it('makes up for a confirmation that no run came in time for', async () => {
    await addParcels({ number: 'late', phase: 'delivered', since: start, polled: start });
    expect(await runMany([start + 200 * hourMs, start + 1000 * hourMs, start + 1100 * hourMs])).toEqual({
      late: [1, 2],
    });
    expect(await readStates()).toEqual({ late: 'closed' });
  });

  it('counts ages from the registration where nothing else is known', async () => {
    await addParcels({
      number: 'label',
      phase: 'label',
      registered: start - 20 * dayMs,
      polled: start - 2 * dayMs,
    });
    expect(await runOnce(start)).toEqual([]);
    expect(await runOnce(start + 5 * dayMs)).toEqual(['label']);
  });

  it('leaves alone what is not active, and polls an old label once before it gives it up', async () => {
    await addParcels(
      ...['closed', 'abandoned', 'dead', 'alias'].map((state) => ({
        number: state,
        phase: 'under_way',
        state,
      })),
      { number: 'ancient', phase: 'label', since: start - 100 * dayMs },
      // Seen once when it was young, as an archive shows it: it may have been delivered since.
      { number: 'archived', phase: 'label', since: start - 100 * dayMs, polled: start - 99 * dayMs },
    );
    expect(await runMany(nights(3))).toEqual({ ancient: [1], archived: [1] });
    expect(await readStates()).toMatchObject({
      ancient: 'abandoned',
      archived: 'abandoned',
      dead: 'dead',
      alias: 'alias',
    });
  });
});

describe('a short budget', () => {
  it('goes to parcels never polled, then to the most overdue relative to their interval, ties by number', async () => {
    const ago = (hours: number) => start - hours * hourMs;
    await addParcels(
      { number: 'half', phase: 'waiting', since: ago(200), polled: ago(36) },
      { number: 'double', phase: 'waiting', since: ago(200), polled: ago(72) },
      { number: 'once b', phase: 'under_way', since: ago(200), polled: ago(16) },
      { number: 'once a', phase: 'waiting', since: ago(200), polled: ago(48) },
      { number: 'early', phase: 'waiting', since: ago(200), polled: ago(22) },
      { number: 'not due', phase: 'waiting', since: ago(200), polled: ago(20) },
      { number: 'new b', phase: 'new' },
      { number: 'new a', phase: 'label', since: ago(1) },
      { number: 'confirm', phase: 'delivered', since: ago(96), polled: ago(95) },
    );
    const options = { startAt: new Date(start), seedsFolder: null };
    expect(await makePlan(connection, options)).toMatchObject({ due: 8, fresh: 2, active: 9 });
    const order = ['new a', 'new b', 'double', 'confirm', 'once a', 'once b', 'half', 'early'];
    expect(await readPlanPage(connection, 0, 8)).toEqual(order);
    expect(await readPlanPage(connection, 2, 3)).toEqual(order.slice(2, 5));
  });

  it('plans a backfill from closed parcels by label date', async () => {
    await addParcels(
      { number: 'in', phase: 'delivered', state: 'closed' },
      { number: 'before', phase: 'delivered', state: 'abandoned', registered: start - 2 * dayMs },
      { number: 'open', phase: 'delivered' },
    );
    expect(await planBackfill(connection, '2026-03-01', '2026-03-01')).toMatchObject({ due: 1 });
    expect(await readPlanPage(connection, 0, 9)).toEqual(['in']);
    expect(await planBackfill(connection, '2026-02-01', '2026-03-01')).toMatchObject({ due: 2 });
  });
});

describe('the table of intervals', () => {
  const builtIn = readIntervals(findIntervalsFile(null));
  const lines = builtIn.map((row) =>
    [row.phase, row.fromAgeHours, row.poll, row.intervalHours ?? ''].join(','),
  );
  const header = 'phase,from_age_hours,poll,interval_hours';

  const writeSeeds = (...text: string[]): { folder: string; path: string } => {
    const folder = join(makeFolder(), 'seeds');
    mkdirSync(folder);
    const path = join(folder, 'poll_intervals.csv');
    writeFileSync(path, text.join('\n'));
    return { folder, path };
  };

  it('is the one of the seeds folder where there is one', async () => {
    const changed = lines.map((line) => line.replace('waiting,0,every,24', 'waiting,0,every,72'));
    const { folder } = writeSeeds('\uFEFF# ours', header, ...changed, '');
    await addParcels({ number: 'shop', phase: 'waiting', since: start, polled: start });
    const polls: number[] = [];
    for (const [night, at] of nights(9).entries())
      if ((await runOnce(at, { seedsFolder: folder })).length > 0) polls.push(night + 1);
    expect(polls).toEqual([3, 6, 9]);
    expect(await readValue(connection, 'select count(*) from temp.poll_intervals')).toBe(
      String(lines.length),
    );
  });

  it('is the built-in one where the seeds folder has none', () => {
    expect(findIntervalsFile(makeFolder())).toBe(findIntervalsFile(null));
  });

  it.each<[string, string, number, RegExp]>([
    ['an unknown phase', 'lable,0,every,12', 3, /phase is "lable", expected one of new, label/],
    ['an age that is none', 'label,soon,every,12', 3, /from_age_hours is "soon"/],
    ['a negative age', 'label,-1,every,12', 3, /from_age_hours is "-1"/],
    ['an endless age', 'label,Infinity,never,', 3, /from_age_hours is "Infinity"/],
    ['an unknown kind', 'label,0,often,12', 3, /poll is "often", expected every, once, never or close/],
    ['an interval of nothing', 'label,0,every,0', 3, /interval_hours is "0"/],
    ['a missing interval', 'label,0,every', 3, /interval_hours is ""/],
    ['a quote left open', 'label,"0,every,12', 3, /from_age_hours is ""0"/],
  ])('is refused with its line for %s', (_, line, number, message) => {
    const { path } = writeSeeds('# ours', header, line, ...lines);
    const expected = expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) });
    const read = () => readIntervals(path);
    expect(read).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`${path}:${number}: `) }),
    );
    expect(read).toThrow(expected);
  });

  it('is refused without its header, or without a phase', () => {
    const { path } = writeSeeds(...lines);
    expect(() => readIntervals(path)).toThrow(`${path}:1: the header must be ${header}`);
    const short = writeSeeds(header, ...lines.filter((line) => !line.startsWith('lost')));
    expect(() => readIntervals(short.path)).toThrow(/phase lost has no line/);
    expect(() => readIntervals(writeSeeds('').path)).toThrow(/the header must be/);
  });
});
