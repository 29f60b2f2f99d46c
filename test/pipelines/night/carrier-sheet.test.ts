import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { call, findInFiles, inspect, makeFolder, readRows } from '../extract/harness.js';
import { asOf, parcels, toLines } from './half-a-year.js';

it('one quarter’s sheet stands beside the next one’s, by its file and by its snapshot', {
  timeout: 240_000,
}, async () => {
  const cwd = makeFolder();
  const data = join(cwd, 'data');
  const attempt = (line: string) => call([...line.split(' '), '--as-of', asOf], { cwd });
  const run = async (line: string) => {
    const { exitCode, out, err } = await attempt(line);
    expect({ line, exitCode, err: exitCode === 0 ? '' : err }).toEqual({ line, exitCode: 0, err: '' });
    return { out, err };
  };
  const archive = join(cwd, 'archive.ndjson');
  // every third parcel is another carrier's
  const isOther = (index: number) => index % 3 === 2;
  writeFileSync(
    archive,
    parcels
      .map((parcel, index) =>
        isOther(index) ? toLines(parcel).replaceAll('postnl', 'rival_post') : toLines(parcel),
      )
      .join(''),
  );
  for (const line of [`import ${archive}`, 'build', 'publish']) await run(line);
  await run('build --quarter 2026Q2 --name q2');
  await run('build --quarter 2026Q3 --name q3');

  const second = await run('report --snapshot q2 --for postnl');
  const kept = join(data, 'agreed', 'postnl-2026-04-01-2026-06-30.json');
  expect(second.out).toContain(`figures kept in ${kept}`);
  expect(second.err).toContain('`forget` and retention do not follow it');
  const agreed = JSON.parse(readFileSync(kept, 'utf8'));
  const [row] = await inspect(join(data, 'named', 'q2', 'published', 'shipping.duckdb'), (db) =>
    readRows(
      db,
      `select on_time_rate as rate, on_time_rate_n as n from carrier_performance
       where period = 'current' and carrier_code = 'postnl'`,
    ),
  );
  expect(agreed.figures[0]).toMatchObject({
    metric: 'on_time_rate',
    value: Number(row?.rate),
    n: Number(row?.n),
  });

  const third = join(cwd, 'third');
  await run(`report --snapshot q3 --for postnl --against ${kept} --copy ${third}`);
  const page = readFileSync(join(third, 'index.html'), 'utf8');
  expect(page).toContain('1 Apr to 30 Jun 2026');
  expect(page).toContain('id="then-title"');
  const bySnapshot = join(cwd, 'by-snapshot');
  await run(`report --snapshot q3 --for PostNL --against q2 --copy ${bySnapshot}`);
  expect(readFileSync(join(bySnapshot, 'index.html'), 'utf8')).toBe(page);

  // The other carrier is in no byte of it, its parcels neither; the workbook has the carrier's own.
  const others = parcels.filter((_, index) => isOther(index)).map(({ number }) => number);
  expect(findInFiles(third, [...others, 'rival_post', 'Rival'])).toEqual([]);
  const book = readdirSync(third).find((name) => name.endsWith('.xlsx')) ?? '';
  const texts = Object.values(unzipSync(readFileSync(join(third, book)))).map((part) => strFromU8(part));
  expect(texts.some((text) => text.includes('ZQXB'))).toBe(true);
  expect(
    texts.filter((text) => others.some((number) => text.includes(number)) || /rival/i.test(text)),
  ).toEqual([]);
  expect(
    findInFiles(
      join(data, 'agreed'),
      parcels.map(({ number }) => number),
    ),
  ).toEqual([]);

  // What was kept stands: the same figures are the same file, other ones get a number.
  await run('report --snapshot q2 --for postnl');
  expect(readdirSync(join(data, 'agreed')).sort()).toEqual([
    'postnl-2026-04-01-2026-06-30.json',
    'postnl-2026-07-01-2026-09-30.json',
  ]);
  const signed = readFileSync(kept, 'utf8').replace('"n":', '"n": 1');
  writeFileSync(kept, signed);
  const again = await run('report --snapshot q2 --for postnl');
  expect(again.out).toContain('postnl-2026-04-01-2026-06-30-2.json');
  expect(again.err).toContain('the earlier file stays');
  expect(readFileSync(kept, 'utf8')).toBe(signed);

  // Another carrier's sheet, no sheet at all, or no carrier: refused in words, and nothing is written.
  await run('report --snapshot q2 --for rival_post');
  const theirs = join(data, 'agreed', 'rival_post-2026-04-01-2026-06-30.json');
  const theirPlace = existsSync(theirs) ? theirs : theirs.replace('rival_post', 'rival-post');
  const never = join(cwd, 'never');
  for (const [line, words] of [
    [`report --snapshot q3 --for postnl --against ${theirPlace} --copy ${never}`, 'it is about'],
    [`report --snapshot q3 --for postnl --against ${archive} --copy ${never}`, 'it is no'],
    [`report --snapshot q3 --for postnl --against q1 --copy ${never}`, 'no such file, and no such snapshot'],
    [`report --snapshot q3 --against q2 --copy ${never}`, '--against needs --for'],
  ] as const) {
    const refused = await attempt(line);
    expect(refused).toMatchObject({ exitCode: 2, out: '' });
    expect(refused.err).toContain(words);
    expect(refused.err).not.toContain('    at ');
  }
  expect(existsSync(never)).toBe(false);
});
