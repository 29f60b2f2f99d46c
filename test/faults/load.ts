import { once } from 'node:events';
import { createWriteStream, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createGzip } from 'node:zlib';
import { expect, it } from 'vitest';
import { startSandbox } from '../../pipelines/sandbox/server.js';
import { simulateParcels } from '../../pipelines/sandbox/simulate.js';
import { openWarehouse } from '../../pipelines/store/warehouse.js';
import { askFile, makeTimeline, openLanding } from '../pipelines/extract/harness.js';
import { createFastClient, pollDue } from '../pipelines/extract/night.js';
import { createQuietClock } from '../pipelines/extract/quiet-clock.js';
import { openApi, sendJson } from './api.js';
import { noteFigure } from './figures.js';
import { dawn, makeFolder, type Place, programPath, runProgram } from './world.js';

// What a large merchant would put on it: more than a million parcels, so that their events are ten million. Not part of any test run: FAULTS_LOAD=1 npm run test:faults -- load

const parcels = Number(process.env.LOAD_PARCELS ?? 1_360_000);
const requests = Number(process.env.LOAD_REQUESTS ?? 360_000);
const number = (value: number) => value.toLocaleString('en');

/** The program, saying at its end how much memory it took. */
function writeMeasured(): string {
  const path = join(programPath(), '..', 'measured.mjs');
  writeFileSync(
    path,
    `import { main } from ${JSON.stringify(pathToFileURL(programPath()).href)};
     const code = await main(process.argv.slice(2));
     process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS + ' kB\\n', () => process.exit(code));`,
  );
  return path;
}

async function measure(argv: readonly string[], place: Place) {
  const ended = await runProgram(argv, { ...place, program: writeMeasured() });
  const peakMb = Math.round(Number(/peak (\d+) kB/.exec(ended.err)?.[1] ?? 0) / 1024);
  return { ...ended, peakMb, seconds: Math.round(ended.ms / 1000) };
}

function sizeMb(folder: string): number {
  const bytes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  return Math.round(bytes / 1e6);
}

async function writeArchive(path: string): Promise<number> {
  const source = simulateParcels({ seed: 5, count: parcels, now: dawn });
  const packed = createGzip({ level: 1 });
  const file = createWriteStream(path);
  packed.pipe(file);
  let events = 0;
  let lines: string[] = [];
  const flush = async () => {
    if (!packed.write(lines.join(''))) await once(packed, 'drain');
    lines = [];
  };
  const observed_at = dawn.toISOString();
  for (const { trackingNumber } of source.list(dawn)) {
    const response = source.find(trackingNumber, dawn) as { events: unknown[] } | null;
    if (response === null) continue;
    events += response.events.length;
    lines.push(`${JSON.stringify({ observed_at, response })}\n`);
    if (lines.length === 500) await flush();
  }
  await flush();
  packed.end();
  await once(file, 'close');
  return events;
}

it('takes a million parcels', async () => {
  const folder = makeFolder();
  const place = {
    folder,
    environment: { PARCELMETRICS_THREADS: '2', PARCELMETRICS_MEMORY_LIMIT: process.env.LOAD_MEMORY ?? '1GB' },
  };
  const archive = join(folder, 'archive.ndjson.gz');
  const events = await writeArchive(archive);
  const archiveMb = sizeMb(folder);
  const bad: string[] = [];
  const clock = ['--as-of', dawn.toISOString()];
  for (const argv of [
    ['import', archive, ...clock],
    ['build', ...clock],
    ['build', ...clock],
    ['publish', ...clock],
    ['report', ...clock],
  ]) {
    const { code, err, seconds, peakMb } = await measure(argv, place);
    if (code !== 0) bad.push(`${argv[0]}: ${code} ${err.slice(-500)}`);
    noteFigure({
      part: '7',
      what: `${argv[0]} of ${number(parcels)} parcels, ${number(events)} events`,
      tried: 1,
      bad: code === 0 ? 0 : 1,
      reach: `${seconds} s, ${peakMb} MB at its peak, ${number(sizeMb(folder) - archiveMb)} MB on disk`,
    });
    process.stderr.write(`${argv[0]} ${code} ${seconds} s ${peakMb} MB; ${sizeMb(folder)} MB\n`);
    if (code !== 0) break;
  }
  rmSync(folder, { recursive: true, force: true });
  expect(bad).toEqual([]);
}, 7_200_000);

