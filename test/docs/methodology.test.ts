import { parseISO } from 'date-fns/parseISO';
import { subDays } from 'date-fns/subDays';
import { describe, expect, it } from 'vitest';
import { readDictionary } from '../../queries/dictionary.js';
import { drawChart, findEpisodes, judgePoint, type Point, rareTail } from '../queries/control-chart.js';
import { funnelLimits } from '../reference/control.js';
import {
  aalenJohansen,
  type Interval,
  newcombe,
  percentile,
  type Sample,
  shareAtEnd,
  standardise,
  wilson,
} from '../reference/estimators.js';
import { readNumbers, readPage } from './page.js';

// Every worked example is computed again from the numbers that stand in the page itself.

const page = readPage('methodology.md');

const points = (share: number | null | undefined) =>
  ((share ?? Number.NaN) * 100).toFixed(1).replace('-', '−');
const percent = (share: number | null | undefined) => `${points(share)} %`;
const range = (limits: Interval | null) => `${points(limits?.lo)} to ${points(limits?.hi)}`;
const rateOf = (x: number, n: number) => `${percent(x / n)} (${range(wilson(x, n))})`;
const follow = (hours: number[], kind: Sample['kind']): Sample[] => hours.map((t) => ({ t, kind }));

function tableOf(heading: string, index = 0): { header: string[]; rows: string[][] } {
  const [header = [], ...rows] = page.tables(heading)[index] ?? [];
  return { header, rows };
}

describe('the contents', () => {
  it('list every section, by its anchor', () => {
    const opening = page.headings.map((heading, index) => {
      const anchor = heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(/\s/g, '-');
      return `${index + 1}. [${heading}](#${anchor})`;
    });
    expect(page.opening.split('\n').filter((line) => /^\d+\. /.test(line))).toEqual(opening);
  });
});

describe('why open parcels count', () => {
  const heading = 'Why open parcels count';
  const text = page.text(heading);

  it('ten parcels, four of them open', () => {
    const { rows } = tableOf(heading);
    const hours = rows[0]?.slice(1).map(Number) ?? [];
    const states = rows[1]?.slice(1) ?? [];
    const samples = hours.map(
      (t, index): Sample => ({ t, kind: states[index] === 'open' ? 'censored' : 'interest' }),
    );
    const done = samples.filter(({ kind }) => kind === 'interest');
    const curve = aalenJohansen(samples);
    expect(percentile(curve, 0.9).value).toBeNull();
    expect(text).toContain(`half took ${percentile(aalenJohansen(done), 0.5).value} hours or less`);
    expect(text).toContain(`the fifth took ${percentile(curve, 0.5).value} hours`);
    expect(text).toContain(`"not reached (${percent(shareAtEnd(curve).share)} ever attempted)"`);

    const median = percentile(curve, 0.5);
    expect(median.hi).toBeNull();
    expect(page.text('What the interval says')).toContain(`${median.value} h (${median.lo} or more)`);
  });

  it('six parcels watched for different lengths of time', () => {
    const { rows } = tableOf(heading, 1);
    const samples = rows.map(
      (row): Sample => ({
        t: readNumbers(row[0])[0] ?? 0,
        kind: row[2] === '1' ? 'interest' : 'censored',
      }),
    );
    const curve = aalenJohansen(samples);
    expect(rows.map((row) => [row[0], row[1], row[3]])).toEqual(
      curve.map(({ t, atRisk, F }) => [`${t} h`, String(atRisk), percent(F)]),
    );
    const jump = curve.findIndex(({ t }) => t === 44);
    const before = curve[jump - 1];
    expect(text).toContain(`(${percent(before?.S)}) were still under way`);
    expect(text).toContain(`${points((curve[jump]?.F ?? 0) - (before?.F ?? 0))} points`);
  });

  it('two that came back', () => {
    const [, list = '', ends = ''] =
      /attempted, after ([\d, and]+) hours, and two came back, after ([\d and]+)/.exec(text) ?? [];
    const attempts = follow(readNumbers(list.replaceAll(',', ' ')), 'interest');
    const back = readNumbers(ends);
    const competing = aalenJohansen([...attempts, ...follow(back, 'competing')]);
    const unseen = aalenJohansen([...attempts, ...follow(back, 'censored')]);
    expect([attempts.length, back.length]).toEqual([8, 2]);
    expect(percentile(competing, 0.9).value).toBeNull();
    expect(text).toContain(`the curve ends at ${percent(shareAtEnd(competing).share)}`);
    expect(text).toContain(`end at ${percent(shareAtEnd(unseen).share)}`);
  });
});

