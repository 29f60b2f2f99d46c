import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sayChance } from '../../reports/parts/case-words.js';
import { type ReportResult, writeReport } from '../../reports/report.js';
import { type Tables, writeSnapshot } from './pages/fixture.js';
import { makeTables } from './pages/made.js';

// What a case says, on the overview and on its own page, for every kind of it.

let folder = '';
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-cases-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function toText(page: string): string {
  return page
    .replace(/<(svg|style|script|pre)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');
}

interface Written extends ReportResult {
  snapshotPath: string;
  read: (file: string) => string;
  text: (file: string) => string;
}

async function write(
  tables: Tables,
  options: Partial<Parameters<typeof writeReport>[0]> = {},
): Promise<Written> {
  count += 1;
  const snapshotPath = join(folder, `snapshot-${count}.duckdb`);
  await writeSnapshot(snapshotPath, tables);
  const outDir = join(folder, `report-${count}`);
  const result = await writeReport({ snapshotPath, outDir, ...options });
  const read = (file: string) => readFileSync(join(outDir, file), 'utf8');
  return { ...result, snapshotPath, read, text: (file) => toText(read(file)) };
}

/** The overview, the cases and the definitions alone: a quarter of the work. */
const inOne = { singleFile: true };

/** The query of the first case's page. */
function readQuery(page: string): string {
  const [, query = ''] =
    /The query that lists its parcels[\s\S]*?<pre[^>]*>([\s\S]*?)<\/pre>/.exec(page) ?? [];
  return query.replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>');
}

/** The made tables with these cases alone; what they do not say is as of any case. */
function withCases(rows: Record<string, unknown>[], changes: Tables = {}): Tables {
  const cases = rows.map((row, index) => ({
    ...{ case_number: index + 1, carrier_code: 'dpd', p: 1e-5, p_holm: 0.004, since: '2026-11-01' },
    ...{ looked_at: 61, ...row },
  }));
  return { ...makeTables(), cases, ...changes };
}

describe('a lane that changed', () => {
  let report: Written;
  beforeAll(async () => {
    report = await write(makeTables());
  });

  it('is told in the same sentence wherever it is told', () => {
    const sentence = 'GLS, NL to BE: 8 of 38 on time since 19 Oct, before 91.2 %; elsewhere unchanged.';
    expect(report.summary).toBe(sentence);
    const plain = (file: string) => report.text(file).replace(/ ([,:;.])/g, '$1');
    expect(plain('index.html')).toContain(sentence);
    expect(plain('case-1.html')).toContain(sentence);
  });

  it('says why it is sure: the test, how much was looked at, the chance, the interval', () => {
    expect(report.text('index.html')).toMatch(
      /Sure because 2 weeks \(19 Oct to 1 Nov 2026\) lie outside what GLS’s weeks before keep to: all lanes together, \d+ of 238 on time, usual \d+\.\d %\. More than half of that is this lane: 21\.1 % \(11\.1 to 36\.3\), 27 parcels fewer than usual\. Over all 61 statements that this report could have made, chance alone would show such a thing in fewer than 1 of 10,000 such reports\./,
    );
  });

  it('says what would change our mind, in numbers that anyone can count', () => {
    expect(report.text('index.html')).toContain(
      'Would change our mind: of its next 38 parcels there, 32 or more on time; promises that were read too late (0 of 38 were); ' +
        'a hand-over later than the scans say (2 of 40 were late, and are not counted); another mix of services (standard is 100.0 % of its parcels there, as before).',
    );
  });

  it('has its strip: the carrier in ink, the others in grey, the days shaded', () => {
    const page = report.read('index.html');
    const strip = page.slice(
      page.indexOf('id="strip-1-narrow-wide"'),
      page.indexOf('id="strip-1-narrow-narrow'),
    );
    expect(strip).toContain('class="mark-shade"');
    expect(strip.match(/<title>GLS, week of/g)?.length).toBe(26);
    expect(strip).toContain('<title>DPD, week of 26 Oct 2026: 89.5 %, n 19</title>');
    expect(strip).toContain('before 91.2 %');
  });

  it('has a page with the figures, what they are, and a query that runs', async () => {
    const page = report.text('case-1.html');
    expect(page).toContain('GLS, NL to BE, 19 Oct to 1 Nov 2026 38 8 21.1 % 11.1 to 36.3');
    expect(page).toContain('GLS, its other lanes, same weeks (before 90.0 %) 115 104 90.4 % 83.7 to 94.6');
    expect(page).toMatch(/Other carriers, NL to BE, same days 76 \d+ \d+\.\d %/);
    expect(page).toContain('Of the parcels that the carrier had in hand by the promised day');
    const [, query = ''] = /<pre[^>]*>([\s\S]*?)<\/pre>/.exec(report.read('case-1.html')) ?? [];
    expect(query).toContain('not rate_answers.on_time_rate');
  });
});

describe('a lane that fell off its own weeks, unseen by the chart of the carrier', () => {
  it('is told of its latest weeks, and why chance does not explain them', async () => {
    const alert = makeTables().cases?.[0] as Record<string, unknown>;
    const row = { ...alert, kind: 'change', weeks: 2, elsewhere_n: null, elsewhere_x: null };
    const { text } = await write({ ...makeTables(), cases: [row] }, inOne);
    const page = text('index.html');
    expect(page).toContain('8 of 38 on time since 19 Oct, before 91.2 %');
    expect(page).toMatch(
      /Sure because its latest 2 complete weeks \(19 Oct to \d+ Nov 2026\) are 21\.1 % \(11\.1 to 36\.3\) and usual is 91\.2 %: 27 parcels fewer than usual, further off than chance/,
    );
    expect(page).toContain('GLS, NL to BE, before, at the same delivery types 456 91.2 %');
  });
});

describe('a lane worse than the others', () => {
  it('is told with the difference, like with like, and what is not in the data', async () => {
    const row = {
      ...{ kind: 'lane', from_country: 'NL', to_country: 'NL', delivery_type: 'home', share: 1 },
      ...{
        metric: 'exception_rate_carrier',
        compared_with: 'others',
        n: 300,
        x: 30,
        value: 0.1,
        usual: 0.05,
      },
      extra: 15,
    };
    const comparisons = [
      {
        ...{ period: 'current', scope: 'lane', carrier_code: 'dpd', other_carrier_code: '*' },
        ...{ from_country: 'NL', to_country: 'NL', delivery_type: 'home', metric: 'exception_rate_carrier' },
        ...{ difference: 0.05, difference_lo: 0.021, difference_hi: 0.079, n: 300, share: 1, other_n: 1204 },
        ...{
          extra: 15,
          own_rate: 0.1,
          other_rate: 0.05,
          p: 1e-5,
          is_comparable: true,
          is_worse: true,
          is_sure: true,
        },
      },
    ];
    const { text } = await write(withCases([row], { comparisons }), inOne);
    const page = text('index.html');
    expect(page).toMatch(
      /DPD , NL to NL, home : 30 of 300 with an exception of the carrier’s making , where the others reach 5\.0 % on the same lanes\./,
    );
    expect(page).toContain(
      'the difference is 5.0 points (2.1 to 7.9): 15 parcels more than the others would have had. Compared are 300 parcels, 100.0 % of its own there, with 1,204 of the others.',
    );
    expect(page).toContain('in about 1 of 200 such reports');
    expect(page).toContain(
      'of its next 100 parcels there, 9 or fewer with an exception of the carrier’s making; heavier parcels',
    );
    expect(text('index.html')).toContain('Difference, like with like 300 5.0 points 2.1 to 7.9');
  });
});

describe('an agreed figure that was missed', () => {
  const target = {
    ...{
      target_number: 1,
      carrier_code: 'dpd',
      from_country: 'NL',
      to_country: 'BE',
      metric: 'on_time_rate',
    },
    ...{
      target: 0.95,
      from_date: '2026-10-01',
      first_start_date: '2026-10-01',
      last_start_date: '2026-11-02',
    },
    ...{ n: 412, x: 355, rate: 0.862, rate_lo: 0.825, rate_hi: 0.892, verdict: 'missed' },
    ...{ short_by: 37, short_by_lo: 24, short_by_hi: 52 },
  };
  const row = {
    ...{ kind: 'target', from_country: 'NL', to_country: 'BE', metric: 'on_time_rate', target_number: 1 },
    ...{
      compared_with: 'target',
      n: 412,
      x: 355,
      value: 0.8617,
      usual: 0.95,
      extra: -37,
      extra_lo: -52,
      extra_hi: -24,
    },
  };

  it('is told by how many parcels, since when, and what was agreed', async () => {
    const { text, read, summary } = await write(withCases([row], { targets: [target] }), inOne);
    expect(summary).toBe(
      'DPD, NL to BE: 86.2 % on time since 1 Oct (n\u00a0412), agreed 95 %: short by 24 to 52 parcels.',
    );
    expect(text('index.html')).toContain(
      'Sure because 355 of 412 parcels (1 Oct to 2 Nov 2026) are 86.2 % (82.5 to 89.2), and all of that interval lies below the agreed 95 %.',
    );
    expect(text('index.html')).toContain(
      'an agreement that means other parcels than NL to BE, 1 Oct to 2 Nov 2026',
    );
    expect(read('index.html')).toContain('>agreed 95 %</text>');
    expect(text('index.html')).toContain('Short by, in parcels 37 24 to 52');
  });

  it('may be about a destination or a service alone, and about a rate of which few is good', async () => {
    const late = {
      ...{
        ...row,
        from_country: null,
        metric: 'exception_rate_carrier',
        extra: 9,
        extra_lo: 3,
        extra_hi: 16,
      },
      ...{ value: 0.072, usual: 0.05 },
    };
    const agreed = {
      ...target,
      from_country: null,
      metric: 'exception_rate_carrier',
      service_level: 'express',
    };
    const { summary } = await write(withCases([late], { targets: [agreed] }), inOne);
    expect(summary).toBe(
      'DPD, to BE, express: 7.2 % with an exception of the carrier’s making since 1 Oct (n\u00a0412), agreed 5 %: over by 3 to 16 parcels.',
    );
  });
});

describe('a hand-over cut-off that came earlier', () => {
  const row = {
    ...{ kind: 'cut_off', metric: 'first_scan_p50_hours', compared_with: 'before', n: 230, x: 212 },
    ...{ value: 15, usual: 17, extra: 190 },
  };
  const cutOff = { carrier_code: 'dpd', labelled: 900, hours_counted: 11, moved_by_hours: -2, moved_p: 1e-5 };
  const cutOffs = [
    {
      ...{ ...cutOff, period: 'latest', cut_off_hour: 15, between_waited_from: 14 },
      ...{ between_labels: 230, between_late_labels: 212, between_days: 16, between_late_days: 15 },
    },
    {
      ...{ ...cutOff, period: 'before', cut_off_hour: 17, between_waited_from: 14 },
      ...{ between_labels: 700, between_late_labels: 31, between_days: 51, between_late_days: 1 },
    },
  ];

  it('is told in hours of the day, tested by days, and is not laid at the carrier’s door', async () => {
    const { text, summary, read, snapshotPath } = await write(
      withCases([row], { hand_over_cut_offs: cutOffs }),
      inOne,
    );
    expect(summary).toBe(
      'DPD: labels made from 15:00 on wait for the next collection, before it was 17:00; 212 of 230 made in between did in the last 28 days.',
    );
    expect(text('index.html')).toContain(
      'on 15 of 16 days of the last 28 most labels made in between waited 14 h or longer for their first scan, before on 1 of 51 days (Fisher’s exact test of days',
    );
    expect(text('index.html')).toContain('scans do not say whose van it was');
    expect(text('index.html')).not.toMatch(/before 17 h|before 17\.0/);
    const page = text('index.html');
    expect(page).toContain('DPD, labels made 15:00 to 17:00, last 28 days 230 212 92.2 %');
    expect(page).toContain('DPD, the same hours, the 90 days before 700 31 4.4 %');
    const instance = await DuckDBInstance.create(snapshotPath, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const rows = await connection.runAndReadAll(readQuery(read('index.html')));
    expect(rows.columnCount).toBe(8);
    connection.closeSync();
    instance.closeSync();
  });
});

describe('the chance after all looks', () => {
  it('is rounded so that it never says less than it is', () => {
    const said = [0.05, 0.034, 0.01, 0.0011, 0.00013, 0.0001, 1e-12, 0].map((p) => sayChance(p, 'en-GB'));
    expect(said).toEqual([
      'in about 1 of 20 such reports',
      'in about 1 of 20 such reports',
      'in about 1 of 100 such reports',
      'in about 1 of 900 such reports',
      'in about 1 of 7,000 such reports',
      ...Array.from({ length: 3 }, () => 'in fewer than 1 of 10,000 such reports'),
    ]);
  });
});

describe('calm data', () => {
  it('has no case, no page of one, and says what was looked at', async () => {
    const { pages, text, summary } = await write({ ...makeTables(), cases: [] });
    expect(summary).toBe('No carrier stands out: looked at 7 statements about 6 carriers; none is sure.');
    expect(text('index.html')).toContain('No case');
    expect(pages.filter((page) => page.startsWith('case-'))).toEqual([]);
  });
});
