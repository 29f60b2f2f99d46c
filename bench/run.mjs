// npm run bench [-- --quick | --sizes 100000,1000000 --rounds 5 --folder DIR]: what it costs, how it grows, against what.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { version as duckdbVersion } from '@duckdb/node-api';
import { writeCharts } from './charts.mjs';
import { compare, median, runProgram, runTask, startServer } from './measure.mjs';
import { drawResults, writeTable } from './table.mjs';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    sizes: { type: 'string' },
    rounds: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const sizes = (flags.sizes ?? (flags.quick ? '2000,10000' : '100000,1000000,3000000')).split(',').map(Number);
const rounds = Number(flags.rounds ?? (flags.quick ? 3 : 5));
const polledCount = flags.quick ? 2000 : 10_000;
const folder = mkdtempSync(join(flags.folder, 'parcelmetrics-bench-'));
const rows = [];

const say = (text) => process.stderr.write(`${text}\n`);
const pathOf = (name) => join(folder, name);
const remove = (...names) => {
  for (const name of names) {
    for (const path of [pathOf(name), `${pathOf(name)}.wal`]) rmSync(path, { recursive: true, force: true });
  }
};

/** A line of the table: `value` beside what is to be reached. */
function note(what, against, value, reach, more = {}) {
  rows.push({
    what,
    against,
    value,
    reach,
    isReached: reach.atLeast ? value >= reach.limit : value <= reach.limit,
    ...more,
  });
  say(`  ${what}: ${value.toPrecision(3)} (reach ${reach.limit})`);
}

const ofTimes = ({ seconds, theirSeconds, cpuRatio }) => ({ seconds, theirSeconds, cpuRatio });
const atMost = (limit, unit = 'times') => ({ limit, unit, atLeast: false });
const atLeast = (limit) => ({ limit, unit: 'times', atLeast: true });

async function compareImport() {
  const result = await compare(
    rounds,
    async () => {
      remove('warehouse.duckdb');
      return runTask('import', { file: pathOf('bodies'), warehouse: pathOf('warehouse.duckdb') });
    },
    async () => {
      remove('bare.duckdb');
      return runTask('appendText', { file: pathOf('bodies'), database: pathOf('bare.duckdb') });
    },
  );
  remove('bare.duckdb');
  note(
    'import of responses',
    'the same bodies appended as bare text',
    result.ratio,
    atMost(1),
    ofTimes(result),
  );
  const bytes = statSync(pathOf('bodies')).size;
  const share = statSync(pathOf('warehouse.duckdb')).size / bytes;
  note('disk: the warehouse', 'bytes of the bodies', share, atMost(0.35), {
    megabytes: (share * bytes) / 1e6,
  });
}

async function compareBuild() {
  const warehouse = pathOf('warehouse.duckdb');
  const result = await compare(
    rounds,
    async () => {
      remove('marts.duckdb');
      return runTask('build', { warehouse, marts: pathOf('marts.duckdb') });
    },
    async () => {
      remove('bare.duckdb');
      return runTask('groupOnce', { warehouse, database: pathOf('bare.duckdb') });
    },
  );
  remove('bare.duckdb');
  note(
    'full build, checks included',
    'one pass that groups the events to parcels',
    result.ratio,
    atMost(18),
    {
      ...ofTimes(result),
      dearest: result.last.ours.dearest,
    },
  );
}

async function compareNight() {
  await runTask('generateNight', { path: pathOf('night'), bodies: pathOf('bodies') });
  copyFileSync(pathOf('warehouse.duckdb'), pathOf('later.duckdb'));
  await runTask('import', { file: pathOf('night'), warehouse: pathOf('later.duckdb') });
  const warehouse = pathOf('later.duckdb');
  const result = await compare(
    rounds,
    async () => {
      remove('night-marts.duckdb');
      copyFileSync(pathOf('marts.duckdb'), pathOf('night-marts.duckdb'));
      const built = await runTask('build', { warehouse, marts: pathOf('night-marts.duckdb'), isNight: true });
      if (built.isFull) throw new Error('the nightly build derived every parcel');
      return built;
    },
    async () => {
      remove('full-marts.duckdb');
      return runTask('build', { warehouse, marts: pathOf('full-marts.duckdb'), isNight: true });
    },
  );
  remove('night', 'later.duckdb', 'night-marts.duckdb', 'full-marts.duckdb');
  note('nightly build, 1 % of parcels changed', 'full build', result.ratio, atMost(0.35), ofTimes(result));
}