describe('what the interval says', () => {
  const heading = 'What the interval says';

  it('rates', () => {
    const { rows } = tableOf(heading);
    expect(rows.length).toBe(5);
    for (const row of rows) {
      const [x = Number.NaN, n = Number.NaN] = row.slice(0, 2).flatMap((cell) => readNumbers(cell));
      expect(row[2]).toBe(rateOf(x, n));
    }
    expect(wilson(0, 10)?.hi).toBeGreaterThan(0.25);
  });

  it('changes', () => {
    const { rows } = tableOf(heading, 1);
    expect(rows.length).toBe(3);
    for (const row of rows) {
      const [n = Number.NaN, before = Number.NaN, now = Number.NaN] = row
        .slice(0, 3)
        .flatMap((cell) => readNumbers(cell));
      const change = newcombe(now, n, before, n);
      const isClear = (change?.lo ?? 0) > 0 || (change?.hi ?? 0) < 0;
      expect(row.slice(3)).toEqual([
        `${points(change?.difference)} (${range(change)})`,
        isClear ? 'clear' : 'within chance',
      ]);
    }
  });
});

describe('fixed horizons', () => {
  it('the parcels add up, and the rate is of those judged', () => {
    const heading = 'Fixed horizons: giving every parcel its time';
    const { rows } = tableOf(heading);
    const [young = 0, unwatched = 0, judged = 0, lost = 0] = rows.map((row) => Number(row[1]));
    const text = page.text(heading);
    expect(young + unwatched + judged).toBe(1000);
    expect(text).toContain(`The rate is ${lost} of ${judged}, ${rateOf(lost, judged)}.`);
    expect(text).toContain(`${lost} of 1,000 would be ${percent(lost / 1000)}`);
  });
});

describe('the first scan is the hand-over', () => {
  it('the hours of one weekend', () => {
    const heading = 'The first scan is the hand-over';
    const weekdays = ['Friday', 'Saturday', 'Sunday', 'Monday', 'Tuesday'];
    const { rows } = tableOf(heading);
    const hours = rows.map((row) => {
      const [day = '', clock = ''] = row[0]?.split(' ') ?? [];
      return weekdays.indexOf(day) * 24 + Number(clock.slice(0, 2)) - 17;
    });
    expect(rows.map((row) => Number(row[2]))).toEqual(hours);
    const [, van = 0, scan = 0, attempt = 0] = hours;
    const text = page.text(heading);
    expect(text).toContain(`${scan} hours to the first scan, of which ${van} passed`);
    expect(text).toContain(`Only the last ${scan - van} are surely`);
    expect(text).toContain(`Transit starts at the first scan, ${attempt - scan} hours here`);
  });
});

