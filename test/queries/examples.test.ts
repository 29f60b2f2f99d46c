import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExamples } from '../../pipelines/answers/sql/examples.js';
import { runSql, type SqlOptions } from '../../pipelines/answers/sql/run.js';
import { listRates, readMetrics } from '../../queries/metrics.js';
import { models } from '../../queries/models.js';
import { openScratch, type RawObservation } from './harness.js';

/** A parcel of the small world below; hours count from its label. */
interface Sent {
  carrier: string;
  to: string;
  option?: string;
  /** Days before the run's clock that the label was made, at 09:00 UTC. */
  daysAgo: number;
  promisedDays?: number;
  /** Such as '6 accepted, 54 delivered'. */
  events: string;
}

const asOf = new Date('2026-03-02T05:00:00Z');
const hourMs = 3_600_000;

function observe(sent: Sent, index: number): RawObservation {
  const labelMs = asOf.getTime() - sent.daysAgo * 24 * hourMs + 4 * hourMs;
  const address = (country: string) => ({ country_code: country, postal_code: '1000' });
  const promised = sent.promisedDays;
  return {
    observedAt: new Date(asOf.getTime() - hourMs),
    response: {
      announced_at: new Date(labelMs).toISOString(),
      details: {
        expected_delivery_date:
          promised === undefined
            ? null
            : new Date(labelMs + promised * 24 * hourMs).toISOString().slice(0, 10),
        is_mail_box: false,
        is_return: false,
        is_to_service_point: false,
      },
      events: sent.events
        .split(', ')
        .filter(Boolean)
        .map((event) => ({
          event_at: new Date(labelMs + Number.parseInt(event, 10) * hourMs + index).toISOString(),
          event_type: 'carrier',
          status_code: event.split(' ')[1],
          status_type: 'success',
          sub_status_code: 'none',
        })),
      from_address: address('NL'),
      ship_with: {
        type: 'shipping_option_code',
        properties: { shipping_option_code: sent.option ?? `${sent.carrier}:standard` },
      },
      to_address: address(sent.to),
      tracking_numbers: [{ carrier_code: sent.carrier, tracking_number: `X${1000 + index}` }],
    },
  };
}

