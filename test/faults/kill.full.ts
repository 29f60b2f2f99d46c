import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { inspect, readValue } from '../pipelines/extract/harness.js';
import { noteFigure } from './figures.js';
import { canTrace, findPoints, killAt } from './kill.js';
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
  programPath,
  publishedFile,
  runProgram,
  type World,
} from './world.js';

// kill -9 while files are written. It proves what a dead process leaves, not what a power cut leaves: what the kernel has, stays.

const share = Number(process.env.FAULTS_SHARE ?? 1);
const night = ['nightly', '--as-of', dawn.toISOString()];
let world: World;
let empty: string;
let base: string;
let after: string;
let place: Place;

beforeAll(async () => {
  world = await openWorld(60);
  empty = makeFolder();
  world.writeParcels(empty, dawn);
  base = copyFolder(empty);
  place = { folder: base, environment: world.environment };
  await mustRun(registering, place);
  await mustRun(['nightly', '--as-of', eve.toISOString()], place);
  world.sandbox.setNow(dawn);
  after = copyFolder(base);
  await mustRun(night, { ...place, folder: after });
});

const registering = ['register', '--known', 'parcels.csv', '--as-of', eve.toISOString()];

interface Scene {
  name: string;
  argv: readonly string[];
  from: () => string;
  count: number;
  program?: () => string;
  /** What the next run makes of it; `[]` when all is as if nothing had happened. */
  finish: (folder: string) => Promise<string[]>;
}

async function compareWith(expected: string, folder: string): Promise<string[]> {
  const lost: string[] = [];
  const wanted = await digestTables(publishedFile(expected));
  const found = await digestTables(publishedFile(folder));
  for (const table of new Set([...Object.keys(wanted), ...Object.keys(found)]))
    if (wanted[table] !== found[table]) lost.push(`${table} differs`);
  if ((await digestLanded(expected)) !== (await digestLanded(folder))) lost.push('the landed tables differ');
  return lost;
}

async function play({ name, argv, from, count, program, finish }: Scene): Promise<void> {
  const points = await findPoints(argv, from(), { ...place, program: program?.() }, Math.ceil(count * share));
  const bad: string[] = [];
  const kinds = new Set<string>();
  let tried = 0;
  const playOne = async (point: (typeof points)[number]) => {
    const folder = copyFolder(from());
    const { ended, wasKilled } = await killAt(point, argv, { ...place, folder, program: program?.() });
    if (wasKilled) {
      tried += 1;
      kinds.add(point.words);
      const torn = await findTorn(folder).catch((error) => [`unopenable: ${error}`]);
      const lost = await finish(folder).catch((error) => [`the next run: ${error}`]);
      const tornLater = await findTorn(folder).catch((error) => [`unopenable: ${error}`]);
      bad.push(...[...torn, ...lost, ...tornLater].map((one) => `${point.words} (${point.inject}): ${one}`));
    } else if (ended.code !== 0)
      bad.push(`${point.words}: not killed, ended with ${ended.code}: ${ended.err}`);
    rmSync(folder, { recursive: true, force: true });
  };
  const queue = [...points];
  const work = async () => {
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) await playOne(point);
  };
  await Promise.all([work(), work()]);
  const reach = canTrace() ? `${kinds.size} kinds of call and file, by strace` : 'random instants';
  noteFigure({ part: '1', what: `kill -9 during ${name}; then the next run`, tried, bad: bad.length, reach });
  expect(bad).toEqual([]);
  expect(tried).toBeGreaterThanOrEqual(Math.floor(points.length * 0.7));
}

const migrate = () => {
  const path = join(programPath(), '..', 'migrate-further.mjs');
  const sql = join(programPath(), '..', 'further.sql');
  writeFileSync(
    sql,
    `alter table runs add column note varchar;
     create table copied_events as select * from landed_events;
     update landed_events set event_type = event_type;
     create table copied_registry as select * from registry`,
  );
  writeFileSync(
    path,
    `import { MIGRATIONS, openWarehouse } from ${JSON.stringify(pathToFileURL(join(programPath(), '..', 'warehouse.js')).href)};
     const version = Math.max(...MIGRATIONS.map((one) => one.version)) + 1;
     const further = { version, file: new URL(${JSON.stringify(pathToFileURL(sql).href)}) };
     const warehouse = await openWarehouse({ path: 'data/warehouse.duckdb', memoryLimit: '500MB', threads: 1, command: 'test',
       migrations: [...MIGRATIONS, further] });
     await warehouse.close();`,
  );
  return path;
};

