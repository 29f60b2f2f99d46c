import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { openReader } from '../../queries/db.js';
import { makeTimeline } from '../pipelines/extract/harness.js';
import { openApi, sendJson } from './api.js';
import { noteFigure } from './figures.js';
import {
  copyFolder,
  dawn,
  digestLanded,
  digestTables,
  eve,
  findTorn,
  makeFolder,
  mustRun,
  openWorld,
  type Place,
  publishedFile,
  runProgram,
  startProgram,
} from './world.js';

// Several at once: two nights, readers during a night, and a signal in the middle.

const share = Number(process.env.FAULTS_SHARE ?? 1);
const night = ['nightly', '--as-of', dawn.toISOString()];
let base: string;
let after: string;
let place: Place;

beforeAll(async () => {
  const world = await openWorld(60);
  base = makeFolder();
  place = { folder: base, environment: world.environment };
  await mustRun(['register', '--known', world.writeParcels(base, dawn), '--as-of', eve.toISOString()], place);
  await mustRun(['nightly', '--as-of', eve.toISOString()], place);
  world.sandbox.setNow(dawn);
  after = copyFolder(base);
  await mustRun(night, { ...place, folder: after });
});

it('lets one of two runs in, and the other end with 6', async () => {
  const pairs = Math.ceil(100 * share);
  const waiting: (() => void)[] = [];
  let isOpen = false;
  const api = await openApi((number, response) => {
    const answer = () => sendJson(response, makeTimeline(number, [['2026-11-01T10:00:00Z', 'accepted']]));
    if (isOpen) answer();
    else waiting.push(answer);
  });
  const bad: string[] = [];
  const folder = makeFolder();
  const both = { folder, environment: api.environment };
  writeFileSync(join(folder, 'parcels.csv'), 'tracking_number,carrier_code\nA1,postnl\n');
  await mustRun(['register', '--known', 'parcels.csv', '--as-of', eve.toISOString()], both);
  for (let pair = 0; pair < pairs; pair++) {
    isOpen = false;
    // Every third time over the lock of a run that died.
    if (pair % 3 === 0) {
      const gone = {
        pid: 999_999_999,
        host: (await import('node:os')).hostname(),
        startedAt: '',
        command: 'x',
        processStart: '1',
      };
      writeFileSync(join(folder, 'data', 'warehouse.duckdb.lock'), JSON.stringify(gone));
    }
    const at = new Date(eve.getTime() + (pair + 1) * 86_400_000).toISOString();
    const command = pair % 10 === 0 ? 'nightly' : 'extract';
    const ends = [0, 1].map(() => runProgram([command, '--as-of', at], both));
    // Nobody is answered before one of them has ended: they do overlap.
    const first = await Promise.race(ends);
    isOpen = true;
    for (const answer of waiting.splice(0)) answer();
    const codes = (await Promise.all(ends)).map(({ code }) => code).sort();
    if (first.code !== 6 || !/another run holds the warehouse/.test(first.err) || codes.join() !== '0,6')
      bad.push(`${command}: ${codes.join()} ${first.err}`);
  }
  noteFigure({
    part: '2',
    what: 'two runs started at once: one runs, the other ends with 6',
    tried: pairs,
    bad: bad.length,
    reach: 'every tenth a whole night, every third over the lock of a dead run',
  });
  expect(bad).toEqual([]);
});

it('lets anybody read during a night', async () => {
  const folder = copyFolder(base);
  const bad: string[] = [];
  let looks = 0;
  const { child, ended } = startProgram(night, { ...place, folder });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const readers = [
    ['sql', 'select count(*) from parcels'],
    ['status'],
    ['report'],
    ['explain', 'nothing'],
    ['export', 'out', '--overwrite'],
  ];
  for (let turn = 0; isRunning() || turn < readers.length; turn++) {
    const argv = readers[turn % readers.length] ?? [];
    const { code, err } = await runProgram(argv, { ...place, folder });
    looks += 1;
    const expected = argv[0] === 'explain' ? 2 : 0;
    if (code !== expected) bad.push(`${argv.join(' ')}: ${code} ${err}`);
  }
  const { code, err } = await ended;
  if (code !== 0) bad.push(`the night: ${code} ${err}`);
  bad.push(...(await findTorn(folder)));
  noteFigure({
    part: '2',
    what: 'sql, status, report, explain and export while a night runs',
    tried: looks,
    bad: bad.length,
    reach: 'one night, one after the other',
  });
  expect(bad).toEqual([]);
});

