import { subDays } from 'date-fns/subDays';
import { describe, expect, it } from 'vitest';
import { judgeReported } from '../reference/carrier-reports.js';
import { findCutOff } from '../reference/cut-offs.js';
import { breakDownDelay, parcelDayRows } from '../reference/delay.js';
import { type Sample, wilson } from '../reference/estimators.js';
import { fisherTwoSided } from '../reference/probability.js';
import type { WaySamples } from '../reference/samples.js';
import { judgeTarget } from '../reference/targets.js';
import { readNumbers, readPage } from './page.js';

// The worked examples of the tables beside the rates, computed again from the numbers that stand in the page itself.

const page = readPage('methodology.md');
const points = (share: number | null | undefined) =>
  ((share ?? Number.NaN) * 100).toFixed(1).replace('-', '−');
const percent = (share: number | null | undefined) => `${points(share)} %`;
const signed = (count: number | null) => String(count).replace('-', '−');
const rowsOf = (heading: string, index = 0) => page.tables(heading)[index]?.slice(1) ?? [];

describe('where parcels are', () => {
  const heading = 'Where parcels are in their first fourteen days';
  const text = page.text(heading);
  const ways = rowsOf(heading).map(([, scan, attempt, delivery, end = '']): WaySamples => {
    const other = (): Sample => ({
      t: readNumbers(end)[0] ?? Number.NaN,
      kind: end.startsWith('sent back') ? 'competing' : 'censored',
    });
    const sampleOf = (cell = ''): Sample => {
      const [t] = readNumbers(cell);
      return t === undefined ? other() : { t, kind: 'interest' };
    };
    return { scan: sampleOf(scan), attempt: sampleOf(attempt), delivery: sampleOf(delivery) };
  });

  it('five parcels, and the areas between their curves', () => {
    expect(ways).toHaveLength(5);
    const { hours_to_scan, hours_to_attempt, hours_to_delivery } = breakDownDelay(ways);
    const hours = [hours_to_scan, hours_to_attempt, hours_to_delivery].map((each) => each ?? Number.NaN);
    const [scan, attempt, delivery] = hours.map((each) => each.toFixed(1));
    expect(text).toContain(
      `waits ${scan} hours for its first scan, then ${attempt} hours for its first attempt, then ${delivery} hours for its delivery: ${hours.reduce((sum, each) => sum + each, 0).toFixed(1)} of the 336`,
    );
  });

  it('a curve that crosses another is cut', () => {
    const at50 = parcelDayRows('*', ways)[50];
    expect(at50?.attempted_share).toBeCloseTo(at50?.scanned_share ?? Number.NaN, 12);
    const [attempted] = readNumbers(/by the 50th hour (\S+ %) would/.exec(text)?.[1]);
    // alone, the curve of the attempt is not cut
    const alone = parcelDayRows(
      '*',
      ways.map((way) => ({ ...way, scan: { t: 0, kind: 'interest' } })),
    )[50];
    expect(percent(alone?.attempted_share)).toBe(`${attempted?.toFixed(1)} %`);
    expect(text).toContain(`where ${percent(at50?.scanned_share)} were scanned`);
  });
});

describe('the hand-over cut-off', () => {
  const heading = 'The first scan is the hand-over';
  const text = page.text(heading);

  it('is where the largest step ends', () => {
    const hours = page.tables(heading)[1]?.[0]?.slice(1).map(Number) ?? [];
    const medians = rowsOf(heading, 1)[0]?.slice(1).map(Number) ?? [];
    const cells = hours.map((hour, index) => {
      const median = medians[index] ?? Number.NaN;
      return { hour, labels: 10, median, lo: median - 0.5, hi: median + 0.5 };
    });
    const found = findCutOff(cells);
    expect(text).toContain(`it is ${found?.hour} o'clock`);
    expect(text).toContain(`${found?.step.toFixed(1)} hours`);
  });

  it('moved, by the days', () => {
    const [latest, before] = rowsOf(heading, 2).map(([, late, all]) => ({ x: Number(late), n: Number(all) }));
    const p = fisherTwoSided(latest ?? { x: 0, n: 0 }, before ?? { x: 0, n: 0 });
    expect(text).toContain(`Fisher's exact test gives ${p.toFixed(4)}`);
    expect(text).toContain(`by 9, which makes ${(9 * p).toFixed(4)}`);
  });
});

