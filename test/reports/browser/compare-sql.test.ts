import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader, type Reader } from '../../../queries/db.js';
import { type Choice, readAddress, writeAddress } from '../../../reports/browser/choice.js';
import { writeChoiceSql } from '../../../reports/browser/choice-sql.js';
import { type CompareData, unpack } from '../../../reports/browser/compare-data.js';
import { reckon } from '../../../reports/browser/compare-figures.js';
import { listFigures } from '../../../reports/browser/figures-json.js';
import { type IsoWeek, listWeeks } from '../../../reports/browser/iso-weeks.js';
import { writeReport } from '../../../reports/report.js';
import { formatRate } from '../../../reports/words.js';
import { writeSnapshot } from '../pages/fixture.js';
import { makeAccounts, makeRandom, makeTables } from '../pages/made.js';
import { cohortOf, countCells, type MadeParcel, makeParcels } from './made-cells.js';

// What the page reckons in TypeScript against plain SQL over the published tables, written here from METRICS' words.

const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-compare-'));
let reader: Reader;
let data: CompareData;
let weeks: IsoWeek[];
let parcels: MadeParcel[];

beforeAll(async () => {
  const path = join(folder, 'shipping.duckdb');
  parcels = makeParcels(24_000);
  await writeSnapshot(path, {
    ...makeTables(),
    accounts: makeAccounts('outlet', 'shop'),
    ...countCells(parcels),
  });
  await writeReport({ snapshotPath: path, outDir: join(folder, 'report') });
  const script = readFileSync(join(folder, 'report', 'compare-data.js'), 'utf8');
  const [, base64 = ''] = /^globalThis\.compareData = '([^']*)'/.exec(script) ?? [];
  data = unpack(inflateRawSync(Buffer.from(base64, 'base64')).toString());
  weeks = listWeeks(data.frame.firstMonday, data.frame.weekCount);
  reader = await openReader(path);
});
afterAll(() => {
  reader?.close();
  rmSync(folder, { recursive: true });
});

function makeChoices(count: number, measures: readonly string[], seed: number): Choice[] {
  const random = makeRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const { frame } = data;
  const maybe = <Item>(items: readonly Item[]) => (random() < 0.5 ? '*' : String(pick(items)));
  const codes = frame.carriers.map(({ code }) => code);
  return Array.from({ length: count }, () => {
    const carrier = pick(codes);
    const [one, other] = [Math.floor(random() * weeks.length), Math.floor(random() * weeks.length)];
    return {
      carrier,
      against: maybe(codes.filter((code) => code !== carrier)),
      lane: maybe(frame.lanes.map(([from, to]) => `${from || '?'}-${to || '?'}`)),
      type: maybe(frame.types),
      service: maybe(frame.services),
      brand: random() < 0.7 ? '*' : String(pick(frame.brands)),
      account: maybe(frame.accounts),
      measure: pick(measures),
      from: Math.min(one, other),
      to: Math.max(one, other),
    };
  });
}

const whereOf = (choice: Choice) => {
  const [from, to] = choice.lane.split('-');
  return [
    `start_date between '${weeks[choice.from]?.monday}' and '${weeks[choice.to]?.sunday}'`,
    ...(choice.lane === '*'
      ? []
      : [`coalesce(from_country, '?') = '${from}' and coalesce(to_country, '?') = '${to}'`]),
    ...(choice.type === '*' ? [] : [`delivery_type = '${choice.type}'`]),
    ...(choice.service === '*' ? [] : [`service_level = '${choice.service}'`]),
    ...(choice.brand === '*' ? [] : [`coalesce(brand_id, -1) = ${choice.brand}`]),
    ...(choice.account === '*' ? [] : [`account = '${choice.account}'`]),
  ].join(' and ');
};