describe('transit that can be measured', () => {
  it('a carrier that scans in the van', () => {
    const heading = 'Transit that can be measured, and transit that cannot';
    const text = page.text(heading);
    const [parcels = 0, full = 0, inVan = 0, short = 0] = readNumbers(
      /(\d+ parcels, each of which takes \d+ hours; \d+ of them are first scanned in the van, \d+ hours)/.exec(
        text,
      )?.[1],
    );
    const measured = follow(Array(parcels - inVan).fill(full), 'interest');
    const all = [...measured, ...follow(Array(inVan).fill(short), 'interest')];
    const { rows } = tableOf(heading);
    expect(rows.map((row) => row.slice(1))).toEqual(
      [all, measured].map((samples) => [
        String(samples.length),
        `${percentile(aalenJohansen(samples), 0.5).value} h`,
      ]),
    );
    expect(text).toContain(`"transit can be measured", ${percent(measured.length / parcels)} here`);
  });
});

describe('date-only stamps', () => {
  it('the hours that midnight invents', () => {
    const { rows } = tableOf('Stamps with a date and no time');
    const instant = (cell: string | undefined) => {
      const [day = 0, hour = 0, minute = 0] = readNumbers(cell?.replace(':', ' '));
      return Date.UTC(2026, 9, day, hour, minute);
    };
    const hours = rows.map((row) => (instant(row[2]) - instant(row[1])) / 3_600_000);
    expect(rows.map((row) => row[3])).toEqual([
      `${hours[0]} hours`,
      `${hours[1]} hours`,
      '1 day, and no hours',
    ]);
    expect(hours[2]).toBe(24);
  });
});

describe('the promise', () => {
  it('judged by the first one shown', () => {
    const heading = 'Which promise is judged';
    const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'];
    const shown = tableOf(heading).rows.map((row) => days.indexOf(row[1] ?? ''));
    const text = page.text(heading);
    const attempt = days.indexOf(/First attempt on (\w+)\./.exec(text)?.[1] ?? '');
    const [first = 0] = shown;
    const last = shown.at(-1) ?? 0;
    expect(text).toContain(`Against the first promise it is ${attempt - first} day late`);
    expect(attempt <= last).toBe(true);
    expect(text).toContain(`drifted by ${last - first} day`);
  });

  it('the two views add up', () => {
    const heading = "The carrier's view and the customer's view";
    const { rows } = tableOf(heading);
    const [handedLate = 0, late = 0, kept = 0] = rows.map((row) => Number(row[1]));
    const due = handedLate + late + kept;
    const text = page.text(heading);
    expect(due).toBe(1000);
    expect(rows.map((row) => row[2])).toEqual([handedLate, late, kept].map((count) => percent(count / due)));
    expect(text).toContain(`${kept} of 1,000, ${percent(kept / due)}.`);
    expect(text).toContain(
      `${kept} of the ${due - handedLate} that were handed over in time, ${percent(kept / (due - handedLate))}.`,
    );
    expect(text).toContain(`${handedLate} of 1,000, ${percent(handedLate / due)}.`);
  });
});

describe('what adjusted means', () => {
  const heading = 'What adjusted means';
  const { rows } = tableOf(heading);
  const units = ['A', 'B'];
  const cells = rows.slice(0, 2).flatMap((row) =>
    units.map((unit, index) => {
      const [x = Number.NaN, n = Number.NaN, rate] = readNumbers(row[index + 1]);
      return { unit, stratum: row[0] ?? '', x, n, rate };
    }),
  );
  const totals = units.map((unit) => {
    const own = cells.filter((cell) => cell.unit === unit);
    return { x: own.reduce((sum, { x }) => sum + x, 0), n: own.reduce((sum, { n }) => sum + n, 0) };
  });
  const adjusted = units.map((unit) => standardise(cells, unit));

  it('both carriers are equally good on each lane', () => {
    expect(cells.map(({ x, n }) => percent(x / n))).toEqual(cells.map(({ rate }) => `${rate?.toFixed(1)} %`));
    expect(new Set(cells.map(({ stratum, x, n }) => `${stratum} ${x / n}`)).size).toBe(2);
    for (const row of rows.slice(0, 2)) {
      const own = cells.filter(({ stratum }) => stratum === row[0]);
      expect(readNumbers(row[3])).toEqual([own.reduce((sum, { n }) => sum + n, 0)]);
    }
  });

  it('unequal as they are, equal adjusted', () => {
    expect(rows[2]?.slice(1, 3)).toEqual(totals.map(({ x, n }) => percent(x / n)));
    expect(rows[3]?.slice(1, 3)).toEqual(
      adjusted.map(({ adj, lo, hi }) => `**${percent(adj)} (${points(lo)} to ${points(hi)})**`),
    );
    expect(rows[4]?.slice(1, 3)).toEqual(adjusted.map(({ expected }) => percent(expected)));
    expect(adjusted.map(({ support }) => support)).toEqual([1, 1]);
  });

  it('the raw difference is clear all the same', () => {
    const [a, b] = totals;
    const change = newcombe(a?.x ?? 0, a?.n ?? 0, b?.x ?? 0, b?.n ?? 0);
    expect(page.text(heading)).toContain(
      `differ by ${points(change?.difference)} points, and the interval of that difference, ${range(change)},`,
    );
  });
});

