import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { programPath, whenOver } from '../faults/world.js';
import { type House, openHouse, toEnvelopes } from '../pipelines/house.js';
import { compareDumps, readableHistories } from '../queries/nights.js';
import { askTrino, dumpMarts, waitForModel } from './harness.js';
import { startTrino, type TrinoServer } from './server.js';

// The program itself, with a coordinator and a worker of its own: the one is killed, then the other.

const asOf = new Date('2026-06-30T00:00:00Z');
const clock = ['--as-of', asOf.toISOString()];
let server: TrinoServer;
let house: House;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-trino-'));
  const started = await startTrino(join(folder, 'server'), { hasWorker: true });
  if (typeof started === 'string') throw new Error(started);
  server = started;
  whenOver(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  house = openHouse(asOf);
  whenOver(() => house.remove());
  mkdirSync(join(server.lake, 'shop'));
  house.write(
    'parcelmetrics.config.json',
    JSON.stringify({
      engine: 'trino',
      account: 'shop',
      lake: join(server.lake, 'shop'),
      trinoUrl: server.url,
      trinoCatalog: server.catalog,
      trinoTables: server.tables,
      trinoLake: 'local:///shop',
    }),
  );
});

describe('a build on Trino', () => {
  it('whose client or worker is killed leaves the recorded state, marts and snapshot; the next one is right', async () => {
    const observations = readableHistories(91, 60, asOf).filter(({ observedAt }) => observedAt <= asOf);
    const half = observations.length / 2;
    const land = (name: string, part: typeof observations) =>
      house.run('import', house.write(name, toEnvelopes(part)), ...clock);
    await land('first.ndjson', observations.slice(0, half));
    await house.run('build', ...clock);
    await house.run('publish', ...clock);
    await land('second.ndjson', observations.slice(half));

    const schemas = async () =>
      (await askTrino('show schemas', server))
        .map(String)
        .filter((name) => name.startsWith('parcelmetrics_shop_'));
    const look = async () => ({
      files: [house.path('data', 'marts.duckdb'), house.path('data', 'published', 'manifest.json')].map(
        (path) => readFileSync(path, 'base64'),
      ),
      state: await askTrino(
        `select place, id, fingerprint, as_of, tables from ${server.tables}.parcelmetrics_shop_lasting.build_state`,
        server,
      ),
    });
    const before = await look();
    expect(before.state.length).toBe(1);
    expect(await schemas()).toEqual([]);

    const child = spawn(process.execPath, [programPath(), 'build', ...clock], {
      cwd: house.folder,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await waitForModel(house, 'parcels');
    child.kill('SIGKILL');
    await ended;
    expect(await look()).toEqual(before);
    const [left] = await schemas();
    expect(left).toBeDefined();
    const written = join(server.lake, 'shop', 'fetched');
    expect(readdirSync(written)).toEqual([left]);

    const called = house.call('build', ...clock);
    await waitForModel(house, 'parcel_milestones');
    await server.killWorker();
    const { exitCode, err } = await called;
    expect(exitCode).toBe(4);
    expect(err).toMatch(/model \w+: Trino: .*query /);

    // Without a worker nothing is answered, nor dropped.
    await server.startWorker();
    expect(await look()).toEqual(before);
    const own = await schemas();
    expect(own).not.toContain(left);
    expect(own.length).toBe(1);
    expect(await house.run('build', ...clock)).toContain('changed parcels derived');
    expect(await schemas()).toEqual([]);
    expect(readdirSync(written)).toEqual([]);
    const there = await dumpMarts(house);
    expect(there.parcels?.length).toBeGreaterThan(30);
    await house.run('build', '--engine', 'duckdb', '--full', ...clock);
    expect(compareDumps(there, await dumpMarts(house))).toEqual([]);
  });
});
