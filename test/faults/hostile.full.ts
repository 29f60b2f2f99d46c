import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Api, openApi, sendJson } from './api.js';
import { makeCanaryBody } from './canaries.js';
import { noteFigure } from './figures.js';
import { dawn, eve, makeFolder, type Place, runProgram } from './world.js';

// Hostile texts as numbers, codes, seeds, settings and arguments.

const at = (date: Date) => ['--as-of', date.toISOString()];

const share = Number(process.env.FAULTS_SHARE ?? 1);
const all = [
  '../../../etc/passwd',
  '/etc/passwd',
  '..',
  '.',
  'a/../../b',
  'C:\\windows',
  "'; drop table registry; --",
  '"; drop table registry; --',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '=cmd|calc!A1',
  '@SUM(1)',
  '+1',
  '-1',
  '%2e%2e%2fpasswd',
  '%00',
  '$(touch owned)',
  '`touch owned`',
  '; touch owned',
  '| touch owned',
  '\u202etxt.exe',
  '\ufeffA',
  'ａ１',
  '💣',
  '{{7*7}}',
  '$\u007b7*7}',
  '--help',
  '-v',
  'x'.repeat(255),
  "O'Brien",
  'a"b',
  'a,b',
  'a;b',
  'null',
  'NaN',
  '1e400',
  '__proto__',
  'constructor',
  'marts.main',
  'A1',
  'a1',
  ' A1 ',
];
const hostile = all.filter((_, index) => index % Math.round(1 / share) === 0);

it('lets hostile texts through every door and none of them in', async () => {
  const folder = makeFolder();
  const api: Api = await openApi((number, response) => {
    const carrier = hostile[(api.requests() * 7) % hostile.length] ?? 'x';
    sendJson(response, {
      ...makeCanaryBody(number),
      tracking_numbers: [
        { carrier_code: 'postnl', tracking_number: number },
        { carrier_code: carrier, tracking_number: `${number}L`.slice(0, 255) },
      ],
      ship_with: { type: carrier, properties: { shipping_option_code: carrier } },
      events: hostile.map((text, index) => ({
        event_at: `2026-11-01T10:${String(index).padStart(2, '0')}:00Z`,
        event_type: 'carrier',
        status_code: text,
        sub_status_code: text,
        status_type: text,
      })),
    });
  });
  const place: Place = { folder, environment: api.environment };
  const inside = new Set(['data', 'parcels.csv', 'seeds', 'config.json', 'out', 'hostile.ndjson']);
  const bad: string[] = [];
  let tried = 0;
  const check = async (argv: string[], allowed: number[]) => {
    tried += 1;
    const { code, err } = await runProgram(argv, place);
    if (code === null || !allowed.includes(code)) bad.push(`${argv.join(' ')}: ${code} ${err.slice(0, 300)}`);
  };
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  writeFileSync(
    join(folder, 'parcels.csv'),
    `tracking_number,carrier_code\n${hostile.map((text) => `${quote(text)},postnl`).join('\n')}\n`,
  );
  await check(['register', '--known', 'parcels.csv', ...at(eve)], [0]);
  await check(['nightly', ...at(dawn)], [0, 3]);
  writeFileSync(
    join(folder, 'hostile.ndjson'),
    hostile.map((text) => JSON.stringify({ ...makeCanaryBody(text), ship_with: { type: text } })).join('\n'),
  );
  await check(['import', 'hostile.ndjson', ...at(dawn)], [0, 3]);
  for (const text of hostile) {
    await check(['explain', '--', text], [0, 2]);
    await check(
      ['sql', '-p', `number=${text}`, '--', 'select count(*) from parcels where tracking_number = $number'],
      [0],
    );
  }
  for (const text of hostile.slice(0, 12)) {
    await check(['sql', '--', text], [2]);
    await check(['report', '--for', text], [2]);
    await check(['restore', '--', text], [2]);
    await check(['import', '--', text], [2, 3]);
    await check(['register', '--known', '--', text], [2]);
  }
  await check(['export', 'out', '--format', 'csv', '--overwrite'], [0]);
  mkdirSync(join(folder, 'seeds'));
  for (const text of [
    "x'); drop table parcels; --",
    '<script>alert(1)</script>',
    '=cmd|calc!A1',
    '../../x',
  ]) {
    writeFileSync(
      join(folder, 'seeds', 'carriers.csv'),
      `carrier_code,carrier_name,colour_order\npostnl,${quote(text)},1\n`,
    );
    await check(['nightly', '--seeds', 'seeds', ...at(new Date(dawn.getTime() + 1000))], [0, 2, 3]);
  }
  for (const text of [
    '{"__proto__": {"rate": "1/min"}}',
    '[]',
    'null',
    '"x"',
    '{"rate": {}}',
    `${'['.repeat(50_000)}`,
    '{"rate": "1e999/min"}',
    '\u0000',
    '{"data": "../../../../../../../../proc/nowhere"}',
  ]) {
    writeFileSync(join(folder, 'config.json'), text);
    await check(['status', '--config', 'config.json'], [0, 2]);
  }
  for (const name of readdirSync(folder)) if (!inside.has(name)) bad.push(`${name} was made`);
  const report = join(folder, 'data', 'report');
  if (!existsSync(report)) bad.push('no report was made');
  const pages = existsSync(report) ? readdirSync(report).filter((name) => name.endsWith('.html')) : [];
  for (const page of pages) {
    const html = readFileSync(join(folder, 'data', 'report', page), 'utf8');
    if (/<script>alert|onerror=alert/.test(html.replaceAll(/&lt;|&quot;/g, '')))
      bad.push(`${page} has a hostile text as it is`);
  }
  for (const text of hostile.slice(0, 6)) await check(['forget', '--', text], [0]);
  noteFigure({
    part: '6',
    what: 'hostile texts through CSV, API, archive, config, seeds, SQL parameters and arguments: no file made elsewhere, no table gone, no fault',
    tried,
    bad: bad.length,
    reach: `${hostile.length} texts`,
  });
  expect(bad).toEqual([]);
}, 900_000);
