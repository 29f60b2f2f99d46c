import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader, type Reader, type ReadRows } from '../../../queries/db.js';
import { readAnswers } from '../../../queries/explain/answers.js';
import { findStarts, judgeFigures } from '../../../queries/explain/figures.js';
import { readStory } from '../../../queries/explain/parcel.js';
import { meanEvents } from '../../../queries/explain/words.js';
import type { Metrics, Parcels, RunParameters } from '../../../queries/schema.js';
import { randomHistories } from '../../reference/histories.js';
import { type House, openHouse, toEnvelopes } from '../house.js';
import { start } from '../sandbox/harness.js';

const asOf = new Date('2026-06-30T09:41:00Z');

/** A parcel with everything on its way: two countries, a late delivery, an exception, an event ahead of its poll. */
const told = {
  announced_at: '2026-06-15T09:00:00Z',
  details: {
    is_return: false,
    is_mail_box: false,
    is_to_service_point: false,
    expected_delivery_date: '2026-06-17',
  },
  from_address: { country_code: 'NL', postal_code: '1012AB' },
  to_address: { country_code: 'US', postal_code: '10001' },
  ship_with: {
    type: 'shipping_option_code',
    properties: { shipping_option_code: 'dhl:standard', contract_id: 1 },
  },
  events: [
    ['2026-06-15T09:00:00Z', 'internal', 'announced'],
    ['2026-06-15T17:30:00Z', 'carrier', 'accepted'],
    ['2026-06-16T00:00:00Z', 'carrier', 'sorted'],
    ['2026-06-17T12:00:00Z', 'carrier', 'delivery_delay'],
    ['2026-06-17T13:00:00Z', 'calculated', 'off_radar'],
    ['2026-06-18T12:05:00Z', 'carrier', 'in_delivery'],
    ['2026-06-18T23:30:00Z', 'carrier', 'delivered'],
    ['2026-12-24T18:00:00Z', 'carrier', 'sorted'],
  ].map(([event_at, event_type, status_code]) => ({
    event_at,
    event_type,
    status_code,
    sub_status_code: 'none',
    status_type: 'success',
  })),
  tracking_numbers: [
    { carrier_code: 'dhl', tracking_number: 'TOLD-1' },
    { carrier_code: 'usps', tracking_number: 'LASTMILE1' },
  ],
};

let house: House;
let reader: Reader;
let read: ReadRows;
beforeAll(async () => {
  house = openHouse(asOf);
  const observations = [
    ...randomHistories(11, 500, asOf),
    { observedAt: new Date('2026-06-20T00:00:00.000Z'), response: told },
  ];
  // Some of the random bodies name no carrier: refused, exit code 3.
  await house.call('import', house.write('archive.ndjson', toEnvelopes(observations)));
  await house.run('build');
  await house.run('publish');
  reader = await openReader(house.path('data', 'published', 'shipping.duckdb'));
  read = (sql, values) => reader.all(sql, values);
});
afterAll(() => {
  reader.close();
  house.remove();
});

type Row = Record<string, number | string | null>;

