// npm run bench:nights: sixty nights in the sandbox's virtual time. What each parcel costs in requests, by our plan without the list of
// shipments, with one whose updated_at follows each event, some, or the label alone, and by two simpler plans; what each night lacks of
// the events of trusted parcels that its list was there to show; how long events take to land; whether all end with the same events; and the most requests that the server saw in any 60 seconds, with and without faults.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { extract } from '../dist/pipelines/extract/extract.js';
import { noteChecks, readListBase } from '../dist/pipelines/extract/hints.js';
import { syncShipments } from '../dist/pipelines/extract/list-of-shipments.js';
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
    // Policies to leave out, by name, with commas; without 'every parcel nightly' nothing is compared with all events that there were.
    skip: { type: 'string', default: '' },
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
  return { due: await readNumber(connection, 'select count(*) from temp.plan'), hints: null };
};

const ourPlan = async (connection, startAt) => {
  await closeParcels(connection, { startAt, seedsFolder: null });
  const { due, hints } = await makePlan(connection, { startAt, seedsFolder: null });
  await noteChecks(connection, startAt);
  return { due, hints };
};

/** How the sandbox's list moves updated_at, by policy; the others do not ask it. */
const lists = {
  'list follows events': 'events',
  'list follows some': 'some',
  'list follows the label': 'label',
};

const policies = {
  'our plan': ourPlan,
  'list follows events': ourPlan,
  'list follows some': ourPlan,
  'list follows the label': ourPlan,
  'every open parcel nightly': planSome("phase not in ('delivered', 'returned', 'lost', 'cancelled')"),
  'every parcel nightly': planSome('true'),
};

/** Of the trusted parcels that were not asked tonight: events that had happened before the list was read and are not landed. */
async function countLacking(connection, source, at, listedAt) {
  const reader = await connection.runAndReadAll(
    `select tracking_number from temp.still_parcels
     where tracking_number not in (select tracking_number from temp.plan)`,
  );
  const numbers = reader.getRows().map(([number]) => String(number));
  const landed = await connection.runAndReadAll(
    `select tracking_number, count(*) from landed_events
     where tracking_number in (select tracking_number from temp.still_parcels) group by tracking_number`,
  );
  const counts = new Map(landed.getRows().map(([number, count]) => [String(number), Number(count)]));
  let lacking = 0;
  for (const number of numbers) {
    const body = source.find(number, at);
    const events = (body?.events ?? []).filter((event) => Date.parse(event.event_at) < listedAt.getTime());
    const distinct = new Set(
      events.map((event) =>
        [
          event.event_at,
          event.event_type,
          event.status_code,
          event.sub_status_code,
          event.status_type,
        ].join(),
      ),
    );
    lacking += Math.max(0, distinct.size - (counts.get(number) ?? 0));
  }
  return { lacking, trusted: numbers.length };
}

const openOnes = `select count(*) from registry
  where state = 'active' and last_polled_at is not null and phase not in ('delivered', 'returned', 'lost', 'cancelled')`;

