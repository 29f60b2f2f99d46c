import { sql } from 'kysely';
import { listTables, type openSnapshot } from '../queries/db.js';
import {
  type Clock,
  type CompareData,
  type CompareFrame,
  type CompareRows,
  clocks,
  dimensions,
} from './browser/compare-data.js';
import { lastBinHours } from './browser/incidence.js';
import { listWeeks } from './browser/iso-weeks.js';
import { type CompareLimits, compareLimits, type Fold, proposeFolds } from './parts/compare-folds.js';
import type { FrameWords } from './parts/compare-frame.js';
import { encodeCompareData } from './parts/compare-script.js';

type Database = Awaited<ReturnType<typeof openSnapshot>>;

/** More than `cells` holds: 400 days. */
const mostWeeks = 60;
/** No carrier has a colour of this rank: grey. */
const mostRanks = 10_000;
interface KeyRow {
  carrier: string;
  origin: string;
  destination: string;
  type: string;
  service: string;
  brand: number;
  account: string;
  week: string;
}
type RateRow = KeyRow & Record<string, string | number>;
type HourRow = KeyRow & { cohort: string; codes: string; sizes: string };

/** The key of a row under a fold, as columns of `cells` and `cell_hours` alike. */
function selectKey(fold: Fold, lanes: readonly string[] | null) {
  const lane = sql`coalesce(from_country, '') || '-' || coalesce(to_country, '')`;
  const isKept =
    lanes === null ? sql`true` : lanes.length === 0 ? sql`false` : sql`${lane} in (${sql.join(lanes)})`;
  return sql`
    carrier_code as carrier,
    case when ${isKept} then coalesce(from_country, '') else '*' end as origin,
    case when ${isKept} then coalesce(to_country, '') else '*' end as destination,
    delivery_type as type,
    ${fold.hasServices ? sql`service_level` : sql`'*'`} as service,
    ${fold.hasBrands ? sql`coalesce(brand_id, -1)` : sql`-2`} as brand,
    ${fold.hasAccounts ? sql`account` : sql`'*'`} as account,
    cast(cast(date_trunc('week', start_date) as date) as varchar) as week`;
}

const sumOf = (list: readonly string[]) =>
  sql.join(
    list.map((name) => sql`sum(${sql.ref(name)})`),
    sql` + `,
  );

/** Reads and folds the counts of a snapshot until they are small enough; null where there is nothing to compare. */
export async function readCompareData(
  db: Database,
  words: FrameWords,
  limits: CompareLimits = compareLimits,
): Promise<CompareData | null> {
  const tables = await listTables(db);
  if (!tables.has('cells') || !tables.has('cell_hours') || words.carriers.length === 0) return null;
  const rates = [...words.metrics.map(({ name }) => name), 'promise_foreseen_rate'];
  const [range] = (
    await sql<{ first: string | null; last: string | null }>`
      select
        -- the tables begin within a week, which would be half a one
        cast(cast(greatest(
          date_trunc('week', min(start_date)),
          date_trunc('week', cast(${words.asOfDate} as date) - 394)
        ) as date) as varchar) as first,
        cast(cast(date_trunc('week', max(start_date)) as date) as varchar) as last
      from cells`.execute(db)
  ).rows;
  if (!range?.first || !range.last || range.first > range.last) return null;
  const all = listWeeks(range.first, mostWeeks).filter(({ monday }) => monday <= (range.last ?? ''));
  const ranked = (
    await sql<{ lane: string }>`
      select coalesce(from_country, '') || '-' || coalesce(to_country, '') as lane
      from cells
      group by lane
      order by ${sumOf(rates.map((rate) => `${rate}_n`))} desc, lane`.execute(db)
  ).rows.map(({ lane }) => lane);
  for (const fold of proposeFolds(ranked.length, all.length, words.hasAccounts)) {
    const lanes = fold.lanes === null ? null : ranked.slice(0, fold.lanes);
    const since = all.at(-fold.weeks)?.monday ?? range.first;
    if ((await countRows(db, fold, lanes, since)) > limits.rows) continue;
    for (const binHours of fold.binWidths) {
      const reading = { words, rates, fold, binHours, lanes, since, all, laneCount: ranked.length };
      const data = await readRows(db, reading);
      if (data.rows.count === 0) return null;
      if (Buffer.byteLength(encodeCompareData(data)) <= limits.bytes) return data;
    }
  }
  return null;
}