/** To France gls takes 80 hours and keeps half of its promises, dpd takes 30 and keeps all; express takes 20. */
function smallWorld(): Sent[] {
  const many = (count: number, make: (index: number) => Sent) =>
    Array.from({ length: count }, (_, index) => make(index));
  const spread = (index: number) => 20 + (index % 40);
  const delivered = (hours: number) => `6 accepted, ${6 + hours} delivered`;
  return [
    // known before the period before begins
    ...['gls', 'dpd'].map((carrier) => ({
      carrier,
      to: 'FR',
      daysAgo: 200,
      events: '6 accepted, 40 delivered',
    })),
    ...many(60, (index) => ({
      carrier: 'gls',
      to: 'FR',
      daysAgo: spread(index),
      promisedDays: index % 2 === 0 ? 2 : 5,
      events: delivered(80 + (index % 5)),
    })),
    ...many(60, (index) => ({
      carrier: 'dpd',
      to: 'FR',
      daysAgo: spread(index),
      promisedDays: 2,
      events: delivered(30 + (index % 5)),
    })),
    ...many(40, (index) => ({
      carrier: 'ups',
      to: 'FR',
      option: 'ups:express',
      daysAgo: spread(index),
      events: delivered(20 + (index % 5)),
    })),
    // Four in thirty addresses fail; two of the parcels are refused and come back.
    ...many(30, (index) => ({
      carrier: 'dpd',
      to: 'DE',
      daysAgo: spread(index),
      promisedDays: 3,
      events:
        index < 4
          ? '6 accepted, 40 address_error, 60 in_transit, 80 delivered'
          : index < 6
            ? '6 accepted, 40 refused, 90 returned_sender'
            : delivered(48),
    })),
    ...many(30, (index) => ({
      carrier: 'gls',
      to: 'BE',
      daysAgo: spread(index),
      events: `30 accepted, 60 pup, ${70 + index} delivered`,
    })),
    // In the period before, nothing went wrong to Germany; since then three labels were never scanned, and one parcel is silent.
    ...many(40, (index) => ({
      carrier: 'dpd',
      to: 'DE',
      daysAgo: 100 + index,
      promisedDays: 3,
      events: delivered(24),
    })),
    ...many(3, (index) => ({ carrier: 'gls', to: 'BE', daysAgo: 30 + index, events: '' })),
    {
      carrier: 'dpd',
      to: 'BE',
      daysAgo: 40,
      promisedDays: 2,
      events: '6 accepted, 20 sorted',
    },
  ];
}

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-examples-'));
  mkdirSync(join(folder, 'published'));
  const scratch = await openScratch();
  await scratch.land(smallWorld().map(observe));
  await scratch.build({ asOf, days: 90, listHolidays: () => [] });
  await scratch.rows(`attach '${join(folder, 'published', 'shipping.duckdb')}' as shipping`);
  const names = [...models.filter(({ isPublic }) => isPublic).map(({ name }) => name), 'run_parameters'];
  for (const name of names) await scratch.rows(`create table shipping.${name} as from marts.${name}`);
  await scratch.rows('detach shipping');
  scratch.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function sql(options: Partial<SqlOptions>): Promise<string> {
  let out = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      out += chunk;
      done();
    },
  });
  const sources = { threads: 'default', memoryLimit: 'default' } as const;
  const published = join(folder, 'published');
  const config = { published, data: folder, threads: 1, memoryLimit: '1GB', json: false, quiet: true };
  const exitCode = await runSql(
    {
      config: { ...config, sources: sources as Parameters<typeof runSql>[0]['config']['sources'] },
      stdin: new PassThrough(),
      stdout,
      stderr: new PassThrough(),
      isTerminal: false,
      signal: new AbortController().signal,
    },
    { parameters: {}, format: 'json', allowFiles: false, examples: false, ...options },
  );
  expect(exitCode).toBe(0);
  return out;
}

async function answer(name: string): Promise<Record<string, unknown>[]> {
  const example = readExamples().find((one) => one.name === name);
  const parameters = Object.fromEntries((example?.parameters ?? []).map((text) => text.split('=')));
  return JSON.parse(await sql({ examples: true, query: name, parameters }));
}

const examples = readExamples();

describe('the examples', () => {
  it('are sixteen, each with a question of its own on top', () => {
    expect(examples).toHaveLength(16);
    expect(new Set(examples.map(({ question }) => question)).size).toBe(16);
    for (const { question } of examples) expect(question).toMatch(/^[A-Z].*\?( .*\.)?$/);
  });

  it('are listed with the line that runs each', async () => {
    const list = await sql({ examples: true, format: 'table' });
    for (const { name, question, parameters } of examples) {
      const given = parameters.map((parameter) => ` -p ${parameter}`).join('');
      expect(list).toContain(`${question}\n    parcelmetrics sql --examples ${name}${given}\n`);
    }
  });

  it.each(examples.map(({ name }) => name))('%s has an answer', async (name) => {
    const rows = await answer(name);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.flatMap(Object.values)).not.toContain('NaN');
  });
});

