import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../pipelines/config/config.js';
import type { Context } from '../../../pipelines/context.js';
import { type DoctorWorld, runDoctor } from '../../../pipelines/first-steps/doctor.js';
import type { Finding } from '../../../pipelines/first-steps/finding.js';
import { writeManifest } from '../../../pipelines/store/publish.js';
import { MIGRATIONS, openWarehouse } from '../../../pipelines/store/warehouse.js';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'parcelmetrics-doctor-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const keys = { SENDCLOUD_PUBLIC_KEY: 'pk-very-secret', SENDCLOUD_SECRET_KEY: 'sk-very-secret' };
const noon = new Date('2026-03-01T12:00:00Z');
const signsIn: DoctorWorld = {
  checkSignIn: async () => ({ ok: true, serverDateMs: noon.getTime() }),
  now: () => noon,
  freeBytes: () => 9e9,
};

async function examine(world: DoctorWorld, environment: Record<string, string> = keys, json = true) {
  const machine = { totalMemoryBytes: 8e9, cores: 2, stderrIsTerminal: false };
  const read = readConfig({ flags: json ? { json: true } : {}, environment, cwd, machine });
  let text = '';
  const stdout = (part: string) => {
    text += part;
  };
  const context = { ...read, cwd, stdout, signal: new AbortController().signal } as unknown as Context;
  const exitCode = await runDoctor(context, world);
  const find = (check: string): Finding[] =>
    JSON.parse(text).findings.filter((one: Finding) => one.check === check);
  return { exitCode, text, find };
}

