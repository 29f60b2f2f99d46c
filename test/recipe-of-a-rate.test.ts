import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// CONTRIBUTING's recipe of a rate, followed to the letter in a copy of the project: a line, a row, and the script.

const root = fileURLToPath(new URL('../', import.meta.url));
const rate = 'attempted_twice_30d_rate';
const line = `    case when is_scanned_30d then outcome = 'delivered' and first_attempt_at < outcome_at end as ${rate},\n`;
const row = `${rate},Attempted twice,share 0 to 1,lower,scan,30,,Share of parcels delivered after a first attempt that failed.,delivered after an attempt that failed,"parcels first scanned in the window, at least 30 days ago",Who was not at home.,false,exceptions,rate,\n`;

/** A parcel scanned forty days before the clock, delivered at its first or its second attempt. */
function tellParcel(number: string, codes: readonly string[]): string {
  return JSON.stringify({
    observed_at: '2026-06-29T00:00:00Z',
    response: {
      announced_at: '2026-05-20T08:00:00Z',
      details: {},
      from_address: { country_code: 'NL' },
      to_address: { country_code: 'NL' },
      ship_with: {},
      tracking_numbers: [{ carrier_code: 'dhl', tracking_number: number }],
      events: codes.map((status_code, day) => ({
        event_at: `2026-05-2${day + 1}T10:00:00Z`,
        event_type: 'carrier',
        status_code,
      })),
    },
  });
}

describe('the recipe of a rate', () => {
  const copy = mkdtempSync(join(tmpdir(), 'parcelmetrics-recipe-'));
  const readText = (path: string) => readFileSync(join(copy, path), 'utf8');
  const node = (...args: string[]) =>
    execFileSync(process.execPath, args, {
      cwd: copy,
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', PARCELMETRICS_DATA: join(copy, 'data') },
    });
  const run = (...args: string[]) => node('dist/pipelines/cli.js', ...args);

  beforeAll(() => {
    for (const name of ['.ci', 'docs', 'pipelines', 'queries', 'reports', 'package.json']) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    for (const name of ['tsconfig.json', 'tsconfig.build.json']) cpSync(join(root, name), join(copy, name));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

    const answers = 'queries/marts/rate_answers.sql';
    const before = readText(answers);
    const place = before.indexOf('    case when is_scanned_30d');
    writeFileSync(join(copy, answers), before.slice(0, place) + line + before.slice(place));
    appendFileSync(join(copy, 'queries/seeds/metrics.csv'), row);
    node('.ci/generate.mjs');

    const parcels = [
      tellParcel('ONCE', ['accepted', 'delivered']),
      tellParcel('TWICE', ['accepted', 'attempted', 'delivered']),
    ];
    writeFileSync(join(copy, 'parcels.ndjson'), `${parcels.join('\n')}\n`);
    const asOf = ['--as-of', '2026-06-30T00:00:00Z'];
    run('import', ...asOf, 'parcels.ndjson');
    run('build', ...asOf);
    run('publish', ...asOf);
  }, 300_000);
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const ask = (query: string) => run('sql', '--format', 'csv', query).trim().split('\n').slice(1);

  it('the figure stands in the performance tables, with its limits and its n', () => {
    expect(
      ask(`select ${rate}, ${rate}_lo > 0, ${rate}_hi < 1, ${rate}_n from carrier_performance
        where carrier_code = 'dhl' and period = 'current'`),
    ).toEqual(['0.5,true,true,2']);
    expect(ask(`select sum(${rate}_n) from lane_performance where carrier_code = 'dhl'`)).toEqual(['2']);
  });

  it('its parcels stand in rate_answers, its change in period_changes, its words in metrics', () => {
    expect(ask(`select tracking_number from rate_answers where ${rate}`)).toEqual(['TWICE']);
    expect(
      ask(
        `select current_n, direction from period_changes where metric = '${rate}' and carrier_code = 'dhl'`,
      ),
    ).toEqual(['2,not_covered']);
    expect(ask(`select title, better from metrics where name = '${rate}'`)).toEqual([
      'Attempted twice,lower',
    ]);
  });

  it('the dictionary has it, in the database and as a page, and so has docs/methodology.md', () => {
    const [comment] = ask(
      `select comment from duckdb_columns() where table_name = 'carrier_performance' and column_name = '${rate}'`,
    );
    expect(comment).toContain('Share of parcels delivered after a first attempt that failed.');
    expect(readText('docs/data-dictionary.md')).toContain(`| \`${rate}_n\` | count |`);
    expect(readText('docs/methodology.md')).toContain(
      `| Attempted twice | \`${rate}\` | Who was not at home. |`,
    );
  });

  it('explain says of a parcel whether it counts, and why', () => {
    expect(run('explain', 'TWICE')).toMatch(
      new RegExp(`${rate} +scan +delivered after an attempt that failed\\? yes`),
    );
    expect(run('explain', 'ONCE')).toMatch(
      new RegExp(`${rate} +scan +delivered after an attempt that failed\\? no`),
    );
  });

  it('the methodology page of the report defines it', () => {
    run('report', '--as-of', '2026-06-30T00:00:00Z');
    expect(readText('data/report/methodology.html')).toContain(`id="${rate}"`);
  });

  it('the types have it, and the project compiles with them', () => {
    writeFileSync(
      join(copy, 'queries/reader.ts'),
      `import type { CarrierPerformance, RateAnswers, RateName } from './schema.js';
export const name: RateName = '${rate}';
export const read = (row: CarrierPerformance): number | null => row.${rate}_hi;
export const ask = (row: RateAnswers): boolean | null => row.${rate};
`,
    );
    expect(node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noEmit')).toBe('');
  });
});