/** Sixty nights by one policy; the starts jitter by up to 20 minutes either way. */
async function runNights(name, source) {
  const random = createRandom(60);
  const path = join(folder, `${name.replaceAll(' ', '-')}.duckdb`);
  const warehouse = await openWarehouse({ path, memoryLimit: '1GB', threads: 2, command: 'bench' });
  const { connection } = warehouse;
  const updatedAt = lists[name];
  const shipments = updatedAt === undefined ? undefined : { updatedAt, movesPages: true };
  const sandbox = await startSandbox({ source, now: new Date(firstMidnight), shipments });
  const client = createFor(sandbox);
  const list = { pages: 0, lacking: 0, trustedNights: 0, shares: [] };
  const file = join(folder, `${name}.csv`);
  const startedMs = Date.now();
  for (let night = 1; night <= nightCount; night += 1) {
    const at = new Date(firstMidnight + night * dayMs + (4 + (random() - 0.5) * 0.66) * 3_600_000);
    const clock = () => at;
    sandbox.setNow(at);
    const runId = await startRun(connection, { command: 'bench', clock });
    if (shipments === undefined) {
      writeFileSync(file, toCsv(source.list(at)));
      await registerFile(connection, { file, runId, clock, client: null, signal });
    } else {
      const own = { since: null, integrationId: null, brandId: null, keepDays: null };
      const synced = await syncShipments(connection, { runId, client, clock, signal, ...own });
      if (synced.stoppedBy !== null) throw new Error(`the sync stopped: ${synced.stoppedBy}`);
      list.pages += synced.pages;
    }
    const { due: count, hints } = await policies[name](connection, at);
    if (hints?.stands) {
      const open = await readNumber(connection, openOnes);
      const still = await readNumber(
        connection,
        'select count(*) from temp.still_parcels where not has_ended',
      );
      const sample = await readNumber(connection, 'select count(*) from temp.sampled_parcels');
      const fresh = await readNumber(
        connection,
        'select count(*) from temp.plan inner join registry using (tracking_number) where last_polled_at is null',
      );
      list.shares.push({ night, open, still, due: count, beyond: count - sample - fresh });
    }
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
    if (hints?.stands) {
      const { startedAt } = await readListBase(connection);
      list.trustedNights += 1;
      list.lacking += (await countLacking(connection, source, at, startedAt)).lacking;
    }
    if (night % 10 === 0)
      say(`${name}: night ${night}, ${client.counters.requests} requests, ${Date.now() - startedMs} ms`);
  }
  const { requests, perTrackingNumber } = sandbox.stats();
  const phases = await connection.runAndReadAll(
    `select phase, count(*) as parcels from registry where state = 'active' group by phase order by parcels desc, phase`,
  );
  const open = phases.getRows().map(([phase, parcels]) => `${parcels} ${phase}`);
  const lags = await connection.runAndReadAll(
    `select quantile_cont(lag, [0.5, 0.9])::varchar from (
       select (epoch_us(first_seen_at) - epoch_us(event_at)) / 3600000000.0 as lag from landed_events
       where event_at > timestamp '2026-03-01')`,
  );
  const [p50 = 0, p90 = 0] = JSON.parse(String(lags.getRows()[0]?.[0] ?? '[]'));
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
    list,
    lag: `${p50.toFixed(1)}, ${p90.toFixed(1)}`,
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
  const skipped = new Set(flags.skip.split(',').map((name) => name.trim()));
  const names = Object.keys(policies).filter((name) => !skipped.has(name));
  const runs = [];
  // Two processes at a time: as many as there are cores in the machine that measures.
  const work = async () => {
    for (let place = next++; place < names.length; place = next++) runs[place] = await runApart(names[place]);
  };
  let next = 0;
  await Promise.all([work(), work()]);
  const find = (name) => runs.find((run) => run.name === name);
  const [ours, open, every] = ['our plan', 'every open parcel nightly', 'every parcel nightly'].map(find);
  const table = [
    [
      'polling',
      'requests',
      'pages',
      'a parcel',
      'median',
      'most',
      'events lacking',
      'trusted nights',
      'lacking those nights',
      'hours to land, p50, p90',
      's',
    ],
  ];
  const lacking = new Map();
  if (every !== undefined)
    for (const run of runs) if (run !== every) lacking.set(run, await compareEvents(run, every));
  for (const run of runs) {
    const { name, requests, middle, most, seconds, list, lag } = run;
    const events = every === undefined ? '' : (lacking.get(run)?.missing ?? 0);
    table.push([
      name,
      requests,
      list.pages,
      (requests / parcelCount).toFixed(2),
      middle,
      most,
      events,
      list.trustedNights,
      list.lacking,
      lag,
      seconds.toFixed(0),
    ]);
  }
  print(`${parcelCount} parcels arriving over ${arrivalDays} days, ${nightCount} nights:`);
  print(drawTable(table));
  for (const run of [ours, open]) {
    const compared = lacking.get(run);
    if (compared === undefined) continue;
    const { all, extra, where } = compared;
    print(
      `${run.name}: of ${all} events it lacks ${where || 'none'}, and has ${extra} that polling every parcel has not`,
    );
  }
  for (const { name, list } of runs.filter(({ list }) => list.shares.length > 0)) {
    const quiet = list.shares.reduce((least, one) =>
      one.beyond / one.open < least.beyond / least.open ? one : least,
    );
    print(
      `${name}: the quietest trusted night (${quiet.night}) asked ${quiet.beyond} of ${quiet.open} open parcels beside the sample and the new ones`,
    );
  }
  if (ours !== undefined) print(`still polled by our plan: ${ours.open.join(', ')}`);

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
