// One piece of work in a process of its own: `node tasks.mjs NAME JSON` prints what it took as JSON.
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';
import { Pool } from 'undici';
import { nextNight, now, writeBodies, writeNight } from './generate.mjs';

// The program's default for up to a million parcels.
const memoryLimit = '800MB';
const threads = 2;
const concurrency = 16;

const open = async (path) => {
  const { openWarehouse } = await import('../dist/pipelines/store/warehouse.js');
  return openWarehouse({ path, memoryLimit, threads, command: 'bench' });
};

async function openBare(path) {
  const instance = await DuckDBInstance.create(path, { memory_limit: memoryLimit, threads: String(threads) });
  return { instance, connection: await instance.connect() };
}

function closeBare({ instance, connection }) {
  connection.closeSync();
  instance.closeSync();
}

/** The memory and threads that the program would give the database by itself. */
async function allowForSize(connection) {
  const { defaultMemoryLimit, defaultThreads, totalMemoryBytes } = await import(
    '../dist/pipelines/config/limits.js'
  );
  const reader = await connection.runAndReadAll('select count(*) from registry');
  const count = Number(reader.getRows()[0][0]);
  await connection.run(`set memory_limit = '${defaultMemoryLimit(totalMemoryBytes(), count)}'`);
  await connection.run(`set threads = ${defaultThreads(threads, count)}`);
}

const readTables = async () => (await import('../dist/queries/models.js')).publicTables;

/** `access` is remakeMarts or readMarts. */
async function inMarts(access, { warehouse, marts }, work, start) {
  const { [access]: withMarts } = await import('../dist/pipelines/store/marts.js');
  const { connection, close } = await open(warehouse);
  await allowForSize(connection);
  start();
  const result = await withMarts(connection, marts, () => work(connection));
  await close();
  return result;
}