/** The estimators in SQL, independent of the models: Wilson 1927, direct standardisation over lane, delivery type and service level. */
const askSql = (choice: Choice) => `
  with z as (select 1.959964 as z),
  strata as (
    select
      from_country, to_country, delivery_type, service_level,
      coalesce(sum(${choice.measure}_n) filter (where carrier_code = '${choice.carrier}'), 0)::double as n,
      coalesce(sum(${choice.measure}_x) filter (where carrier_code = '${choice.carrier}'), 0)::double as x,
      coalesce(sum(${choice.measure}_n) filter (where ${choice.against === '*' ? `carrier_code <> '${choice.carrier}'` : `carrier_code = '${choice.against}'`}), 0)::double as m,
      coalesce(sum(${choice.measure}_x) filter (where ${choice.against === '*' ? `carrier_code <> '${choice.carrier}'` : `carrier_code = '${choice.against}'`}), 0)::double as y
    from cells
    where cohort = '${cohortOf(choice.measure)}' and ${whereOf(choice)}
    group by all
  ),
  own as (select coalesce(sum(n), 0) as n, coalesce(sum(x), 0) as x, coalesce(sum(m), 0) as others_n, coalesce(sum(y), 0) as others_x from strata),
  terms as (
    select *, (x + z * z / 2) / (n + z * z) as p, (y + z * z / 2) / (m + z * z) as q
    from strata cross join z where n >= 1 and m >= 5
  ),
  compared as (
    select
      coalesce(sum(n), 0) as compared_n,
      coalesce(sum(m), 0) as compared_others_n,
      sum(n * (x / n - y / m)) / sum(n) as difference,
      sum(n * y / m) / sum(n) as others,
      sqrt(sum(pow(n / (select sum(n) from terms), 2) * (p * (1 - p) / n + q * (1 - q) / m))) as se
    from terms
  )
  select
    own.*, compared_n, compared_others_n, difference, others,
    case when difference is not null then greatest(-1, difference - z * se) end as difference_lo,
    case when difference is not null then least(1, difference + z * se) end as difference_hi,
    case when own.n > 0 then compared_n / own.n end as share,
    difference * compared_n as extra,
    case when own.n > 0 then own.x / own.n end as rate,
    case when own.n = 0 then null when own.x = 0 then 0 else ((own.x + z * z / 2) - z * sqrt(own.x * (own.n - own.x) / own.n + z * z / 4)) / (own.n + z * z) end as lo,
    case when own.n = 0 then null when own.x = own.n then 1 else ((own.x + z * z / 2) + z * sqrt(own.x * (own.n - own.x) / own.n + z * z / 4)) / (own.n + z * z) end as hi
  from own cross join compared cross join z`;

describe('the figures of 200 random choices', () => {
  it('are those of SQL over cells, to the last shown digit', async () => {
    const measures = data.frame.metrics.map(({ name }) => name);
    expect(measures.length).toBe(5);
    const choices = makeChoices(200, measures, 11);
    let [compared, empty] = [0, 0];
    for (const choice of choices) {
      const [expected] = await reader.all<Record<string, number | null>>(askSql(choice));
      const figures = listFigures(reckon(data, choice), weeks, 10) as Record<string, number | null>;
      const shown = (value: number | null | undefined) => (value == null ? null : formatRate(value));
      for (const [name, value] of Object.entries(expected ?? {})) {
        const where = `${name} of ${writeAddress(choice, weeks)}`;
        if (value === null) expect(figures[name] ?? null, where).toBeNull();
        else expect(figures[name], where).toBeCloseTo(value, 8);
        expect(shown(figures[name]), where).toBe(shown(value));
      }
      if ((expected?.n ?? 0) === 0) empty += 1;
      if (figures.is_comparable) compared += 1;
    }
    // the choices reach from none to thousands
    expect(compared).toBeGreaterThan(40);
    expect(empty).toBeLessThan(100);
  });

  it('have percentiles within the bin of those of the parcels’ exact hours', () => {
    let [tried, inBin] = [0, 0];
    for (const choice of makeChoices(200, ['delivered_within'], 12)) {
      const { percentiles } = reckon(data, choice);
      const followed = parcels.filter((parcel) => isIn(parcel, choice));
      expect(percentiles?.own.n).toBe(followed.length);
      if (followed.length < 30) continue;
      for (const [q, found] of [
        [0.5, percentiles?.own.p50.hours],
        [0.9, percentiles?.own.p90.hours],
      ] as const) {
        const exact = findExact(followed, q);
        tried += 1;
        const last = data.frame.binHours;
        if (exact === null || found == null) {
          expect(found ?? null).toBe(exact === null || exact >= 336 ? null : found);
          continue;
        }
        if (exact < found && exact >= found - last) inBin += 1;
        // who was lost from sight within a bin is known by the bin alone: a curve that touches the share may reach it a step later
        else expect(Math.abs(shareAt(followed, Math.min(exact, found - last)) - q)).toBeLessThan(0.005);
      }
    }
    expect(inBin / tried).toBeGreaterThan(0.97);
    expect(tried).toBeGreaterThan(100);
  });
});