async function comparePublishing() {
  const warehouse = pathOf('warehouse.duckdb');
  const marts = pathOf('marts.duckdb');
  const result = await compare(
    rounds,
    async () => {
      remove('published', 'snapshots');
      return runTask('publish', { warehouse, marts, published: pathOf('published') });
    },
    async () => {
      remove('copies');
      mkdirSync(pathOf('copies'));
      return runTask('copyTables', { marts, folder: pathOf('copies') });
    },
  );
  remove('copies');
  note('publish', 'the same tables copied to DuckDB and Parquet', result.ratio, atMost(1.3), ofTimes(result));
}

async function compareReport() {
  const snapshot = join(pathOf('published'), 'shipping.duckdb');
  const [outDir, specs] = [pathOf('report'), pathOf('specs')];
  await runTask('recordSpecs', { snapshot, outDir, specs });
  const result = await compare(
    rounds,
    () => runTask('report', { snapshot, outDir }),
    () => runTask('renderSpecs', { specs }),
  );
  note(
    'report, all pages',
    'the same charts compiled and drawn in a loop',
    result.ratio,
    atMost(1.5),
    ofTimes(result),
  );
  note('memory: report', 'peak of the process', result.peakMb, atMost(400, 'MB'));
}

async function compareExtract() {
  const server = await startServer({ count: polledCount });
  try {
    const { url, publicKey, secretKey, parcels } = server;
    const list = pathOf('parcels.csv');
    const lines = parcels.map(({ trackingNumber, carrierCode }) => `${trackingNumber},${carrierCode}\n`);
    writeFileSync(list, `tracking_number,carrier_code\n${lines.join('')}`);
    await runTask('register', { warehouse: pathOf('registered.duckdb'), file: list });
    const result = await compare(
      rounds,
      async () => {
        remove('polled.duckdb');
        copyFileSync(pathOf('registered.duckdb'), pathOf('polled.duckdb'));
        return runTask('extract', { warehouse: pathOf('polled.duckdb'), url, publicKey, secretKey });
      },
      () => runTask('fetchBare', { url, publicKey, secretKey, list }),
    );
    const perSecond = result.last.ours.timelines / result.seconds;
    note(
      'extract, limits off: its rate',
      'a bare undici loop over the same URLs',
      1 / result.ratio,
      atLeast(0.7),
      {
        ...ofTimes(result),
        perSecond,
      },
    );
    note('memory: extract', 'peak of the process', result.peakMb, atMost(300, 'MB'));
  } finally {
    await server.close();
  }
}

async function compareStart() {
  const cli = fileURLToPath(new URL('../dist/pipelines/cli.js', import.meta.url));
  const pairs = Array.from({ length: rounds * 3 }, () => [
    runProgram([cli, '--help']),
    runProgram(['-e', '0']),
  ]);
  const of = (read) => median(pairs.map(read));
  note(
    'parcelmetrics --help',
    'node -e 0',
    of(([ours, theirs]) => ours.seconds / theirs.seconds),
    atMost(2.5),
    {
      seconds: of(([ours]) => ours.seconds),
      theirSeconds: of(([, theirs]) => theirs.seconds),
    },
  );
}

const importTask = (file, warehouse) => {
  remove(warehouse);
  return runTask('import', { file: pathOf(file), warehouse: pathOf(warehouse) });
};

const buildTask = (warehouse, marts) => {
  remove(marts);
  return runTask('build', { warehouse: pathOf(warehouse), marts: pathOf(marts) });
};

/** Does the work, with the same of the first size before and after it: a machine that slows down meanwhile does so for both. */
async function besideFirst(isFirst, work, workOfFirst) {
  const before = isFirst ? null : await workOfFirst();
  const measured = await work();
  const beside = isFirst ? [measured] : [before, await workOfFirst()];
  const firstCpuSeconds = beside.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / beside.length;
  return { ...measured, firstCpuSeconds };
}