describe('the previous period', () => {
  it('has its own clock', () => {
    const heading = 'The previous period has its own clock';
    const { rows } = tableOf(heading);
    const clock = parseISO('2026-11-03T04:12:00Z');
    const words = (at: Date, isYearShown = true) =>
      new Intl.DateTimeFormat('en-GB', {
        day: 'numeric',
        month: 'short',
        ...(isYearShown ? { year: 'numeric' } : {}),
        timeZone: 'UTC',
      }).format(at);
    const windows = [clock, subDays(clock, 90)].map((asOf) => [
      `${words(subDays(asOf, 90), false)} to ${words(subDays(asOf, 1))}`,
      `${words(asOf)}, ${asOf.toISOString().slice(11, 16)}`,
    ]);
    expect(rows.map((row) => row.slice(1, 3))).toEqual(windows);
    const shares = rows
      .map((row) => row.slice(3).flatMap(readNumbers))
      .map(([n = 0, then = 0, today = 0]) => [then / n, today / n]);
    const text = page.text(heading);
    expect(text).toContain(
      `previous window stands at ${percent(shares[1]?.[1])} and the current one at ${percent(shares[0]?.[1])}`,
    );
    expect(text).toContain(`equally young: ${percent(shares[0]?.[0])} and ${percent(shares[1]?.[0])}.`);
  });
});