const isIn = (parcel: MadeParcel, choice: Choice) =>
  parcel.carrier_code === choice.carrier &&
  parcel.start_date >= (weeks[choice.from]?.monday ?? '') &&
  parcel.start_date <= (weeks[choice.to]?.sunday ?? '') &&
  (choice.lane === '*' || choice.lane === `${parcel.from_country ?? '?'}-${parcel.to_country ?? '?'}`) &&
  (choice.type === '*' || choice.type === parcel.delivery_type) &&
  (choice.service === '*' || choice.service === parcel.service_level) &&
  (choice.brand === '*' || choice.brand === String(parcel.brand_id ?? -1)) &&
  (choice.account === '*' || choice.account === parcel.account);

/** Aalen and Johansen over exact hours, parcel by parcel: the hours and the share after each. */
function followExactly(followed: readonly MadeParcel[]): { hours: number; share: number }[] {
  const sorted = [...followed].sort((one, other) => one.hours - other.hours);
  let [survival, share] = [1, 0];
  return sorted.map(({ hours, ending }, place) => {
    const atRisk = sorted.length - place;
    if (ending === 'interest') share += survival / atRisk;
    if (ending !== 'censored') survival *= 1 - 1 / atRisk;
    return { hours, share };
  });
}

const findExact = (followed: readonly MadeParcel[], q: number) =>
  followExactly(followed).find(({ share }) => share >= q - 1e-9)?.hours ?? null;

const shareAt = (followed: readonly MadeParcel[], at: number) =>
  followExactly(followed).findLast(({ hours }) => hours <= at)?.share ?? 0;

describe('the SQL of a choice', () => {
  it('counts what the page counts, as it stands', async () => {
    for (const choice of makeChoices(30, ['on_time_rate', 'exception_rate_carrier'], 13)) {
      const { counts } = writeChoiceSql(choice, data.frame, weeks);
      const rows = await reader.all<{ carrier: string; n: number; x: number }>(counts);
      const own = rows.filter(({ carrier }) => carrier === choice.carrier);
      const figures = reckon(data, choice);
      expect(own.reduce((sum, { n }) => sum + Number(n), 0)).toBe(figures.own.n);
      expect(own.reduce((sum, { x }) => sum + Number(x), 0)).toBe(figures.own.x);
    }
  });

  it('runs for hours too, and quotes what it is given', async () => {
    for (const measure of ['delivered_within', 'first_scan', 'on_time_rate']) {
      const [choice] = makeChoices(1, [measure], 14);
      const hostile = { ...choice, carrier: "o'neil", service: "x' or 1=1 --" } as Choice;
      const { parcels: list, counts } = writeChoiceSql(
        { ...hostile, to: weeks.length - 1 },
        data.frame,
        weeks,
      );
      expect(await reader.all(counts)).toEqual([]);
      expect(await reader.all(list ?? '')).toEqual([]);
    }
  });
});

describe('an address', () => {
  it('is read as it was written', () => {
    for (const choice of makeChoices(100, ['on_time_rate', 'delivered_within'], 15)) {
      const read = readAddress(writeAddress(choice, weeks), data.frame, weeks);
      expect(read).toEqual({ choice, remarks: [] });
    }
  });

  it('with values that are not there falls back, and says so', () => {
    const { choice, remarks } = readAddress(
      '#carrier=fedex&lane=XX-YY&type=home&measure=speed&from=2020-W01&to=2026-W40',
      data.frame,
      weeks,
    );
    expect(choice).toMatchObject({ lane: '*', type: 'home', measure: 'on_time_rate', against: '*' });
    expect(weeks[choice.to]?.name).toBe('2026-W40');
    expect(remarks).toHaveLength(4);
    expect(remarks[0]).toMatch(
      /^The address names the carrier “fedex”, which this report does not have: .+ is shown\.$/,
    );
  });

  it('with its weeks exchanged, or a carrier against itself, says so', () => {
    const { choice, remarks } = readAddress(
      '#carrier=dpd&against=dpd&from=2026-W44&to=2026-W40',
      data.frame,
      weeks,
    );
    expect(choice.against).toBe('*');
    expect([weeks[choice.from]?.name, weeks[choice.to]?.name]).toEqual(['2026-W40', '2026-W44']);
    expect(remarks).toHaveLength(2);
  });
});