describe('the promise', () => {
  it('read in time, and with hindsight', () => {
    const heading = 'Which promise is judged';
    const [inTime = [], late = []] = rowsOf(heading, 1).map((row) => row.slice(1).map(Number));
    const [[n = 0, x = 0], [lateN = 0, lateX = 0]] = [inTime, late];
    const text = page.text(heading);
    expect(text).toContain(`${n + lateN} parcels were due`);
    expect(text).toContain(`${x + lateX} of ${n + lateN}, ${percent((x + lateX) / (n + lateN))}`);
    expect(text).toContain(`${x} of ${n}, ${percent(x / n)}. Read in time were ${percent(n / (n + lateN))}`);
    expect(n / (n + lateN)).toBeLessThan(0.9);
  });
});

describe('what a carrier never reports', () => {
  it('is said of enough parcels alone', () => {
    const heading = 'What a carrier never reports';
    const [others = 0, reported = 0] = readNumbers(/their (\d+ parcels \d+)/.exec(page.text(heading))?.[1]);
    const words = new Map([
      [true, 'reported'],
      [false, 'not reported'],
      [null, 'too few to say'],
    ]);
    const rows = rowsOf(heading);
    expect(new Set(rows.map((row) => row[3])).size).toBe(3);
    for (const [parcels = '', own = '', expected, verdict] of rows) {
      const carrier = { parcels: Number(parcels), reported: Number(own) };
      expect(expected).toBe(((carrier.parcels * reported) / others).toFixed(1));
      expect(verdict).toBe(words.get(judgeReported(carrier, { parcels: others, reported })));
    }
  });
});

describe('agreed figures', () => {
  it('verdicts and shortfalls', () => {
    const rows = rowsOf('Agreed figures, and by how many parcels');
    expect(rows).toHaveLength(5);
    for (const [target = '', kept, parcels, ...said] of rows) {
      const good = target.startsWith('at least') ? 'higher' : 'lower';
      const judged = judgeTarget(Number(kept), Number(parcels), (readNumbers(target)[0] ?? 0) / 100, good);
      const { rate, rate_lo, rate_hi, verdict, short_by, short_by_lo, short_by_hi } = judged;
      expect(said).toEqual([
        `${percent(rate)} (${points(rate_lo)} to ${points(rate_hi)})`,
        verdict.replace('_', ' '),
        `${signed(short_by)} (${signed(short_by_lo)} to ${signed(short_by_hi)})`,
      ]);
    }
  });
});

describe('counts for any slice', () => {
  it('are added, and rates are not averaged', () => {
    const heading = 'Counts for any slice';
    const cells = rowsOf(heading).map((row) => row.slice(1).map(Number));
    const [n = 0, x = 0] = [0, 1].map((at) => cells.reduce((sum, cell) => sum + (cell[at] ?? 0), 0));
    const limits = wilson(x, n);
    const mean = cells.reduce((sum, [asked = 0, counted = 0]) => sum + counted / asked, 0) / cells.length;
    const text = page.text(heading);
    expect(text).toContain(
      `${x} of ${n}, ${percent(x / n)} (${points(limits?.lo)} to ${points(limits?.hi)})`,
    );
    expect(text).toContain(`the two days' rates, ${percent(mean)}`);
  });
});

describe('a carrier that is new', () => {
  it('the previous window begins where it says', () => {
    const text = page.text('The previous period has its own clock');
    const [days = 0] = readNumbers(/With windows of (\d+) days and a clock of 30 June/.exec(text)?.[1]);
    const begins = subDays(new Date('2026-06-30T00:00:00Z'), 2 * days);
    expect(begins.toISOString().slice(0, 10)).toBe('2026-01-01');
    expect(text).toContain('the previous one begins on 1 January');
  });
});