describe('what a parcel counts in', () => {
  it('adds up to the published figures, over all parcels, for the window and for every week', async () => {
    const [run] = await read<RunParameters>('select * from run_parameters');
    const parcels = await read<Parcels>('select * from parcels');
    const metrics = await read<Metrics>('select * from metrics order by metric_order');
    const answers = await readAnswers(read, null);
    if (!run) throw new Error('no run');
    const sums = new Map<string, number>();
    const add = (...key: (string | null)[]) => {
      const name = key.join(' ');
      sums.set(name, (sums.get(name) ?? 0) + 1);
    };
    for (const parcel of parcels) {
      const starts = new Map(findStarts(parcel, run).map((one) => [one.cohort, one]));
      const verdicts = judgeFigures(parcel, run, metrics, answers.get(parcel.tracking_number) ?? []);
      for (const { cohort, figures, isIn, isCounted } of verdicts) {
        const found = starts.get(cohort);
        const places = [found?.membership === 'current' ? 'current' : null, found?.week ?? null];
        for (const place of places.filter((one) => one !== null)) {
          if (isIn) add(place, parcel.carrier_code, figures[0] ?? '', 'n');
          if (isCounted) add(place, parcel.carrier_code, figures[0] ?? '', 'x');
        }
      }
    }
    const rows: Row[] = [
      ...(await read<Row>(
        `select *, period as place from carrier_performance where period = 'current' and carrier_code <> '*'`,
      )),
      ...(await read<Row>(
        `select *, cast(week_start_date as varchar) as place from weekly_performance where carrier_code <> '*'`,
      )),
    ];
    const differences: string[] = [];
    let compared = 0;
    const compare = (key: string, ours: number) => {
      compared += 1;
      const theirs = sums.get(key) ?? 0;
      if (ours !== theirs) differences.push(`${key}: published ${ours}, explained ${theirs}`);
      sums.delete(key);
    };
    for (const row of rows) {
      const prefix = `${row.place} ${row.carrier_code}`;
      for (const column of Object.keys(row).filter(
        (name) => name.endsWith('_rate_n') || /exception_rate_(?!.*vs_others)\w+_n$/.test(name),
      )) {
        const rate = column.replace(/_n$/, '');
        compare(`${prefix} ${rate} n`, Number(row[column]));
        compare(`${prefix} ${rate} x`, Math.round(Number(row[rate] ?? 0) * Number(row[column])));
      }
      compare(`${prefix} first_scan_p50_hours n`, Number(row.first_scan_n));
      compare(`${prefix} transit_p50_hours n`, Number(row.transit_n));
      compare(`${prefix} transit_working_days_p50 n`, Number(row.transit_working_days_n));
    }
    const dwell = await read<Row>(
      `select carrier_code, parcels from pickup_point_dwell where carrier_code <> '*'`,
    );
    for (const row of dwell) compare(`current ${row.carrier_code} pickup_point_dwell n`, Number(row.parcels));
    expect(differences).toEqual([]);
    // What is explained is also published somewhere: nothing is left but the dwell of single weeks, which has no table.
    expect([...sums.keys()].filter((key) => !/pickup_point_dwell/.test(key))).toEqual([]);
    expect(compared).toBeGreaterThan(2000);
  });

  it('names every milestone by the event that made it', async () => {
    const parcels = await read<Parcels>('select * from parcels');
    const columns = [
      'first_scan_at',
      'out_for_delivery_at',
      'first_attempt_at',
      'pickup_point_at',
      'delivered_at',
    ] as const;
    const words = [
      '= first scan',
      '= out for delivery',
      '= first attempt',
      '= at the pick-up point',
      '= delivered',
    ];
    let named = 0;
    for (const { tracking_number } of parcels.slice(0, 40)) {
      const story = await readStory(read, { tracking_number, account: null });
      if (story === null) throw new Error(`no story of ${tracking_number}`);
      const meanings = meanEvents(story);
      for (const [index, column] of columns.entries()) {
        const made = meanings.filter(({ notes }) => notes.includes(words[index] ?? ''));
        expect(made.map(({ event }) => event.event_at)).toEqual(
          story.parcel[column] === null ? [] : [story.parcel[column]],
        );
        named += made.length;
      }
    }
    expect(named).toBeGreaterThan(50);
  });
});