const tasks = {
  generate: async ({ path, count }) => ({ bytes: await writeBodies(path, count) }),
  generateNight: async ({ path, bodies }) => ({ bytes: await writeNight(path, bodies) }),

  import: async ({ file, warehouse }, start) => {
    const { importFiles } = await import('../dist/pipelines/extract/import.js');
    const { connection, close } = await open(warehouse);
    start();
    const options = { files: [file], runId: 'bench', clock: () => now, keepSourceId: false };
    const { polls, events } = await importFiles(connection, options);
    await close();
    return { polls, events };
  },

  appendText: async ({ file, database }, start) => {
    const bare = await openBare(database);
    await bare.connection.run('create table bodies (body varchar)');
    start();
    let rows = 0;
    let appender = await bare.connection.createAppender('bodies');
    for await (const line of createInterface({ input: createReadStream(file) })) {
      appender.appendVarchar(line);
      appender.endRow();
      rows += 1;
      if (rows % 20_000 > 0) continue;
      appender.closeSync();
      appender = await bare.connection.createAppender('bodies');
    }
    appender.closeSync();
    await bare.connection.run('checkpoint');
    closeBare(bare);
    return { rows };
  },

  build: async (options, start) => {
    const { build } = await import('../dist/queries/build.js');
    const asOf = options.isNight ? nextNight : now;
    const built = await inMarts(
      'remakeMarts',
      options,
      (connection) => build(connection, { asOf, days: 90 }),
      start,
    );
    const dearest = built.models.toSorted((one, other) => other.seconds - one.seconds).slice(0, 6);
    const failures = built.checks.flatMap(({ failures }) => failures.map(({ problem }) => problem));
    return { isFull: built.isFull, changedCount: built.changedCount, dearest, failures };
  },

  groupOnce: async ({ warehouse, database }, start) => {
    const bare = await openBare(warehouse);
    await bare.connection.run(`attach '${database}' as made`);
    start();
    const select = readFileSync(new URL('./hand-written.sql', import.meta.url), 'utf8');
    await bare.connection.run(`create table made.parcels as ${select}`);
    await bare.connection.run('checkpoint made');
    closeBare(bare);
    return {};
  },

  publish: async (options, start) => {
    const { publish } = await import('../dist/pipelines/store/publish.js');
    const { writeComments } = await import('../dist/queries/dictionary.js');
    const tables = await readTables();
    const work = (connection) =>
      publish(connection, { published: options.published, runId: 'bench', tables, writeComments });
    await inMarts('readMarts', options, work, start);
    return {};
  },

  copyTables: async ({ marts, folder }, start) => {
    const bare = await openBare(marts);
    start();
    await bare.connection.run(`attach '${folder}/copy.duckdb' as copied (storage_version 'v1.2.0')`);
    for (const table of await readTables()) {
      await bare.connection.run(`create table copied.${table} as select * from ${table}`);
      await bare.connection.run(
        `copy ${table} to '${folder}/${table}.parquet' (format parquet, compression zstd)`,
      );
    }
    await bare.connection.run('checkpoint copied');
    closeBare(bare);
    return {};
  },

  serve: async ({ count, at = now, until = now }) => {
    const { startSandbox } = await import('../dist/pipelines/sandbox/server.js');
    const { simulateParcels } = await import('../dist/pipelines/sandbox/simulate.js');
    const source = simulateParcels({ seed: 8, count, now: new Date(until), days: 60 });
    const { url, publicKey, secretKey, stats } = await startSandbox({ source, now: new Date(at) });
    const parcels = [...source.list(new Date(at))];
    process.stdout.write(`${JSON.stringify({ url, publicKey, secretKey, parcels })}\n`);
    for await (const _ of createInterface({ input: process.stdin })) {
      process.stdout.write(`${JSON.stringify({ requests: stats().requests })}\n`);
    }
    process.exit(0);
  },

  register: async ({ warehouse, file }) => {
    const { registerFile } = await import('../dist/pipelines/extract/register.js');
    const { connection, close } = await open(warehouse);
    const { signal } = new AbortController();
    const { added } = await registerFile(connection, {
      file,
      runId: 'bench',
      clock: () => now,
      client: null,
      signal,
    });
    await close();
    return { added };
  },

  extract: async ({ warehouse, url, publicKey, secretKey }, start) => {
    const { createClient } = await import('../dist/pipelines/sendcloud/client.js');
    const { makePlan } = await import('../dist/pipelines/extract/plan.js');
    const { extract } = await import('../dist/pipelines/extract/extract.js');
    const { connection, close } = await open(warehouse);
    const ratePerMinute = 1_000_000;
    const client = createClient({
      baseUrl: url,
      auth: 'basic',
      publicKey,
      secretKey,
      ratePerMinute,
      concurrency,
    });
    const { due } = await makePlan(connection, { startAt: now, seedsFolder: null });
    start();
    const extracted = await extract(connection, {
      runId: 'bench',
      client,
      clock: () => now,
      observe: () => now.getTime(),
      count: due,
      concurrency,
      signal: new AbortController().signal,
    });
    await client.close();
    await close();
    return { timelines: extracted.timelines };
  },

  fetchBare: async ({ url, publicKey, secretKey, list }, start) => {
    const { origin, pathname } = new URL(url);
    const pool = new Pool(origin, { connections: concurrency });
    const authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;
    const numbers = readFileSync(list, 'utf8')
      .split('\n')
      .slice(1)
      .filter(Boolean)
      .map((line) => line.split(',')[0]);
    start();
    let timelines = 0;
    const work = async () => {
      for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
        const path = `${pathname}/parcels/tracking/${encodeURIComponent(number)}`;
        const { body } = await pool.request({ path, method: 'GET', headers: { authorization } });
        await body.json();
        timelines += 1;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    await pool.close();
    return { timelines };
  },

  report: async ({ snapshot, outDir }, start) => {
    const { writeReport } = await import('../dist/reports/report.js');
    start();
    const { pages } = await writeReport({ snapshotPath: snapshot, outDir });
    return { pages: pages.length };
  },

  recordSpecs: async ({ snapshot, outDir, specs }) => {
    register('./record-specs.mjs', import.meta.url);
    const { recorded } = await import('./recorded-specs.mjs');
    const { writeReport } = await import('../dist/reports/report.js');
    await writeReport({ snapshotPath: snapshot, outDir });
    writeFileSync(specs, JSON.stringify(recorded));
    return { charts: recorded.length };
  },

  renderSpecs: async ({ specs }, start) => {
    const [vega, { compileSpec }] = await Promise.all([
      import('vega'),
      import('../dist/reports/drawing/compile.js'),
    ]);
    const recorded = JSON.parse(readFileSync(specs, 'utf8'));
    start();
    for (const { spec, options } of recorded) {
      const view = new vega.View(vega.parse(compileSpec(spec, options)), { renderer: 'none' });
      await view.toSVG();
      view.finalize();
    }
    return { charts: recorded.length };
  },
};

const [name, json] = process.argv.slice(2);
let startedMs = performance.now();
let startedCpu = process.cpuUsage();
const start = () => {
  startedMs = performance.now();
  startedCpu = process.cpuUsage();
};
const result = await tasks[name](JSON.parse(json), start);
const { user, system } = process.cpuUsage(startedCpu);
const took = {
  seconds: (performance.now() - startedMs) / 1000,
  cpuSeconds: (user + system) / 1e6,
  peakMb: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify({ ...took, ...result })}\n`, () => process.exit(0));