it('cuts an extract of a million off at 50,000 requests', async () => {
  const folder = makeFolder();
  const path = join(folder, 'data', 'warehouse.duckdb');
  const warehouse = await openWarehouse({ path, memoryLimit: '1GB', threads: 2, command: 'test' });
  await warehouse.connection.run(
    `insert into registry
       (tracking_number, carrier_code, registered_at, origin, state, phase, not_found_count, failure_count)
     select concat('3S', lpad(range::varchar, 9, '0')), 'postnl', timestamp '2026-03-01', 'known', 'active', 'new', 0, 0
     from range($1::bigint)`,
    [parcels],
  );
  await warehouse.close();
  const api = await openApi((asked, response) =>
    sendJson(response, makeTimeline(asked, [['2026-11-01T10:00:00Z', 'accepted']])),
  );
  const most = Math.min(50_000, parcels >> 1);
  const { code, err, seconds, peakMb } = await measure(
    ['extract', '--max-requests', String(most), '--as-of', dawn.toISOString()],
    { folder, environment: api.environment },
  );
  const polls = Number(await askFile(path, 'select count(*) from landed_polls'));
  noteFigure({
    part: '7',
    what: `extract from a registry of ${number(parcels)}, cut off at ${number(most)} requests`,
    tried: api.requests(),
    bad: Math.abs(api.requests() - most) + Math.abs(polls - most),
    reach: `${seconds} s, ${peakMb} MB at its peak; exit code 3`,
  });
  expect({ code, sent: api.requests(), polls }, err).toEqual({ code: 3, sent: most, polls: most });
}, 3_600_000);

it('spreads a night of 360,000 requests over ten hours', async () => {
  const clock = createQuietClock(Date.parse('2026-11-03T00:00:00Z'));
  const sandbox = await startSandbox({
    source: { find: (asked) => makeTimeline(asked, [['2026-11-01T10:00:00Z', 'accepted']]), list: () => [] },
    now: dawn,
    clock: clock.now,
    limits: { getPerMinute: 1000, retryAfter: true },
  });
  const connection = await openLanding();
  await connection.run(
    "insert into runs (run_id, command, clock_at, started_at) values ('run', 'extract', now(), now())",
  );
  await connection.run(
    `insert into registry
       (tracking_number, carrier_code, registered_at, origin, state, phase, not_found_count, failure_count)
     select concat('3S', lpad(range::varchar, 9, '0')), 'postnl', timestamp '2026-03-01', 'known', 'active', 'new', 0, 0
     from range($1::bigint)`,
    [requests],
  );
  let done = 0;
  const startMs = clock.now();
  const client = createFastClient(sandbox, {
    ratePerMinute: 600,
    concurrency: 8,
    now: clock.now,
    sleep: clock.sleep,
    onRequest: () => {
      done += 1;
    },
  });
  const extracted = await clock.run(
    pollDue(connection, sandbox, { at: dawn, client, concurrency: 8 }),
    () => client.counters.requests === done,
  );
  const hours = (clock.now() - startMs) / 3_600_000;
  const { largestIn60s, byStatus } = sandbox.stats();
  await sandbox.close();
  noteFigure({
    part: '7',
    what: `a night of ${number(requests)} requests at 600 a minute, in virtual time`,
    tried: requests,
    bad: requests - extracted.timelines,
    reach: `${hours.toFixed(2)} h; at most ${largestIn60s} in any minute; answers ${JSON.stringify(byStatus)}`,
  });
  expect(extracted).toMatchObject({ timelines: requests, failed: 0 });
  expect(largestIn60s).toBeLessThanOrEqual(1000);
}, 3_600_000);
