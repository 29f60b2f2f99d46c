// npm run bench:nights: sixty nights in the sandbox's virtual time. What each parcel costs in requests, by our plan and by two simpler
// ones; whether they end with the same events; and the most requests that the server saw in any 60 seconds, with and without faults.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { extract } from '../dist/pipelines/extract/extract.js';
import { closeParcels, makePlan } from '../dist/pipelines/extract/plan.js';
import { registerFile } from '../dist/pipelines/extract/register.js';
import { toCsv } from '../dist/pipelines/first-steps/sandbox.js';
import { createRandom } from '../dist/pipelines/sandbox/random.js';
import { startSandbox } from '../dist/pipelines/sandbox/server.js';
import { simulateParcels } from '../dist/pipelines/sandbox/simulate.js';
import { createClient } from '../dist/pipelines/sendcloud/client.js';
import { startRun } from '../dist/pipelines/store/runs.js';
import { openWarehouse } from '../dist/pipelines/store/warehouse.js';
import { drawTable } from './table.mjs';

const { values: flags } = parseArgs({
  options: {
    parcels: { type: 'string', default: '5000' },
    nights: { type: 'string', default: '60' },
    rate: { type: 'string', default: '1200' },
    // Of a process that runs one of the policies for another.
    policy: { type: 'string' },
    folder: { type: 'string' },
  },
});
const parcelCount = Number(flags.parcels);
const nightCount = Number(flags.nights);
const ratePerMinute = Number(flags.rate);
const arrivalDays = 30;
const dayMs = 86_400_000;
const firstMidnight = Date.parse('2026-03-01T00:00:00Z');
const folder = flags.folder ?? mkdtempSync(join(tmpdir(), 'parcelmetrics-nights-'));
const signal = new AbortController().signal;

const say = (text) => process.stderr.write(`${text}\n`);
const print = (text) => process.stdout.write(`${text}\n`);

const createFor = (sandbox, more = {}) =>
  createClient({
    baseUrl: sandbox.url,
    auth: 'basic',
    publicKey: sandbox.publicKey,
    secretKey: sandbox.secretKey,
    ratePerMinute: 1_000_000,
    concurrency: 16,
    ...more,
  });

async function readNumber(connection, sql) {
  return Number((await connection.runAndReadAll(sql)).getRows()[0]?.[0] ?? 0);
}

/** Who is polled in a night, as the plan's temporary table. */
const planSome = (where) => async (connection) => {
  await connection.run(
    `create or replace temp table plan as
     select row_number() over (order by tracking_number) as place, tracking_number from registry where ${where}`,
  );
  return readNumber(connection, 'select count(*) from temp.plan');
};

const policies = {
  'our plan': async (connection, startAt) => {
    await closeParcels(connection, { startAt, seedsFolder: null });
    return (await makePlan(connection, { startAt, seedsFolder: null })).due;
  },
  'every open parcel nightly': planSome("phase not in ('delivered', 'returned', 'lost', 'cancelled')"),
  'every parcel nightly': planSome('true'),
};

/** Sixty nights by one policy; the starts jitter by up to 20 minutes either way. */
async function runNights(name, source) {
  const random = createRandom(60);
  const path = join(folder, `${name.replaceAll(' ', '-')}.duckdb`);
  const warehouse = await openWarehouse({ path, memoryLimit: '1GB', threads: 2, command: 'bench' });
  const { connection } = warehouse;
  const sandbox = await startSandbox({ source, now: new Date(firstMidnight) });
  const client = createFor(sandbox);
  const file = join(folder, `${name}.csv`);
  const startedMs = Date.now();
  for (let night = 1; night <= nightCount; night += 1) {
    const at = new Date(firstMidnight + night * dayMs + (4 + (random() - 0.5) * 0.66) * 3_600_000);
    const clock = () => at;
    sandbox.setNow(at);
    const runId = await startRun(connection, { command: 'bench', clock });
    writeFileSync(file, toCsv(source.list(at)));
    await registerFile(connection, { file, runId, clock, client: null, signal });
    const count = await policies[name](connection, at);
    const observe = () => at.getTime();
    await extract(connection, {
      runId,
      client,
      clock,
      observe,
      count,
      concurrency: 16,
      signal,
      batchSize: 2000,
    });
    if (night % 10 === 0)
      say(`${name}: night ${night}, ${client.counters.requests} requests, ${Date.now() - startedMs} ms`);
  }
  const { requests, perTrackingNumber } = sandbox.stats();
  const phases = await connection.runAndReadAll(
    `select phase, count(*) as parcels from registry where state = 'active' group by phase order by parcels desc, phase`,
  );
  const open = phases.getRows().map(([phase, parcels]) => `${parcels} ${phase}`);
  await client.close();
  await sandbox.close();
  await warehouse.close();
  const counts = Object.values(perTrackingNumber).sort((a, b) => a - b);
  const middle = counts[counts.length >> 1];
  return {
    name,
    path,
    requests,
    middle,
    most: counts.at(-1),
    open,
    seconds: (Date.now() - startedMs) / 1000,
  };
}