describe('doctor', () => {
  it('finds nothing on a machine in order, and says where each setting is from, but no secret', async () => {
    const { exitCode, text } = await examine(signsIn);
    const { ok, findings, settings } = JSON.parse(text);
    expect({ exitCode, ok }).toEqual({ exitCode: 0, ok: true });
    expect(findings.map(({ check, status }: Finding) => [check, status])).toEqual(
      [
        'configuration',
        'network',
        'credentials',
        'sign-in',
        'clock',
        'disk',
        'lock',
        'warehouse',
        'snapshot',
        'seeds',
        'intervals',
        'permissions',
        'versions',
      ].map((check) => [check, 'ok']),
    );
    expect(settings).toContainEqual({ name: 'public-key', value: 'set', source: 'environment' });
    expect(settings).toContainEqual({ name: 'days', value: '90', source: 'default' });
    expect(text).not.toContain('very-secret');
  });

  it('reads as text, with what to do under each trouble', async () => {
    const { exitCode, text } = await examine(signsIn, {}, false);
    expect(exitCode).toBe(2);
    expect(text).toMatch(/^ok +configuration +no parcelmetrics\.config\.json here/);
    expect(text).toMatch(
      /\nfailed +credentials +SENDCLOUD_PUBLIC_KEY and SENDCLOUD_SECRET_KEY not set\n +-> Create/,
    );
    expect(text).toMatch(/\n {2}days +90 {2}\(default\)\n/);
  });

  it('lists every wrong setting and goes on', async () => {
    const { exitCode, find } = await examine(signsIn, {
      ...keys,
      PARCELMETRICS_DAYS: 'x',
      PARCELMETRICS_THREADS: 'y',
    });
    expect(exitCode).toBe(2);
    expect(find('configuration')).toHaveLength(2);
    expect(find('sign-in')).toMatchObject([{ status: 'ok' }]);
  });

  it('ends with 4 when the API refuses, is out of reach, or is another', async () => {
    const refused = Object.assign(new Error('unauthorized: the keys are not taken'), { exitCode: 4 });
    for (const checkSignIn of [
      () => Promise.reject(refused),
      () => Promise.resolve({ ok: false, serverDateMs: null }),
    ]) {
      const { exitCode, find } = await examine({ ...signsIn, checkSignIn });
      expect(exitCode).toBe(4);
      expect(find('sign-in')).toMatchObject([{ status: 'failed', advice: expect.stringMatching(/Check/) }]);
    }
    const unknown = () => Promise.reject(new TypeError('ours'));
    await expect(examine({ ...signsIn, checkSignIn: unknown })).rejects.toThrow('ours');
  });

  it('asks the API itself, by one request with the keys', async () => {
    const requests: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      requests.push(request.headers.authorization);
      response.writeHead(requests.length === 1 ? 404 : 401, {
        'content-type': 'application/json',
        date: 'Sun, 01 Mar 2026 11:50:00 GMT',
      });
      response.end('{"detail": "Parcel does not exist"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const environment = {
      ...keys,
      SENDCLOUD_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
    const world = { freeBytes: () => 9e9, now: () => noon };
    const fine = await examine(world, environment);
    expect(requests).toEqual([`Basic ${Buffer.from('pk-very-secret:sk-very-secret').toString('base64')}`]);
    expect(fine.exitCode).toBe(0);
    expect(fine.find('clock')).toMatchObject([
      { status: 'warning', detail: 'this machine is 600 s ahead of the API' },
    ]);
    const refused = await examine(world, environment);
    expect(refused.exitCode).toBe(4);
    expect(refused.text).not.toContain('very-secret');
    server.close();
  });

  it('warns of a full disk, a rate above the limit, and an old Node.js', async () => {
    const world = { ...signsIn, freeBytes: () => 1e8, nodeVersion: '20.18.1' };
    const { exitCode, find } = await examine(world, { ...keys, PARCELMETRICS_RATE: '20/s' });
    expect(exitCode).toBe(2);
    expect(find('disk')).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('0.1 GB free') },
    ]);
    expect(find('versions')).toMatchObject([{ status: 'failed' }]);
    expect(find('rate')).toMatchObject([{ status: 'warning' }]);
    expect((await examine({ ...signsIn, freeBytes: () => 1e9 })).find('disk')).toMatchObject([
      { status: 'warning' },
    ]);
  });

  it('tells a lock that is held from one left behind, and looks into a warehouse that is free', async () => {
    const path = join(cwd, 'data', 'warehouse.duckdb');
    const warehouse = await openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'nightly' });
    const held = await examine(signsIn);
    expect(held.exitCode).toBe(0);
    expect(held.find('lock')).toMatchObject([
      { status: 'note', detail: expect.stringContaining(`pid ${process.pid}`) },
    ]);
    expect(held.find('warehouse')).toMatchObject([{ status: 'note' }]);
    await warehouse.close();

    const gone = { pid: 2 ** 30, host: hostname(), startedAt: noon.toISOString(), command: 'nightly' };
    writeFileSync(`${path}.lock`, JSON.stringify(gone), { mode: 0o600 });
    expect((await examine(signsIn)).find('lock')).toMatchObject([
      { status: 'warning', detail: expect.stringContaining('left behind by "parcelmetrics nightly"') },
    ]);
    rmSync(`${path}.lock`);
    const free = await examine(signsIn);
    expect(free.find('warehouse')).toMatchObject([
      {
        status: 'ok',
        detail: expect.stringContaining(`schema version ${MIGRATIONS.at(-1)?.version}, no run yet`),
      },
    ]);
    writeFileSync(path, 'a shopping list');
    expect(await examine(signsIn)).toMatchObject({ exitCode: 2 });
  });

  it('reads the seeds and the poll intervals that a night would read, and names what nobody reads', async () => {
    const seeds = join(cwd, 'seeds');
    const environment = { ...keys, PARCELMETRICS_SEEDS: seeds };
    expect(await examine(signsIn, environment)).toMatchObject({ exitCode: 2 });
    mkdirSync(seeds);
    writeFileSync(join(seeds, 'status_code.csv'), 'status_code\n');
    writeFileSync(join(seeds, 'thresholds.csv'), 'name,value,meaning\nwithheld_below,many,\n');
    writeFileSync(
      join(seeds, 'poll_intervals.csv'),
      'phase,from_age_hours,poll,interval_hours\nnew,0,sometimes,24\n',
    );
    const broken = await examine(signsIn, environment);
    expect(broken.exitCode).toBe(2);
    expect(broken.find('seeds')).toMatchObject([
      { status: 'failed', detail: `${join(seeds, 'thresholds.csv')}:2: value is "many", expected a number` },
      { status: 'warning', detail: expect.stringContaining('status_code.csv') },
    ]);
    expect(broken.find('intervals')).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('poll_intervals.csv:2: poll is "sometimes"') },
    ]);
  });

  it('looks at the inbox, the snapshot and a retention that cuts into the figures', async () => {
    mkdirSync(join(cwd, 'data', 'published'), { recursive: true });
    writeManifest(join(cwd, 'data', 'published'), {
      run_id: 'r1',
      schema_version: 1,
      parcelmetrics_version: '0',
      as_of: noon.toISOString(),
      data_as_of: noon.toISOString(),
      tables: {},
      files: { 'shipping.duckdb': { bytes: 4, sha256: '' } },
    });
    writeFileSync(join(cwd, 'data', 'published', 'shipping.duckdb'), 'four');
    const environment = {
      ...keys,
      PARCELMETRICS_INBOX: join(cwd, 'inbox'),
      PARCELMETRICS_KEEP_LANDED_DAYS: '400',
    };
    const found = await examine(signsIn, environment);
    expect(found.exitCode).toBe(2);
    expect(found.find('inbox')).toMatchObject([{ status: 'failed' }]);
    expect(found.find('snapshot')).toMatchObject([
      { status: 'ok', detail: 'r1, data as of 2026-03-01 12:00 UTC' },
    ]);
    expect(found.find('retention')).toMatchObject([
      { status: 'warning', detail: 'keep-landed-days is 400: the figures look back 401 days' },
    ]);
    writeFileSync(join(cwd, 'data', 'warehouse.duckdb.before-20260301T120000Z'), '', { mode: 0o600 });
    expect((await examine(signsIn)).find('leftover')).toMatchObject([
      { status: 'note', detail: expect.stringContaining('before-20260301T120000Z') },
    ]);
    writeFileSync(join(cwd, 'data', 'published', 'shipping.duckdb'), 'fourty');
    expect((await examine(signsIn)).find('snapshot')).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('of another size') },
    ]);
    writeFileSync(join(cwd, 'data', 'published', 'manifest.json'), '{"run_id": ');
    expect((await examine(signsIn)).find('snapshot')).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('manifest.json') },
    ]);
  });

  it.skipIf(process.platform === 'win32')(
    'names what others may read, with the command that mends it',
    async () => {
      mkdirSync(join(cwd, 'data'));
      chmodSync(join(cwd, 'data'), 0o755);
      writeFileSync(join(cwd, 'data', 'run.json'), '{}');
      chmodSync(join(cwd, 'data', 'run.json'), 0o640);
      writeFileSync(join(cwd, '.env'), '');
      chmodSync(join(cwd, '.env'), 0o644);
      const { exitCode, find } = await examine(signsIn);
      expect(exitCode).toBe(0);
      expect(find('permissions').map(({ advice }) => advice)).toEqual([
        `chmod 700 '${cwd}/data'`,
        `chmod 600 '${cwd}/data/run.json'`,
        `chmod 600 '${cwd}/.env'`,
      ]);
    },
  );
});