describe('funnel and control limits', () => {
  const heading = 'Funnel and control limits: when to pick up the phone';
  const text = page.text(heading);

  it('the funnel', () => {
    const overall = (readNumbers(/Overall ([\d.]+) %/.exec(text)?.[1])[0] ?? Number.NaN) / 100;
    const { rows } = tableOf(heading);
    expect(rows.length).toBe(2);
    for (const row of rows) {
      const [n = Number.NaN] = readNumbers(row[0]);
      const [x = Number.NaN, of] = readNumbers(row[3]);
      const inner = funnelLimits(overall, n, 1.959964);
      const outer = funnelLimits(overall, n, 3.090232);
      expect([row[1], row[2], of]).toEqual([range(inner), range(outer), n]);
      expect(row[3]).toContain(percent(x / n));
      const verdict = x / n >= inner.lo ? 'inside' : x / n < outer.lo ? 'outside both' : 'between';
      expect(row[4]).toContain(verdict);
    }
  });

  const rateWeek = (x: number, n: number): Point => ({ value: x / n, x, n });

  it('limits of medians', () => {
    const list = /Medians of eight weeks, in hours: ([\d, ]+)\./.exec(text)?.[1] ?? '';
    const weeks = list.split(', ').map((value): Point => ({ value: Number(value), x: null, n: 50 }));
    expect(weeks.length).toBe(8);
    const moves = weeks.slice(1).map(({ value }, index) => Math.abs(value - (weeks[index]?.value ?? 0)));
    const mean = moves.reduce((sum, move) => sum + move, 0) / moves.length;
    const judge = (value: number) => judgePoint(weeks, { value, x: null, n: 50 });
    const chart = judge(47);
    expect(text).toContain(`Their median is ${chart?.centre}; from week to week they moved by 2 (median)`);
    expect(moves.toSorted((one, other) => one - other)[3]).toBe(2);
    expect(text).toContain(`by ${mean.toFixed(3)} (mean)`);
    expect(text).toContain(`on each side: ${chart?.lo?.toFixed(1)} to ${chart?.hi?.toFixed(1)}.`);
    expect([chart?.outside, judge(48)?.outside]).toEqual([null, 'above']);
  });

  it('limits of rates', () => {
    const list = /weeks of 200 parcels with ([\d, and]+) on time/.exec(text)?.[1] ?? '';
    const weeks = list.split(/, | and /).map((x) => rateWeek(Number(x), 200));
    expect(weeks.length).toBe(8);
    const [large, small, few] = [200, 100, 50].map((n) => judgePoint(weeks, rateWeek(n, n)));
    expect(text).toContain(
      `around ${percent(large?.centre)}, with limits from ${points(large?.lo)} to ${percent(large?.hi)} for a week of 200, and from ${percent(small?.lo)} for one of 100.`,
    );
    const late = Math.round(50 * (1 - (few?.lo ?? 0)));
    expect(text).toContain(`in a week of 50 up to ${late} may be late, since ${late + 1} or more`);
    const share = weeks.reduce((sum, { x }) => sum + 200 - (x ?? 0), 0) / 1600;
    expect(50 * share).toBeLessThan(5);
    expect(rareTail(late + 1, 50, share)).toBeLessThan(0.003);
    expect(rareTail(late, 50, share)).toBeGreaterThanOrEqual(0.003);
  });

  it('a run of eleven by chance, and lost parcels that are no alert', () => {
    expect(text).toContain(`about once in ${(2 ** 11 / 2).toLocaleString('en')} weeks`);
    const none = Array.from({ length: 8 }, () => rateWeek(0, 400));
    const chart = drawChart([...none, rateWeek(1, 400), rateWeek(1, 400)]);
    expect(chart.judged.slice(8).map((week) => week?.outside)).toEqual(['above', null]);
    expect(findEpisodes(chart)).toEqual([]);
  });

  it('the lanes of an alert', () => {
    const rows = tableOf(heading, 1).rows.map((row) => row.slice(1).map((cell) => readNumbers(cell)[0] ?? 0));
    const [x, n] = readNumbers(/together: (\d+ of \d+) on time/.exec(text)?.[1]);
    expect([
      rows.reduce((sum, row) => sum + (row[1] ?? 0), 0),
      rows.reduce((sum, row) => sum + (row[0] ?? 0), 0),
    ]).toEqual([x, n]);
    const extras = rows.map(([parcels = 0, kept = 0, usual = 0]) => kept - (parcels * usual) / 100);
    expect(tableOf(heading, 1).rows.map((row) => row[4])).toEqual(extras.map((extra) => `−${-extra}`));
    const lost = -extras.reduce((sum, extra) => sum + extra, 0);
    expect(text).toContain(`more than half of the ${lost}.`);
    expect(-(extras[0] ?? 0)).toBeGreaterThan(lost / 2);
  });
});

describe('what each number cannot tell', () => {
  it('names every figure of carrier_performance', () => {
    const listed = tableOf('What each number cannot tell').rows.flatMap((row) =>
      [...(row[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    const figures = readDictionary()
      .filter(
        ({ table, column, unit }) => table === 'carrier_performance' && column !== null && unit !== 'code',
      )
      .map(({ column }) => column)
      .filter((name) => !/_(lo|hi|n)$|_vs_others(_share|_extra)?$|_vs_others_\dd_share$/.test(name ?? ''));
    expect(listed.sort()).toEqual(figures.sort());
  });
});
