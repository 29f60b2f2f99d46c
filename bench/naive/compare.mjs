// node bench/naive/compare.mjs [PARCELS]: two nights of the plain script and of parcelmetrics, against the same sandbox.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { toCsv } from '../../dist/pipelines/first-steps/sandbox.js';
import { startSandbox } from '../../dist/pipelines/sandbox/server.js';
import { simulateParcels } from '../../dist/pipelines/sandbox/simulate.js';
import { drawTable } from '../table.mjs';

const count = Number(process.argv[2] ?? 20_000);
const nights = [new Date('2026-06-29T04:00:00Z'), new Date('2026-06-30T04:00:00Z')];
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-naive-'));
const source = simulateParcels({ seed: 8, count, now: nights[1], days: 90 });
const sandbox = await startSandbox({ source, now: nights[0] });
const environment = {
  ...process.env,
  PARCELMETRICS_DATA: join(folder, 'ours'),
  PARCELMETRICS_RATE: '600000/min',
  PARCELMETRICS_CONCURRENCY: '16',
  SENDCLOUD_BASE_URL: sandbox.url,
  SENDCLOUD_TOKEN_URL: sandbox.tokenUrl,
  SENDCLOUD_PUBLIC_KEY: sandbox.publicKey,
  SENDCLOUD_SECRET_KEY: sandbox.secretKey,
  BENCH_PEAK: join(folder, 'peak'),
};
const total = { naive: { seconds: 0, requests: 0, peakMb: 0 }, ours: { seconds: 0, requests: 0, peakMb: 0 } };

async function run(who, args) {
  const [startedMs, earlier] = [performance.now(), sandbox.stats().requests];
  const child = spawn(process.execPath, ['--import', here('./peak.mjs'), ...args], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let trouble = '';
  child.stderr.on('data', (chunk) => {
    trouble += chunk;
  });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0 && exitCode !== 3)
    throw new Error(`${args.join(' ')} ended with ${exitCode}: ${trouble}`);
  total[who].seconds += (performance.now() - startedMs) / 1000;
  total[who].requests += sandbox.stats().requests - earlier;
  total[who].peakMb = Math.max(total[who].peakMb, Number(readFileSync(environment.BENCH_PEAK, 'utf8')));
}

/** How many rows the plain script stored, and how many of them are different. */
async function countRepeats() {
  const instance = await DuckDBInstance.create(join(folder, 'naive', 'shipping.duckdb'), {
    access_mode: 'READ_ONLY',
  });
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    'select count(*), (select count(*) from (select distinct * from events)) from events',
  );
  const [stored, distinct] = reader.getRows()[0].map(Number);
  connection.closeSync();
  instance.closeSync();
  return { stored, distinct };
}

async function readOurs() {
  const instance = await DuckDBInstance.create(join(folder, 'ours', 'published', 'shipping.duckdb'), {
    access_mode: 'READ_ONLY',
  });
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`
    select carrier_code as carrier, transit_p50_hours, on_time_rate, on_time_rate_adj, exception_rate, exception_rate_carrier
    from carrier_performance where period = 'current' and carrier_code <> '*' order by 1`);
  const rows = reader.getRowObjectsJS();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

const show = (value) => (value === null || value === undefined ? '' : Number(value).toPrecision(3));

try {
  const list = join(folder, 'parcels.csv');
  const cli = here('../../dist/pipelines/cli.js');
  for (const night of nights) {
    sandbox.setNow(night);
    writeFileSync(list, toCsv(source.list(night)));
    await run('naive', [here('./naive.mjs'), list, join(folder, 'naive')]);
    const asOf = ['--as-of', night.toISOString()];
    await run('ours', [cli, 'register', '--known', ...asOf, list]);
    await run('ours', [cli, 'nightly', ...asOf]);
  }
  const costs = [['two nights', 'plain script', 'parcelmetrics']];
  for (const [label, key] of [
    ['seconds', 'seconds'],
    ['requests', 'requests'],
    ['peak memory, MB', 'peakMb'],
  ]) {
    costs.push([label, Math.round(total.naive[key]), Math.round(total.ours[key])]);
  }
  const naive = new Map(
    JSON.parse(readFileSync(join(folder, 'naive', 'metrics.json'), 'utf8')).map((row) => [row.carrier, row]),
  );
  const head = [
    'carrier',
    'transit p50: plain',
    'ours',
    'on time: plain',
    'ours',
    'same mix',
    'exceptions: plain',
    'ours',
    "carrier's own",
  ];
  const figures = [head];
  for (const ours of await readOurs()) {
    const plain = naive.get(ours.carrier) ?? {};
    const cells = [
      plain.transit_p50_hours,
      ours.transit_p50_hours,
      plain.on_time_rate,
      ours.on_time_rate,
      ours.on_time_rate_adj,
    ];
    figures.push([
      ours.carrier,
      ...cells.map(show),
      show(plain.exception_rate),
      show(ours.exception_rate),
      show(ours.exception_rate_carrier),
    ]);
  }
  const { stored, distinct } = await countRepeats();
  costs.push(['rows of events, of them distinct', `${stored}, ${distinct}`, 'distinct only']);
  process.stdout.write(`${drawTable(costs)}\n${drawTable(figures)}`);
} finally {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
}