it('shows a reader one snapshot or the other, whole', async () => {
  const folder = copyFolder(base);
  const opens = Math.ceil(1000 * share);
  const bad: string[] = [];
  const count = async (path: string) => {
    const reader = await openReader(path);
    try {
      const [row] = await reader.all<{ sizes: string }>(
        `select concat_ws(' ', (select count(*) from parcels), (select count(*) from events), (select as_of from run_parameters)) as sizes`,
      );
      return row?.sizes ?? '';
    } finally {
      reader.close();
    }
  };
  const allowed = [await count(publishedFile(base)), await count(publishedFile(after))];
  let done = 0;
  let publishes = 0;
  const publishing = async () => {
    await mustRun(night, { ...place, folder });
    while (done < opens || publishes < 5) {
      await mustRun(['publish'], { ...place, folder });
      publishes += 1;
    }
  };
  const reading = async () => {
    while (done < opens || publishes < 5) {
      done += 1;
      const seen = await count(publishedFile(folder)).catch((error) => `failed: ${error}`);
      if (!allowed.includes(seen)) bad.push(seen);
    }
  };
  await Promise.all([publishing(), reading()]);
  noteFigure({
    part: '2',
    what: 'opens of the published file while it is published again and again',
    tried: done,
    bad: bad.length,
    reach: `a night and ${publishes} publishes`,
  });
  expect(bad).toEqual([]);
});

it('ends within 10 s of a signal and resumes exactly', async () => {
  const tries = Math.ceil(Number(process.env.FAULTS_SIGNALS ?? 200) * share);
  const whole = copyFolder(base);
  const { ms } = await mustRun(night, { ...place, folder: whole });
  rmSync(whole, { recursive: true, force: true });
  const wanted = { tables: await digestTables(publishedFile(after)), landed: await digestLanded(after) };
  const bad: string[] = [];
  let tried = 0;
  let slowestMs = 0;
  const tryOne = async (index: number) => {
    const folder = copyFolder(base);
    const name = index % 2 === 0 ? 'SIGTERM' : 'SIGINT';
    const { child, ended } = startProgram(night, { ...place, folder });
    let sentMs = 0;
    const timer = setTimeout(
      () => {
        sentMs = performance.now();
        child.kill(name);
      },
      (((index % tries) + Math.random()) / tries) * ms,
    );
    const { code, signal, err } = await ended;
    clearTimeout(timer);
    if (sentMs > 0) {
      tried += 1;
      const tookMs = performance.now() - sentMs;
      slowestMs = Math.max(slowestMs, tookMs);
      const right = name === 'SIGTERM' ? 143 : 130;
      const isSame = async () =>
        JSON.stringify(wanted) ===
        JSON.stringify({
          tables: await digestTables(publishedFile(folder)),
          landed: await digestLanded(folder),
        });
      // Before it listens, and once it is done, the signal itself ends the process: the same for a shell. A night that was whole by
      // then may also say so.
      const isEnded = code === right || signal === name || (code === 0 && (await isSame()));
      if (!isEnded) bad.push(`${name}: ended with ${code ?? signal}: ${err}`);
      if (tookMs > 10_000) bad.push(`${name}: took ${Math.round(tookMs)} ms`);
      bad.push(...(await findTorn(folder)));
      const next = await runProgram(night, { ...place, folder });
      if (next.code !== 0) bad.push(`the next night: ${next.code} ${next.err}`);
      else if (!(await isSame())) bad.push(`${name}: other marts`);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  for (let index = 0; tried < tries; index += 2) await Promise.all([tryOne(index), tryOne(index + 1)]);
  noteFigure({
    part: '2',
    what: 'SIGTERM or SIGINT during a night; then the next night',
    tried,
    bad: bad.length,
    reach: `random instants; the slowest ended after ${(slowestMs / 1000).toFixed(1)} s`,
  });
  expect(bad).toEqual([]);
});
