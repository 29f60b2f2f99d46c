import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { call, findInFiles, inspect, makeFolder, readRows } from '../extract/harness.js';
import { asOf, dateOf, parcels, toLines } from './half-a-year.js';

it('the parcels of a carrier lie beside its pages, as many as its rates count; without them no file has a number', {
  timeout: 240_000,
}, async () => {
  const cwd = makeFolder();
  const data = join(cwd, 'data');
  const run = async (line: string) => {
    const { exitCode, err } = await call([...line.split(' '), '--as-of', asOf], { cwd });
    expect({ line, exitCode, err: exitCode === 0 ? '' : err }).toEqual({ line, exitCode: 0, err: '' });
  };
  const archive = join(cwd, 'archive.ndjson');
  // One carrier is spelt as no file may be.
  const lines = parcels.map((parcel, index) =>
    index % 5 === 0 ? toLines(parcel).replaceAll('postnl', 'Très/Vite') : toLines(parcel),
  );
  writeFileSync(archive, lines.join(''));
  for (const line of [`import ${archive}`, 'build', 'publish', 'report']) await run(line);

  const report = join(data, 'report');
  const files = readdirSync(report).filter((name) => name.startsWith('parcels-'));
  expect(files).toHaveLength(2);
  const rows = files.flatMap(
    (name) => parse(readFileSync(join(report, name)), { columns: true }) as Record<string, string>[],
  );
  const counts = await inspect(join(data, 'published', 'shipping.duckdb'), (db) =>
    readRows(
      db,
      `select carrier_code,
         round(on_time_rate_n * (1 - on_time_rate)) as is_late,
         round(exception_rate * exception_rate_n) as has_exception,
         round(lost_30d_rate * lost_30d_rate_n) as is_lost,
         stalled_now as is_stalled
       from carrier_performance where period = 'current' and carrier_code <> '*' order by 1`,
    ),
  );
  expect(counts).toHaveLength(2);
  for (const { carrier_code: carrier, ...expected } of counts) {
    const own = rows.filter((row) => row.carrier_code === carrier);
    for (const [reason, count] of Object.entries(expected))
      expect(own.filter((row) => row[reason] === 'true').length, `${carrier} ${reason}`).toBe(Number(count));
    // None is there without a reason, and none twice.
    expect(own.filter((row) => !Object.keys(expected).some((reason) => row[reason] === 'true'))).toEqual([]);
  }
  expect(new Set(rows.map((row) => row.tracking_number)).size).toBe(rows.length);
  expect(Number(counts[0]?.is_late)).toBeGreaterThan(5);
  const late = parcels.find(
    ({ deliveredMs, promised }) =>
      deliveredMs !== null && promised > '2026-10-01' && dateOf(deliveredMs) > promised,
  );
  expect(rows.find((row) => row.tracking_number === late?.number)).toMatchObject({
    is_late: 'true',
    edd_original: late?.promised,
    days_late: '22',
    outcome: 'delivered',
    from_country: 'NL',
    to_country: 'DE',
  });
  // The page names each, with its counts, and what is left out.
  const page = readFileSync(join(report, 'open-parcels.html'), 'utf8');
  for (const name of files) expect(page).toContain(`href="${name}" download`);
  expect(page).toContain('Left out: parcels of other days, returns, cancelled parcels');

  const numbers = parcels.map(({ number }) => number);
  expect(findInFiles(join(data, 'reports'), numbers).length).toBeGreaterThan(100);
  const out = join(cwd, 'figures');
  await run(`report --without-parcels --copy ${out}`);
  expect(findInFiles(out, numbers)).toEqual([]);
  expect(existsSync(join(out, 'stalled.csv'))).toBe(false);
  const hrefs = readdirSync(out)
    .filter((name) => name.endsWith('.html'))
    .flatMap((name) => [...readFileSync(join(out, name), 'utf8').matchAll(/href="([^"#:]+\.\w+)/g)])
    .map(([, name = '']) => name);
  expect(hrefs.filter((name) => !existsSync(join(out, name)))).toEqual([]);
  // The configuration says it for every night.
  writeFileSync(join(cwd, 'parcelmetrics.config.json'), '{ "withoutParcels": true }');
  await run(`report --copy ${join(cwd, 'again')}`);
  expect(findInFiles(join(cwd, 'again'), numbers)).toEqual([]);
});
