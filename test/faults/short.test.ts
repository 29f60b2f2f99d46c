import { readdirSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importFiles } from '../../pipelines/extract/import.js';
import { makeTimeline, openLanding, readValue } from '../pipelines/extract/harness.js';
import { openApi, sendJson } from './api.js';
import { noteFigure } from './figures.js';
import { createRandom, mutate } from './mutate.js';
import { digestLanded, eve, makeFolder, mustRun, runProgram, startProgram } from './world.js';

// The short part of `npm run test:faults`: one of each, without strace.

const asOf = ['--as-of', eve.toISOString()];
const registering = ['register', '--known', 'parcels.csv', ...asOf];

function writeParcels(folder: string): void {
  writeFileSync(join(folder, 'parcels.csv'), 'tracking_number,carrier_code\nA1,postnl\nA2,dhl\nA3,dpd\n');
}

it('is killed while it makes its warehouse, and makes it the next time', async () => {
  const whole = makeFolder();
  writeParcels(whole);
  await mustRun(registering, { folder: whole });
  const wanted = await digestLanded(whole);
  const bad: string[] = [];
  const instants = ['warehouse.duckdb.creating', 'run.json'];
  for (const name of instants) {
    const folder = makeFolder();
    writeParcels(folder);
    const data = join(folder, 'data');
    const { child, ended } = startProgram(registering, { folder });
    const watcher = watch(folder, { recursive: true }, () => {
      if (readdirSync(folder).includes('data') && readdirSync(data).includes(name)) child.kill('SIGKILL');
    });
    const { signal } = await ended;
    watcher.close();
    if (signal !== 'SIGKILL') continue;
    const { code, err } = await runProgram(registering, { folder });
    if (code !== 0) bad.push(`after ${name}: ${code} ${err}`);
    else if ((await digestLanded(folder)) !== wanted) bad.push(`after ${name}: another registry`);
    const open = readdirSync(data).filter((file) => (statSync(join(data, file)).mode & 0o077) !== 0);
    if (open.length > 0) bad.push(`for others to read: ${open.join()}`);
  }
  noteFigure({
    part: '0',
    what: 'short: kill -9 while a warehouse is made',
    tried: instants.length,
    bad: bad.length,
    reach: 'when a file appears',
  });
  expect(bad).toEqual([]);
});

it('lets one of two in, ends at a signal, and goes on with the next', async () => {
  const waiting: (() => void)[] = [];
  let isOpen = false;
  let onRequest = () => {};
  const api = await openApi((number, response) => {
    const answer = () => sendJson(response, makeTimeline(number, [['2026-11-01T10:00:00Z', 'accepted']]));
    if (isOpen) answer();
    else waiting.push(answer);
    onRequest();
  });
  const folder = makeFolder();
  const place = { folder, environment: api.environment };
  writeParcels(folder);
  await mustRun(registering, place);
  const requested = new Promise<void>((resolve) => {
    onRequest = resolve;
  });
  const both = [0, 1].map(() => startProgram(['extract', ...asOf], place));
  const first = await Promise.race(both.map(({ ended }) => ended));
  expect(first).toMatchObject({ code: 6 });
  expect(first.err).toContain('another run holds the warehouse');
  await requested;
  for (const { child } of both) child.kill('SIGTERM');
  const sentMs = performance.now();
  const codes = (await Promise.all(both.map(({ ended }) => ended))).map(({ code }) => code).sort();
  expect(codes).toEqual([143, 6]);
  expect(performance.now() - sentMs).toBeLessThan(10_000);
  isOpen = true;
  expect((await mustRun(['extract', ...asOf], place)).out).toContain('3 parcels polled: 3 timelines');
  noteFigure({
    part: '0',
    what: 'short: two at once; SIGTERM; the next run',
    tried: 3,
    bad: 0,
    reach: 'extract, with the API holding its answers back',
  });
});

it('accounts for every line of a mutated archive', async () => {
  const random = createRandom(1);
  const lines = Array.from({ length: 1000 }, (_, index) => {
    const response = makeTimeline(`IMP${index}`, [['2026-11-01T10:00:00Z', 'accepted']]);
    return mutate(JSON.stringify({ observed_at: new Date(eve.getTime() + index * 1000), response }), random);
  });
  const archive = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  const file = join(makeFolder(), 'archive.ndjson');
  writeFileSync(file, archive);
  const received = archive
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '').length;
  const connection = await openLanding();
  const imported = await importFiles(connection, {
    files: [file],
    runId: 'run',
    clock: () => eve,
    keepSourceId: false,
  });
  const landed = Number(await readValue(connection, 'select count(*) from landed_polls'));
  noteFigure({
    part: '0',
    what: 'short: mutated lines received = landed + refused',
    tried: received,
    bad: 0,
    reach: `${landed} landed, ${imported.refused} refused`,
  });
  expect({ lines: imported.lines, sum: landed + imported.refused }).toEqual({
    lines: received,
    sum: received,
  });
});