/** Import and full build of one size, once. CPU time: the wall's says more of the neighbours than of us. */
async function measureSize(parcels) {
  const isFirst = parcels === sizes[0];
  say(`${parcels} parcels: generate`);
  const { bytes } = await runTask('generate', { path: pathOf('bodies'), count: parcels });
  if (isFirst) copyFileSync(pathOf('bodies'), pathOf('first-bodies'));
  say(`${parcels} parcels: import`);
  const imported = await besideFirst(
    isFirst,
    () => importTask('bodies', 'warehouse.duckdb'),
    () => importTask('first-bodies', 'first.duckdb'),
  );
  say(`${parcels} parcels: build`);
  const built = await besideFirst(
    isFirst,
    () => buildTask('warehouse.duckdb', 'marts.duckdb'),
    () => buildTask('first.duckdb', 'first-marts.duckdb'),
  );
  for (const failure of built.failures) say(`  a check of the data failed: ${failure}`);
  return {
    parcels,
    events: imported.events,
    bodyMb: bytes / 1e6,
    warehouseMb: statSync(pathOf('warehouse.duckdb')).size / 1e6,
    importSeconds: imported.cpuSeconds,
    importWallSeconds: imported.seconds,
    importPeakMb: imported.peakMb,
    firstImportSeconds: imported.firstCpuSeconds,
    buildSeconds: built.cpuSeconds,
    buildWallSeconds: built.seconds,
    buildPeakMb: built.peakMb,
    firstBuildSeconds: built.firstCpuSeconds,
    dearest: built.dearest,
  };
}

function noteGrowth(growth) {
  const timesLinear = (row, seconds, firstSeconds) =>
    row[seconds] / row[firstSeconds] / (row.parcels / growth[0].parcels);
  for (const [index, row] of growth.entries()) {
    const earlier = growth[index - 1];
    if (earlier === undefined) continue;
    const step = `${earlier.parcels} to ${row.parcels} parcels`;
    for (const [what, ...columns] of [
      ['import', 'importSeconds', 'firstImportSeconds'],
      ['full build', 'buildSeconds', 'firstBuildSeconds'],
    ]) {
      const times = timesLinear(row, ...columns) / timesLinear(earlier, ...columns);
      note(`growth: ${what}, ${step}`, 'linear', times, atMost(1.1));
    }
  }
  const million = growth.find(({ parcels }) => parcels === 1_000_000) ?? growth.at(-1);
  const size = `${million.parcels} parcels`;
  note(`memory: import, ${size}`, 'peak of the process', million.importPeakMb, atMost(1500, 'MB'));
  note(`memory: full build, ${size}`, 'peak of the process', million.buildPeakMb, atMost(1500, 'MB'));
}

function save(growth) {
  if (flags.quick) return;
  const about = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    duckdb: duckdbVersion(),
    sizes,
    rounds,
    machine: '2 cores, 24 GiB, shared',
  };
  const path = fileURLToPath(new URL('./results.json', import.meta.url));
  writeFileSync(path, `${JSON.stringify({ ...about, rows, growth }, null, 2)}\n`);
}

try {
  const growth = [];
  const [first, ...larger] = sizes;
  growth.push(await measureSize(first));
  for (const step of [
    compareImport,
    compareBuild,
    compareNight,
    comparePublishing,
    compareReport,
    compareExtract,
    compareStart,
  ]) {
    say(`${step.name}, ${rounds} rounds`);
    await step();
  }
  for (const parcels of larger) {
    // A run of hours that ends early has what it measured.
    save(growth);
    growth.push(await measureSize(parcels));
  }
  noteGrowth(growth);
  process.stdout.write(drawResults(rows));
  if (!flags.quick) {
    save(growth);
    await writeCharts(growth, fileURLToPath(new URL('../docs', import.meta.url)));
    writeTable(fileURLToPath(new URL('../docs/performance.md', import.meta.url)), rows);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
