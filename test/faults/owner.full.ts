import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { noteFigure } from './figures.js';
import { dawn, eve, makeFolder, mustRun, openWorld } from './world.js';

// Who may read what is written, what is left alone, and pages in which no text may become code.

const at = (date: Date) => ['--as-of', date.toISOString()];

it('writes for its owner alone, and leaves what is not its own', async () => {
  const world = await openWorld(60);
  const folder = makeFolder();
  chmodSync(folder, 0o755);
  const place = { folder, environment: world.environment, prefix: ['sh', '-c', 'umask 022; exec "$0" "$@"'] };
  await mustRun(['register', '--known', world.writeParcels(folder, dawn), ...at(eve)], place);
  // Folders of the user's own beside what is made, with names that are none of ours, and a link that leads to something precious.
  const precious = makeFolder();
  writeFileSync(join(precious, 'precious.txt'), 'kept');
  mkdirSync(join(folder, 'data', 'reports', 'mine'), { recursive: true });
  writeFileSync(join(folder, 'data', 'reports', 'mine', 'kept.txt'), 'kept');
  symlinkSync(precious, join(folder, 'data', 'report'));
  for (const argv of [
    ['nightly', ...at(eve)],
    ['report'],
    ['report', '--single-file', '--out', 'single'],
    ['export', 'out'],
    ['export', 'out-csv', '--format', 'csv'],
    ['export', '--landed', 'landed.ndjson'],
    ['init'],
    ['status'],
    ['vacuum'],
    ['publish'],
    ['sql', '--allow-files', '--output', 'rows.parquet', '--format', 'parquet', 'select * from parcels'],
  ])
    await mustRun(argv, place);
  const [number = ''] = (
    await mustRun(['sql', '--format', 'csv', 'select min(tracking_number) from parcels'], place)
  ).out
    .split('\n')
    .slice(1);
  await mustRun(['forget', number], place);
  const bad: string[] = [];
  let tried = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (/parcels\.csv$|reports$|mine/.test(path) || entry.isSymbolicLink()) continue;
    const mode = lstatSync(path).mode & 0o777;
    tried += 1;
    if ((mode & 0o077) !== 0) bad.push(`${path} has mode ${mode.toString(8)}`);
  }
  if (readFileSync(join(precious, 'precious.txt'), 'utf8') !== 'kept' || readdirSync(precious).length > 1)
    bad.push('wrote through a link');
  if (!existsSync(join(folder, 'data', 'reports', 'mine', 'kept.txt')))
    bad.push('removed a folder of the user');
  noteFigure({
    part: '6',
    what: 'files and folders written, for their owner alone (0600, 0700), under umask 022',
    tried,
    bad: bad.length,
    reach: '12 commands; a link that leads elsewhere and a folder of the user stay',
  });
  expect(bad).toEqual([]);
});

const chromium = '/usr/bin/chromium';

it.skipIf(!existsSync(chromium))('shows pages where no text may become code', async () => {
  const world = await openWorld(400);
  world.sandbox.setNow(dawn);
  const folder = makeFolder();
  const flag = '--disallow-code-generation-from-strings';
  // The night that makes them runs so too.
  const place = { folder, environment: { ...world.environment, NODE_OPTIONS: flag } };
  await mustRun(['register', '--known', world.writeParcels(folder, dawn), ...at(eve)], place);
  await mustRun(['nightly', ...at(dawn)], place);
  const report = realpathSync(join(folder, 'data', 'report'));
  const pages = readdirSync(report).filter((name) => name.endsWith('.html'));
  const bad: string[] = [];
  for (const page of pages) {
    const { stdout, stderr, status } = spawnSync(
      chromium,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        `--js-flags=${flag}`,
        '--enable-logging=stderr',
        '--v=0',
        '--virtual-time-budget=3000',
        '--dump-dom',
        `--user-data-dir=${join(folder, 'profile')}`,
        pathToFileURL(join(report, page)).href,
      ],
      { encoding: 'utf8', maxBuffer: 1e8 },
    );
    const complaints = stderr.split('\n').filter((line) => /CONSOLE|EvalError/.test(line));
    if (status !== 0 || !stdout.includes('</html>') || complaints.length > 0)
      bad.push(`${page}: ${status} ${complaints.join(' ')}`);
  }
  noteFigure({
    part: '6',
    what: 'a night, and its pages shown by Chromium, under --disallow-code-generation-from-strings',
    tried: pages.length,
    bad: bad.length,
    reach: 'every page of a report; no message in the console',
  });
  expect(bad).toEqual([]);
});