describe('explain', () => {
  it('tells the story in local times, first as it can be sent, then with the rule of each figure', async () => {
    const text = await house.run('explain', 'TOLD-1');
    expect(text.split('\n\n')[0]).toBe(
      [
        'Parcel TOLD-1, carrier DHL, NL to US, home, dhl:standard.',
        'The label was made on Mon 15 Jun 2026 11:00 (Europe/Amsterdam).',
        'DHL first scanned it (accepted) on Mon 15 Jun 2026 19:30 (Europe/Amsterdam), 8.5 hours after the label.',
        'It was delivered at the first attempt on Thu 18 Jun 2026 19:30 (America/New_York), 3.3 days after the first scan (3 working days).',
        'The promised day was 2026-06-17, first shown on Sat 20 Jun 2026 00:00 (UTC).',
        'It was first seen after the attempt, so it may have been set with hindsight.',
        'The promise was not kept: attempted 1 day late.',
        'The carrier reported one exception: delivery_delay (carrier) on Wed 17 Jun 2026 08:00 (America/New_York).',
        'All this as the poll of Sat 20 Jun 2026 00:00 (UTC) showed it.',
      ].join('\n'),
    );
    expect(text).toMatch(
      / 3 +Tue 16 Jun 2026 +sorted +scan +date without a time: counts in days, never in hours\n/,
    );
    expect(text).toMatch(
      / 5 +Wed 17 Jun 2026 15:00 +Europe\/Amsterdam +off_radar +inference +the platform's conclusion/,
    );
    expect(text).toMatch(
      / 6 +Thu 18 Jun 2026 08:05 +America\/New_York +in_delivery +scan += out for delivery/,
    );
    expect(text).toMatch(/ 8 +Thu 24 Dec 2026 .* quarantined +moves nothing: dated after the last poll/);
    expect(text).toMatch(/transit_hours +78 +From first_scan_at to first_attempt_at\./);
    expect(text).toMatch(/ multi_carrier +more than one carrier/);
    expect(text).toMatch(
      /on_time_rate +due +attempted on or before the promised date, local to the destination\? no/,
    );
    expect(text).toMatch(
      /Is left out of\n[\s\S]*returned_30d_rate +scan +its 30 days end on 2026-07-15: too young/,
    );
    expect(text).toMatch(/Source: published snapshot \S+; data as of 2026-06-/);
  });

  it('is one object for machines', async () => {
    const story = JSON.parse(await house.run('explain', 'TOLD-1', '--json'));
    expect(story).toMatchObject({
      tracking_number: 'TOLD-1',
      milestones: expect.arrayContaining([
        {
          column: 'delivered_at',
          value: '2026-06-18T23:30:00Z',
          local: 'Thu 18 Jun 2026 19:30',
          zone: 'America/New_York',
          rule: 'First carrier scan delivered.',
        },
      ]),
      parcel: { transit_hours: 78 },
      is_stalled: false,
    });
    expect(story.timeline).toHaveLength(8);
    expect(story.counts).toContainEqual({
      cohort: 'due',
      figures: ['promise_kept_plus_1d_rate'],
      isIn: true,
      isCounted: true,
      reason: 'attempted at most one day after the promised date? yes',
    });
  });

  it('finds a parcel by its other number, and a number typed with spaces or in lower case', async () => {
    expect(await house.run('explain', 'LASTMILE1')).toMatch(
      /^LASTMILE1 is another number of parcel TOLD-1\.\n\nParcel TOLD-1/,
    );
    expect(await house.run('explain', ' told 1 ')).toContain('Parcel TOLD-1,');
  });

  it('ends with 2 for a number that is not published, and says what to do', async () => {
    expect(await house.call('explain', 'NOBODY')).toMatchObject({
      exitCode: 2,
      out: '',
      err: expect.stringMatching(/NOBODY is neither published nor registered\n.*register --known/),
    });
    await house.run(
      'register',
      '--known',
      house.write('known.csv', 'tracking_number,carrier_code\nFRESH1,dhl\n'),
    );
    expect(await house.call('explain', 'FRESH1')).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/FRESH1 is registered since .*no poll has shown a timeline yet\n.*--poll/),
    });
    const empty = openHouse(asOf);
    expect(await empty.call('explain', 'X')).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/there is no snapshot .*\n.*nightly/),
    });
    empty.remove();
  });

  it('with --poll asks the API for that one parcel, shows it fresh, and publishes nothing', async () => {
    const later = new Date('2026-07-01T09:41:00Z');
    const body = { ...told, tracking_numbers: [{ carrier_code: 'dhl', tracking_number: 'FRESH1' }] };
    const sandbox = await start({
      now: later,
      source: { find: (number) => (number === 'FRESH1' ? body : null), list: () => [] },
    });
    house.environment = {
      ...house.environment,
      SENDCLOUD_BASE_URL: sandbox.url,
      SENDCLOUD_PUBLIC_KEY: sandbox.publicKey,
      SENDCLOUD_SECRET_KEY: sandbox.secretKey,
    };
    const fresh = await house.run('explain', 'FRESH1', '--poll', '--as-of', later.toISOString());
    expect(fresh).toContain('Parcel FRESH1, carrier DHL');
    expect(fresh).toContain('a build of just now, not published');
    expect(await house.call('explain', 'FRESH1')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('after what is published'),
    });
    expect(await house.call('explain', 'NOBODY', '--poll', '--as-of', later.toISOString())).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('neither published nor registered'),
    });
  });
});