it('loses nothing of a night', () =>
  play({
    name: 'a night',
    argv: night,
    from: () => base,
    count: 48,
    finish: async (folder) => {
      await mustRun(night, { ...place, folder });
      return compareWith(after, folder);
    },
  }));

it('leaves no half warehouse when it is made', async () => {
  const made = copyFolder(empty);
  await mustRun(registering, { ...place, folder: made });
  const expected = await digestLanded(made);
  await play({
    name: 'the making of a warehouse',
    argv: registering,
    from: () => empty,
    count: 14,
    finish: async (folder) => {
      await mustRun(registering, { ...place, folder });
      return (await digestLanded(folder)) === expected ? [] : ['the registry differs'];
    },
  });
});

it('migrates whole or not at all', async () => {
  const expected = await digestLanded(base);
  await play({
    name: 'a migration',
    argv: [],
    from: () => base,
    count: 12,
    program: migrate,
    finish: async (folder) => {
      const ended = await runProgram([], { ...place, folder, program: migrate() });
      if (ended.code !== 0) return [ended.err];
      const counts = `select (select count(*) from copied_events) = (select count(*) from landed_events)
        and (select count(*) from copied_registry) = (select count(*) from registry)`;
      const isWhole = await inspect(join(folder, 'data', 'warehouse.duckdb'), (connection) =>
        readValue(connection, counts),
      );
      return isWhole === 'true' && (await digestLanded(folder)) === expected
        ? []
        : ['the migrated tables differ'];
    },
  });
});

it('publishes whole or not at all', () =>
  play({
    name: 'publish',
    argv: ['publish'],
    from: () => after,
    count: 20,
    finish: async (folder) => {
      await mustRun(['publish'], { ...place, folder });
      return compareWith(after, folder);
    },
  }));

it('leaves a whole report', () =>
  play({
    name: 'report',
    argv: ['report'],
    from: () => after,
    count: 16,
    finish: async (folder) => {
      await mustRun(['report'], { ...place, folder });
      return readFileSync(join(folder, 'data', 'report', 'index.html'), 'utf8').length > 10_000
        ? []
        : ['a short page'];
    },
  }));

it('forgets a parcel with all its numbers, though it was cut off', async () => {
  const [number = ''] = await inspect(publishedFile(after), async (connection) => [
    await readValue(connection, 'select min(tracking_number) from parcels'),
  ]).then((found) => found.map(String));
  const argv = ['forget', number];
  const forgotten = copyFolder(after);
  await mustRun(argv, { ...place, folder: forgotten });
  await play({
    name: 'forget',
    argv,
    from: () => after,
    count: 24,
    finish: async (folder) => {
      await mustRun(argv, { ...place, folder });
      return compareWith(forgotten, folder);
    },
  });
});

it('restores whole or not at all', async () => {
  const from = copyFolder(after);
  await mustRun(['export', '--landed', 'landed.ndjson.gz'], { ...place, folder: from });
  const argv = ['restore', 'landed.ndjson.gz', '--yes', '--as-of', dawn.toISOString()];
  const restored = copyFolder(from);
  await mustRun(argv, { ...place, folder: restored });
  const allowed = [await digestLanded(from), await digestLanded(restored)];
  await play({
    name: 'restore',
    argv,
    from: () => from,
    count: 12,
    finish: async (folder) => {
      // Either warehouse will do, but there has to be one.
      const path = join(folder, 'data', 'warehouse.duckdb');
      const found = existsSync(path) ? await digestLanded(folder) : 'no warehouse';
      await mustRun(argv, { ...place, folder });
      const isSame = allowed.includes(found) && allowed[1] === (await digestLanded(folder));
      return isSame ? [] : [`another warehouse: ${found}`];
    },
  });
});