/** What a warehouse lacks of the events that another has, and has beyond them; the parcels that lack some, by phase. */
async function compareEvents(ours, theirs) {
  const warehouse = await openWarehouse({
    path: ours.path,
    memoryLimit: '1GB',
    threads: 2,
    command: 'bench',
  });
  const { connection } = warehouse;
  await connection.run(`attach '${theirs.path}' as theirs (read_only)`);
  const columns = 'tracking_number, event_at, event_type, status_code, sub_status_code, status_type';
  const lacking = `select ${columns} from theirs.landed_events except select ${columns} from landed_events`;
  const more = `select ${columns} from landed_events except select ${columns} from theirs.landed_events`;
  const all = await readNumber(connection, 'select count(*) from theirs.landed_events');
  const missing = await readNumber(connection, `select count(*) from (${lacking})`);
  const extra = await readNumber(connection, `select count(*) from (${more})`);
  const phases = await connection.runAndReadAll(
    `select registry.state, registry.phase, count(*) as events from (${lacking}) as lacking
     inner join registry using (tracking_number) group by all order by events desc`,
  );
  await warehouse.close();
  return {
    all,
    missing,
    extra,
    where: phases
      .getRows()
      .map((row) => row.join(' '))
      .join(', '),
  };
}

const faults = [
  { kind: 'status', status: 500 },
  { kind: 'html' },
  { kind: 'reset' },
  { kind: 'truncate' },
  { kind: 'garbage' },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  { kind: 'hang' },
];

/** Polls in real time at the configured rate; a tenth of the requests meets a fault if wished. */
async function measureRate(source, isFaulty) {
  const path = join(folder, `rate-${isFaulty}.duckdb`);
  const warehouse = await openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'bench' });
  const { connection } = warehouse;
  const random = createRandom(7);
  const injected = { count: 0 };
  const choose = () => {
    if (!isFaulty || random() >= 0.1) return null;
    injected.count += 1;
    return faults[Math.floor(random() * faults.length)];
  };
  const at = new Date(firstMidnight + nightCount * dayMs);
  const sandbox = await startSandbox({ source, now: at, faults: choose });
  const client = createFor(sandbox, { ratePerMinute, concurrency: 8, attemptTimeoutMs: 2000 });
  const parcels = [...source.list(at)].slice(0, Math.floor(ratePerMinute * 1.3));
  const file = join(folder, `rate-${isFaulty}.csv`);
  writeFileSync(file, toCsv(parcels));
  const clock = () => at;
  const runId = await startRun(connection, { command: 'bench', clock });
  await registerFile(connection, { file, runId, clock, client: null, signal });
  const { due } = await makePlan(connection, { startAt: at, seedsFolder: null });
  const observe = (receivedAtMs) => receivedAtMs;
  const extracted = await extract(connection, {
    runId,
    client,
    clock,
    observe,
    count: due,
    concurrency: 8,
    signal,
  });
  const stats = sandbox.stats();
  await client.close();
  await sandbox.close();
  await warehouse.close();
  return { ...stats, polled: parcels.length, injected: injected.count, timelines: extracted.timelines };
}

const source = simulateParcels({
  seed: 60,
  count: parcelCount,
  now: new Date(firstMidnight + arrivalDays * dayMs),
  days: arrivalDays,
});

/** A process for each policy: one alone would keep but one core busy. */
async function runApart(policy) {
  const child = fork(import.meta.filename, [
    ...process.argv.slice(2),
    '--folder',
    folder,
    '--policy',
    policy,
  ]);
  const [result] = await once(child, 'message');
  return result;
}

async function compareAll() {
  const runs = await Promise.all(Object.keys(policies).map(runApart));
  const [ours, open, every] = runs;
  const table = [['polling', 'requests', 'a parcel', 'median', 'most', 'events lacking', 's']];
  const lacking = new Map();
  for (const run of [ours, open]) lacking.set(run, await compareEvents(run, every));
  for (const run of runs) {
    const { name, requests, middle, most, seconds } = run;
    const events = lacking.get(run)?.missing ?? 0;
    table.push([
      name,
      requests,
      (requests / parcelCount).toFixed(2),
      middle,
      most,
      events,
      seconds.toFixed(0),
    ]);
  }
  const { all, extra, where } = lacking.get(ours);
  print(`${parcelCount} parcels arriving over ${arrivalDays} days, ${nightCount} nights, ${all} events:`);
  print(drawTable(table));
  print(
    `our plan has ${extra} events that polling every parcel has not; what it lacks: ${where || 'nothing'}`,
  );
  print(`still polled by our plan: ${ours.open.join(', ')}`);
  print(`what polling open parcels lacks: ${lacking.get(open).where || 'nothing'}`);

  const rates = await Promise.all([measureRate(source, false), measureRate(source, true)]);
  const rateTable = [
    [
      `at ${ratePerMinute} a minute`,
      'parcels',
      'landed',
      'requests',
      'faults',
      'beyond faults, a parcel',
      'most in any 60 s',
    ],
  ];
  for (const [index, rate] of rates.entries()) {
    const beyond = ((rate.requests - rate.injected) / rate.polled).toFixed(3);
    const name = index === 0 ? 'without faults' : 'with faults';
    rateTable.push([
      name,
      rate.polled,
      rate.timelines,
      rate.requests,
      rate.injected,
      beyond,
      rate.largestIn60s,
    ]);
  }
  print(drawTable(rateTable));
}

if (flags.policy !== undefined) {
  process.send(await runNights(flags.policy, source), () => process.exit());
} else {
  try {
    await compareAll();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
