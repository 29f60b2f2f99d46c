import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../reports/report.js';
import { formatCount } from '../../reports/words.js';
import { makeParameters, rateColumns, writeSnapshot } from './pages/fixture.js';
import { makeTables } from './pages/made.js';

// What a carrier's sheet tells of the others, in whole worlds: whatever is taken from whatever, no single one of them comes out.

const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-subtract-'));
afterAll(() => rmSync(folder, { recursive: true }));

// [n, x] of on time by carrier and lane: numbers that are found again wherever they stand
type Counts = [n: number, x: number];
const lanesOf = ['NL', 'DE', 'BE'] as const;
const worlds: Record<string, Record<string, Record<string, Counts>>> = {
  'two carriers': { own: { NL: [211, 190], DE: [97, 80] }, one: { NL: [173, 149], DE: [89, 61] } },
  'three carriers, one of them alone on a lane': {
    own: { NL: [211, 190], DE: [97, 80] },
    one: { NL: [173, 149], DE: [89, 61] },
    two: { NL: [157, 131] },
  },
  'five carriers': {
    own: { NL: [211, 190], DE: [97, 80], BE: [53, 47] },
    one: { NL: [173, 149], DE: [89, 61] },
    two: { NL: [157, 131], DE: [67, 59] },
    three: { BE: [83, 71], NL: [139, 113] },
    four: { BE: [61, 43] },
  },
  'one with over 80 %': {
    own: { NL: [211, 190], DE: [97, 80] },
    one: { NL: [1733, 1499], DE: [89, 61] },
    two: { NL: [157, 131], DE: [67, 59] },
  },
};

describe.each(Object.entries(worlds))('%s', (name, carriers) => {
  const addUp = (counts: readonly Counts[]): Counts => [
    counts.reduce((sum, [n]) => sum + n, 0),
    counts.reduce((sum, [, x]) => sum + x, 0),
  ];
  const columns = ([n, x]: Counts) => ({
    ...{ labelled: n, scanned: n, due: n },
    ...rateColumns('on_time_rate', x / Math.max(1, n), n),
    ...rateColumns('promise_foreseen_rate', 1, n),
  });
  let told: { place: string; n: number; x: number }[] = [];
  let page = '';
  beforeAll(async () => {
    const codes = Object.keys(carriers);
    const path = join(folder, `${name.replace(/\W+/g, '-')}.duckdb`);
    await writeSnapshot(path, {
      run_parameters: [makeParameters()],
      thresholds: makeTables().thresholds ?? [],
      carriers: codes.map((code, index) => ({
        ...{ carrier_code: code, carrier_name: code, colour_rank: index + 1, parcels: 1 },
      })),
      carrier_performance: [...codes, '*'].map((code) => ({
        ...{ period: 'current', carrier_code: code },
        ...columns(
          addUp((code === '*' ? codes : [code]).flatMap((each) => Object.values(carriers[each] ?? {}))),
        ),
      })),
      lane_performance: lanesOf.flatMap((to) =>
        codes
          .filter((code) => carriers[code]?.[to])
          .map((code) => ({
            ...{ period: 'current', carrier_code: code, from_country: 'NL', to_country: to },
            ...{ delivery_type: 'home', ...columns(carriers[code]?.[to] ?? [0, 0]) },
          })),
      ),
    });
    const outDir = `${path}-sheet`;
    const sheet = await writeReport({ snapshotPath: path, outDir, forCarrier: 'own' });
    told = sheet.agreed?.all_other_carriers ?? [];
    page = readFileSync(sheet.indexPath, 'utf8')
      .replace(/<[^>]*>/g, ' ')
      .replaceAll('\u00a0', ' ')
      .replace(/\s+/g, ' ');
  });

  it('gives no other carrier away, whatever is taken from whatever', () => {
    const singles = Object.entries(carriers)
      .filter(([code]) => code !== 'own')
      .flatMap(([, lanes]) => [addUp(Object.values(lanes)), ...Object.values(lanes)]);
    const own = Object.values(carriers.own ?? {});
    const shown: Counts[] = [...told.map(({ n, x }): Counts => [n, x]), ...own, addUp(own)];
    // every sum with signs of what is shown
    let sums: Counts[] = [[0, 0]];
    for (const [n, x] of shown)
      sums = sums.flatMap((sum) => [sum, [sum[0] + n, sum[1] + x], [sum[0] - n, sum[1] - x]] as Counts[]);
    const reached = new Set(sums.map(String));
    expect(singles.filter((single) => reached.has(String(single)))).toEqual([]);
    for (const [n] of singles) expect(page).not.toContain(`n ${formatCount(n)} `);
  });

  it('still tells what can be told', () => {
    const places = told.map(({ place }) => place);
    expect(places).toEqual(
      {
        'two carriers': [],
        // less the lane that both serve, the other lane would be one carrier's
        'three carriers, one of them alone on a lane': [''],
        'five carriers': ['', 'NL|NL|home', 'NL|DE|home', 'NL|BE|home'],
        // over both lanes and on one of them it is one carrier's
        'one with over 80 %': ['NL|DE|home'],
      }[name],
    );
    expect(page.includes('All other carriers: together')).toBe(places.includes(''));
  });
});