describe('what they answer', () => {
  it('lanes_to_move: away from gls to France, and what it brings', async () => {
    const rows = await answer('lanes_to_move');
    const moves = rows.map(
      (row) => `${row.from_carrier} to ${row.to_carrier}: ${row.from_country}-${row.to_country}`,
    );
    expect(moves).toEqual(['gls to ups: NL-FR', 'gls to dpd: NL-FR', 'dpd to ups: NL-FR']);
    expect(rows[1]).toMatchObject({
      parcels: 60,
      present_median_hours: 82,
      other_median_hours: 32,
      hours_saved_each: 50,
      more_on_time: 30,
    });
  });

  it('does_express_pay: hours saved, at what price', async () => {
    expect(await answer('does_express_pay')).toEqual([
      expect.objectContaining({
        to_country: 'FR',
        express_parcels: 40,
        standard_parcels: 120,
        express_median_hours: 22,
        is_clearly_faster: true,
      }),
    ]);
  });

  it('cost_of_refusals: two came back', async () => {
    const rows = await answer('cost_of_refusals');
    expect(rows[0]).toMatchObject({
      carrier_code: 'dpd',
      refused_parcels: 2,
      refused_and_returned: 2,
      cost: 19,
    });
    expect(rows[0]?.refused_lo).toBeLessThan(2 / 91);
    expect(rows[0]?.refused_hi).toBeGreaterThan(2 / 91);
  });

  it('address_errors: Germany is clearly worse', async () => {
    const rows = await answer('address_errors');
    expect(rows[0]).toMatchObject({
      to_country: 'DE',
      parcels: 30,
      with_address_error: 4,
      rate: 0.1333,
      clearly: 'worse',
    });
    // Wilson 1927 for 4 of 30.
    expect(rows[0]).toMatchObject({ rate_lo: 0.0531, rate_hi: 0.2968 });
  });

  it('never_scanned and what_changed: three labels of gls', async () => {
    const rows = await answer('never_scanned');
    expect(rows[0]).toMatchObject({ carrier_code: 'gls', labels: 93, never_scanned: 3 });
    const changes = await answer('what_changed');
    expect(changes).toContainEqual(expect.objectContaining({ carrier_code: 'dpd', direction: 'worse' }));
  });

  it('ask_the_carrier: the one that went silent', async () => {
    expect(await answer('ask_the_carrier')).toEqual([
      expect.objectContaining({
        to_country: 'BE',
        last_status: 'sorted',
        tracking_number: expect.stringMatching(/^X/),
      }),
    ]);
  });

  it('parcels_of_a_figure: as many as the figure says, in each period and for each rate', async () => {
    const rows = await answer('parcels_of_a_figure');
    const figures = await sql({
      query: `select promise_kept_rate_n - round(promise_kept_rate_n * promise_kept_rate) as broken
        from carrier_performance where carrier_code = 'dpd' and period = 'current'`,
      format: 'csv',
    });
    expect(rows.length).toBeGreaterThan(0);
    expect(figures).toBe(`broken\n${rows.length}\n`);

    const sums = listRates(readMetrics()).map(
      (
        rate,
      ) => `abs(count(*) filter (where answers.${rate}) - any_value(coalesce(round(figures.${rate} * figures.${rate}_n), 0)))
        + abs(count(answers.${rate}) - any_value(figures.${rate}_n))`,
    );
    const gaps = await sql({
      query: `select cast(sum(gap) as integer) as gap, count(*) > 3 as many from (
        select ${sums.join(' + ')} as gap
        from carrier_performance as figures
        left join rate_answers as answers
          on figures.period = answers.period and figures.carrier_code in (answers.carrier_code, '*')
        group by figures.period, figures.carrier_code)`,
      format: 'csv',
    });
    expect(gaps).toBe('gap,many\n0,true\n');
  });

  it('label_weekdays: those scanned after thirty hours count as waiting', async () => {
    const rows = await answer('label_weekdays');
    const labels = rows.reduce((sum, row) => sum + Number(row.labels), 0);
    const scanned = rows.reduce(
      (sum, row) => sum + Math.round(Number(row.labels) * Number(row.scanned_within_24h)),
      0,
    );
    expect({ labels, scanned }).toEqual({ labels: 224, scanned: 191 });
  });

  it('black_friday: the Monday of its week, in any year', async () => {
    const formula = /cast\(\s*(date_trunc\('week'[\s\S]*?) as date\s*\)/.exec(
      examples.find(({ name }) => name === 'black_friday')?.sql ?? '',
    )?.[1];
    const out = await sql({
      query: `select (${formula})::date::varchar as monday from (values (date '2023-11-01'), (date '2024-11-01'), (date '2025-11-01'), (date '2026-11-01')) as years(november_date)`,
      format: 'csv',
    });
    expect(out).toBe('monday\n2023-11-20\n2024-11-25\n2025-11-24\n2026-11-23\n');
  });
});
