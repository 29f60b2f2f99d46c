import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSnapshot } from '../../queries/db.js';
import type { CompareData } from '../../reports/browser/compare-data.js';
import { pack, unpack } from '../../reports/browser/compare-data.js';
import { reckon } from '../../reports/browser/compare-figures.js';
import { readCompareData } from '../../reports/compare-snapshot.js';
import { describeFolding, type FrameWords } from '../../reports/parts/compare-frame.js';
import { encodeCompareData } from '../../reports/parts/compare-script.js';
import { countCells, madeRates, makeParcels } from './browser/made-cells.js';
import { writeSnapshot } from './pages/fixture.js';
import { makeTables } from './pages/made.js';

// How the page's rows stay few, whatever the parcels: what is put together, in which order, and that nothing is lost by it.

const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-compare-data-'));
let db: Awaited<ReturnType<typeof openSnapshot>>;
const words: FrameWords = {
  locale: 'en-GB',
  asOfDate: '2026-11-03',
  windowStartDate: '2026-08-05',
  carriers: ['postnl', 'dpd'].map((code, place) => ({ code, name: code, colourRank: place + 1, file: null })),
  metrics: madeRates
    .filter((name) => name !== 'promise_foreseen_rate')
    .map((name) => ({
      name,
      title: name,
      better: 'higher',
      cohort: 'scan',
      meaning: '',
      counted: '',
      outOf: '',
      cannotTell: '',
      restsOn: null,
      completeAfterDays: 2,
    })),
  silent: [],
  thresholds: { withheldBelow: 10, rankedFrom: 30, supportFrom: 0.5, othersFrom: 5 },
  foreseenFrom: 0.9,
  opening: {},
  hasAccounts: false,
};

beforeAll(async () => {
  const path = join(folder, 'shipping.duckdb');
  await writeSnapshot(path, { ...makeTables(), ...countCells(makeParcels(6000)) });
  db = await openSnapshot(path);
});
afterAll(async () => {
  await db?.destroy();
  rmSync(folder, { recursive: true });
});

const read = (rows: number, bytes = 10_000_000) => readCompareData(db, words, { rows, bytes });
const sum = (columns: readonly ArrayLike<number>[]) =>
  columns.reduce((all, column) => all + Array.from(column).reduce((one, value) => one + value, 0), 0);
const countAll = ({ rows }: CompareData) => [
  sum(rows.n),
  sum(rows.x),
  sum([rows.hours.scan.size]),
  sum([rows.hours.label.size]),
];

describe('the rows of head to head', () => {
  it('are put together until they are few enough: brands, services, small lanes, and nothing is lost', async () => {
    const whole = await read(1_000_000);
    if (!whole) throw new Error('nothing was read');
    expect(describeFolding(whole)).toEqual({
      lanes: 0,
      weeks: 0,
      hasServices: true,
      hasBrands: true,
      hasAccounts: true,
      binHours: 1,
    });
    const steps = [whole];
    // each limit is just under what the step before needed
    for (let data = whole; steps.length < 7; ) {
      const next = await read(data.rows.count - 1);
      if (!next) throw new Error(`nothing was read at ${data.rows.count - 1}`);
      expect(next.rows.count).toBeLessThan(data.rows.count);
      steps.push(next);
      data = next;
    }
    const foldings = steps.map(describeFolding);
    expect(
      foldings.slice(1, 3).map(({ hasBrands, hasServices, lanes }) => [hasBrands, hasServices, lanes]),
    ).toEqual([
      [false, true, 0],
      [false, false, 0],
    ]);
    // then lanes, the smallest first, and no brand or service comes back
    const folded = foldings.slice(3).map(({ lanes }) => lanes);
    expect(folded.length).toBeGreaterThan(1);
    expect([...folded].sort((one, other) => one - other)).toEqual(folded);
    expect(foldings.slice(3).every(({ hasBrands, hasServices }) => !hasBrands && !hasServices)).toBe(true);
    for (const data of steps.filter((each) => each.frame.droppedWeeks === 0))
      expect(countAll(data)).toEqual(countAll(whole));
  });

  it('of several accounts keep these until brands are put together', async () => {
    const readAll = (rows: number) =>
      readCompareData(db, { ...words, hasAccounts: true }, { rows, bytes: 10_000_000 });
    let data = await readAll(1_000_000);
    const seen: [string[], number][] = [];
    for (let step = 0; data && step < 3; step += 1) {
      seen.push([data.frame.accounts, data.frame.brands.length]);
      expect(countAll(data)).toEqual(countAll((await readAll(1_000_000)) ?? data));
      data = await readAll(data.rows.count - 1);
    }
    expect(seen).toEqual([
      [['outlet', 'shop'], 3],
      [['outlet', 'shop'], 1],
      [['*'], 1],
    ]);
  });

  it('of small lanes are counted, and never compared', async () => {
    const data = await read(1200);
    if (!data) throw new Error('nothing was read');
    expect(data.frame.foldedLanes).toBeGreaterThan(0);
    const choice = {
      carrier: 'postnl',
      against: '*',
      lane: '*',
      type: '*',
      service: '*',
      brand: '*',
      account: '*',
      measure: 'on_time_rate',
      from: 0,
      to: data.frame.weekCount - 1,
    };
    const { own, comparison, lanes } = reckon(data, choice);
    expect(comparison.n).toBeLessThan(own.n);
    expect(lanes.find(({ lane }) => lane === '*-*')?.comparison.n).toBe(0);
  });

  it('take wider bins of hours where the file would be too large, and hold as many parcels', async () => {
    const whole = await read(1_000_000);
    if (!whole) throw new Error('nothing was read');
    const limit = Buffer.byteLength(encodeCompareData(whole)) - 1;
    const smaller = await read(1_000_000, limit);
    expect(smaller?.frame.binHours).toBe(2);
    expect(Buffer.byteLength(encodeCompareData(smaller ?? whole))).toBeLessThanOrEqual(limit);
    expect(countAll(smaller ?? whole)).toEqual(countAll(whole));
  });

  it('are read as they were packed, and the same snapshot gives the same bytes', async () => {
    const [one, other] = [await read(50_000), await read(50_000)];
    if (!one || !other) throw new Error('nothing was read');
    expect(unpack(pack(one))).toEqual(one);
    expect(encodeCompareData(one)).toBe(encodeCompareData(other));
  });

  it('name a carrier that the words lack by its code', async () => {
    const data = await read(50_000);
    expect(data?.frame.carriers.map(({ name }) => name)).toEqual(['postnl', 'dpd', 'correos', 'gls']);
  });
});