async function countRows(
  db: Database,
  fold: Fold,
  lanes: readonly string[] | null,
  since: string,
): Promise<number> {
  const key = selectKey(fold, lanes);
  const { rows } = await sql<{ count: number }>`
    select count(*) as count
    from (
      select ${key} from cells where start_date >= cast(${since} as date)
      union
      select ${key} from cell_hours where start_date >= cast(${since} as date)
    )`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

interface Reading {
  words: FrameWords;
  rates: readonly string[];
  fold: Fold;
  binHours: number;
  lanes: readonly string[] | null;
  since: string;
  all: ReturnType<typeof listWeeks>;
  laneCount: number;
}

async function readRows(db: Database, reading: Reading): Promise<CompareData> {
  const { words, rates, fold, binHours, lanes, since, all, laneCount } = reading;
  const key = selectKey(fold, lanes);
  const names = rates.flatMap((rate) => [`${rate}_n`, `${rate}_x`]);
  const sums = sql.join(names.map((name) => sql`sum(${sql.ref(name)}) as ${sql.ref(name)}`));
  const counts = await sql<RateRow>`
    select ${key}, ${sums}
    from cells
    where start_date >= cast(${since} as date)
    group by all
    having ${sumOf(rates.map((rate) => `${rate}_n`))} > 0`.execute(db);
  const hours = await sql<HourRow>`
    with binned as (
      select ${key}, cohort,
        cast(floor(least(hour, ${sql.lit(lastBinHours)}) / ${sql.lit(binHours)}.0) as integer) as bin,
        sum(interest) as interest, sum(competing) as competing, sum(censored) as censored
      from cell_hours
      where start_date >= cast(${since} as date)
      group by all
    ),

    parts as (
      select * exclude (interest, competing, censored), bin * 3 as code, interest as size from binned
      union all
      select * exclude (interest, competing, censored), bin * 3 + 1 as code, competing as size from binned
      union all
      select * exclude (interest, competing, censored), bin * 3 + 2 as code, censored as size from binned
    )

    select carrier, origin, destination, type, service, brand, account, week, cohort,
      string_agg(cast(code as varchar), ' ' order by code) as codes,
      string_agg(cast(cast(size as bigint) as varchar), ' ' order by code) as sizes
    from parts
    where size > 0
    group by all`.execute(db);
  const weeks = all.filter(({ monday }) => monday >= since);
  const kept = merge(counts.rows, hours.rows);
  const frame = makeFrame(words, rates, kept, fold, weeks);
  return {
    frame: {
      ...frame,
      binHours,
      foldedLanes: lanes === null ? 0 : laneCount - lanes.length,
      droppedWeeks: all.length - weeks.length,
    },
    rows: fill(frame, kept),
  };
}

interface Merged {
  key: KeyRow;
  rate: RateRow | null;
  hours: Partial<Record<Clock, HourRow>>;
}

const textOf = ({ carrier, origin, destination, type, service, brand, account, week }: KeyRow) =>
  JSON.stringify([carrier, origin, destination, type, service, brand, account, week]);

function merge(rates: readonly RateRow[], hours: readonly HourRow[]): Merged[] {
  const merged = new Map<string, Merged>();
  const find = (key: KeyRow) => {
    const text = textOf(key);
    const found = merged.get(text) ?? { key, rate: null, hours: {} };
    merged.set(text, found);
    return found;
  };
  for (const row of rates) find(row).rate = row;
  for (const row of hours) find(row).hours[row.cohort === 'label' ? 'label' : 'scan'] = row;
  return [...merged.values()];
}

const byCodeUnit = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
const distinct = (values: readonly string[]) => [...new Set(values)].sort(byCodeUnit);

function makeFrame(
  words: FrameWords,
  rates: readonly string[],
  kept: readonly Merged[],
  { hasBrands }: Fold,
  weeks: ReturnType<typeof listWeeks>,
): Omit<CompareFrame, 'binHours' | 'foldedLanes' | 'droppedWeeks'> {
  const keys = kept.map(({ key }) => key);
  const present = distinct(keys.map(({ carrier }) => carrier));
  const named = words.carriers.filter(({ code }) => present.includes(code));
  const unnamed = present.filter((code) => !named.some((carrier) => carrier.code === code));
  const lanes = distinct(keys.map(({ origin, destination }) => JSON.stringify([origin, destination])));
  const lastWholeWeek = Math.max(
    0,
    weeks.findLastIndex(({ sunday }) => sunday < words.asOfDate),
  );
  const { since, ...opening } = words.opening;
  const from = since === undefined ? undefined : weeks.find(({ sunday }) => sunday >= since)?.name;
  return {
    ...words,
    opening: { ...opening, ...(from ? { from, to: weeks[lastWholeWeek]?.name ?? from } : {}) },
    carriers: [
      ...named,
      ...unnamed.map((code) => ({
        code,
        name: code || 'Unknown carrier',
        colourRank: mostRanks,
        file: null,
      })),
    ],
    firstMonday: weeks[0]?.monday ?? '',
    weekCount: weeks.length,
    lastWholeWeek,
    lanes: lanes.map((lane) => JSON.parse(lane) as [string, string]),
    types: distinct(keys.map(({ type }) => type)),
    services: distinct(keys.map(({ service }) => service)),
    brands: hasBrands
      ? [...new Set(keys.map(({ brand }) => Number(brand)))].sort((one, other) => one - other)
      : ['*'],
    accounts: distinct(keys.map(({ account }) => account)),
    rates: [...rates],
  };
}

function fill(frame: ReturnType<typeof makeFrame>, kept: readonly Merged[]): CompareRows {
  const placesOf = (list: readonly (string | number)[]) =>
    new Map(list.map((value, place) => [value, place]));
  const places = {
    carrier: placesOf(frame.carriers.map(({ code }) => code)),
    lane: placesOf(frame.lanes.map((lane) => JSON.stringify(lane))),
    type: placesOf(frame.types),
    service: placesOf(frame.services),
    brand: placesOf(frame.brands),
    account: placesOf(frame.accounts),
    week: placesOf(listWeeks(frame.firstMonday, frame.weekCount).map(({ monday }) => monday)),
  };
  const rows = kept
    .flatMap((each) => {
      const { key } = each;
      const index = {
        carrier: places.carrier.get(key.carrier),
        lane: places.lane.get(JSON.stringify([key.origin, key.destination])),
        type: places.type.get(key.type),
        service: places.service.get(key.service),
        brand: frame.brands[0] === '*' ? 0 : places.brand.get(Number(key.brand)),
        account: places.account.get(key.account),
        week: places.week.get(key.week),
      };
      const numbers = dimensions.map((dimension) => index[dimension]);
      return numbers.every((number) => number !== undefined) ? [{ each, numbers: numbers as number[] }] : [];
    })
    .sort((one, other) => {
      const place = one.numbers.findIndex((number, at) => number !== other.numbers[at]);
      return place === -1 ? 0 : (one.numbers[place] ?? 0) - (other.numbers[place] ?? 0);
    });
  const column = (suffix: 'n' | 'x') =>
    frame.rates.map((rate) =>
      Uint32Array.from(rows, ({ each }) => Number(each.rate?.[`${rate}_${suffix}`] ?? 0)),
    );
  const index = {} as CompareRows['index'];
  for (const [place, dimension] of dimensions.entries())
    index[dimension] = Uint16Array.from(rows, ({ numbers }) => numbers[place] ?? 0);
  const hours = {} as CompareRows['hours'];
  for (const clock of clocks) {
    const lists = rows.map(({ each }) => each.hours[clock]?.codes.split(' ').map(Number) ?? []);
    const start = new Uint32Array(rows.length + 1);
    for (const [row, list] of lists.entries()) start[row + 1] = (start[row] ?? 0) + list.length;
    hours[clock] = {
      start,
      code: Uint16Array.from(lists.flat()),
      size: Uint32Array.from(
        rows.flatMap(({ each }) => each.hours[clock]?.sizes.split(' ').map(Number) ?? []),
      ),
    };
  }
  return { count: rows.length, index, n: column('n'), x: column('x'), hours };
}
