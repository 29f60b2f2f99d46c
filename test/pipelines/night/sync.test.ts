import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf, readDigestKey } from '../../../pipelines/extract/landing.js';
import type { ChooseFault, Sandbox, ShipmentsOptions } from '../../../pipelines/sandbox/server.js';
import { simulateParcels } from '../../../pipelines/sandbox/simulate.js';
import { openWarehouse } from '../../../pipelines/store/warehouse.js';
import { askFile, call, dayMs, inspect, makeFolder, pointAt, readRows } from '../extract/harness.js';
import { start } from '../sandbox/harness.js';

const now = new Date('2026-11-02T12:00:00Z');
const source = simulateParcels({ seed: 11, count: 250, now: new Date('2026-11-03T00:00:00Z'), days: 8 });
const labelled = [...source.list(now)].map(({ trackingNumber }) => trackingNumber);

let cwd = '';
let warehouse = '';
beforeEach(() => {
  cwd = makeFolder();
  warehouse = join(cwd, 'data', 'warehouse.duckdb');
});

const serve = (shipments?: ShipmentsOptions, faults?: ChooseFault) =>
  start({ source, now, shipments, faults });

async function run(sandbox: Sandbox, line: string, more: Record<string, string> = {}, at = now) {
  sandbox.setNow(at);
  const argv = [...line.split(' '), '--as-of', at.toISOString()];
  return call(argv, { cwd, environment: { ...pointAt(sandbox), ...more } });
}

describe('sync', () => {
  it('finds every parcel of the account, through pages that move and links to another host, and says first what it costs', async () => {
    const sandbox = await serve({ updatedAt: 'events', movesPages: true, linksElsewhere: true });
    const { exitCode, out, err } = await run(sandbox, 'sync -v');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^\d+ parcels listed on 3 pages: 2\d\d new\n$/);
    expect(err).toContain(
      'first sync: all shipments announced since 2026-08-04, 100 a request (500000 would be 5000 requests',
    );
    // Neither links nor cursors, at any level of detail.
    expect(out + err).not.toMatch(/cursor|elsewhere|cD0/);
    const known = await inspect(warehouse, (db) =>
      readRows(db, `select tracking_number as number from registry where origin = 'known' order by 1`),
    );
    expect(known.map(({ number }) => number)).toEqual([...labelled].sort());
    // What has no number yet is looked for again, and found once it has its label.
    const later = new Date(now.getTime() + 6 * 3_600_000);
    const again = await run(sandbox, 'sync --json', {}, later);
    expect(again.exitCode).toBe(0);
    expect(again.err).not.toContain('first sync');
    expect(await askFile(warehouse, 'select count(*) from registry')).toBe(
      String([...source.list(later)].length),
    );
    expect(await askFile(warehouse, 'select sum(requests) from runs')).toBe(String(sandbox.stats().requests));
  });

  it('waits where it is told to, and goes on in the next run where that is too long', async () => {
    const seconds = { value: '1' };
    const busy: ChooseFault = ({ path, count }) =>
      path.endsWith('/shipments') && count === 2
        ? { kind: 'status', status: 429, headers: { 'retry-after': seconds.value } }
        : null;
    const patient = await serve({ updatedAt: 'events' }, busy);
    expect((await run(patient, 'sync')).exitCode).toBe(0);
    cwd = makeFolder();
    warehouse = join(cwd, 'data', 'warehouse.duckdb');
    seconds.value = '7200';
    const hasty = await serve({ updatedAt: 'events' }, busy);
    const stopped = await run(hasty, 'sync');
    expect(stopped.exitCode).toBe(3);
    expect(stopped.err).toContain('what was listed is kept, the next one goes on from there');
    expect(await askFile(warehouse, 'select count(*) from registry')).toBe('100');
    expect((await run(hasty, 'sync')).out).toContain('no request before');
  });

  it('without the right to list says so and ends with 4; nightly says so once, and goes on', async () => {
    const sandbox = await serve();
    const alone = await run(sandbox, 'sync');
    expect(alone.exitCode).toBe(4);
    expect(alone.err).toContain("these keys may not list the account's shipments");
    writeFileSync(join(cwd, 'parcels.csv'), `tracking_number,carrier_code\n${labelled.at(-1)},postnl\n`);
    await run(sandbox, `register --known ${join(cwd, 'parcels.csv')}`);
    const night = await run(sandbox, 'nightly');
    expect({ code: night.exitCode, trouble: night.err.includes('may not list') }).toEqual({
      code: 0,
      trouble: false,
    });
    expect(night.out).not.toContain('synced');
    expect((await run(sandbox, 'status')).out).toContain('these keys may not read it (403)');
  });

  it('is what a night begins with, unless it is switched off', async () => {
    const sandbox = await serve({ updatedAt: 'events' });
    const night = await run(sandbox, 'nightly');
    expect(night.exitCode).toBe(0);
    expect(night.out).toMatch(/synced {5}\d+ parcels listed on 3 pages/);
    expect(night.out).toMatch(/polled {5}\d+ parcels polled/);
    const asked = sandbox.stats().requests;
    const second = await run(
      sandbox,
      'nightly',
      { PARCELMETRICS_SYNC: 'false' },
      new Date(now.getTime() + dayMs),
    );
    expect(second.out).not.toContain('synced');
    expect(Object.keys(sandbox.stats().perTrackingNumber).length).toBeGreaterThan(100);
    expect(sandbox.stats().requests).toBeGreaterThan(asked);
    expect((await run(sandbox, 'status', {}, new Date(now.getTime() + dayMs))).out).toMatch(
      /list of shipments: 2\d\d parcels, as of 2026-11-02 12:00 UTC; not trusted: no poll has checked it yet/,
    );
  });
});

describe('what was forgotten, and what is beyond retention', () => {
  const [forgotten = '', dropped = '', kept = ''] = labelled;

  it.each([
    ['sync', async (sandbox: Sandbox) => run(sandbox, 'sync')],
    ['sync --since', async (sandbox: Sandbox) => run(sandbox, 'sync --since 2026-01-01')],
    [
      'register',
      async (sandbox: Sandbox) => {
        const file = join(cwd, 'again.csv');
        writeFileSync(
          file,
          `tracking_number,carrier_code\n${[forgotten, dropped, kept].map((one) => `${one},postnl\n`).join('')}`,
        );
        return run(sandbox, `register --known ${file}`);
      },
    ],
    [
      'the inbox',
      async (sandbox: Sandbox) => {
        const inbox = join(cwd, 'inbox');
        mkdirSync(inbox);
        writeFileSync(
          join(inbox, 'again.csv'),
          `tracking_number,carrier_code,announced_at,from_country,from_postal_code,to_country,to_postal_code,contract_id,source_id\n${[forgotten, dropped, kept].map((one) => `${one},postnl,2026-10-30T10:00:00Z,NL,1012AB,NL,5611EM,1,1\n`).join('')}`,
        );
        return run(sandbox, 'nightly', { PARCELMETRICS_INBOX: inbox, PARCELMETRICS_SYNC: 'false' });
      },
    ],
  ])('%s never registers again', async (_name, register) => {
    const sandbox = await serve({ updatedAt: 'events' });
    const file = join(cwd, 'first.csv');
    writeFileSync(file, `tracking_number,carrier_code\n${forgotten},postnl\n${dropped},postnl\n`);
    expect((await run(sandbox, `register --known ${file}`)).exitCode).toBe(0);
    expect((await run(sandbox, `forget ${forgotten}`)).exitCode).toBe(0);
    // As if it had ended long ago: the night's retention drops it.
    const open = await openWarehouse({ path: warehouse, memoryLimit: '500MB', threads: 1, command: 'test' });
    await open.connection.run(`update registry set state = 'closed', phase_since = timestamp '2020-01-01'`);
    await open.close();
    await run(sandbox, 'nightly', { PARCELMETRICS_KEEP_LANDED_DAYS: '800', PARCELMETRICS_SYNC: 'false' });
    expect(await askFile(warehouse, 'select count(*) from registry')).toBe('0');

    expect((await register(sandbox)).exitCode).toBeLessThanOrEqual(3);
    const numbers = await inspect(warehouse, (db) =>
      readRows(db, 'select tracking_number as number from registry'),
    );
    const found = numbers.map(({ number }) => number);
    expect(found).toContain(kept);
    expect(found).not.toContain(forgotten);
    expect(found).not.toContain(dropped);
    for (const table of ['landed_shipments', 'list_checks', 'landed_polls']) {
      const traces = `select count(*) from ${table} where tracking_number in ('${forgotten}', '${dropped}')`;
      expect(await askFile(warehouse, traces), table).toBe('0');
    }
  });

  it('are told by keyed hashes alone', async () => {
    const sandbox = await serve({ updatedAt: 'events' });
    await run(sandbox, 'sync');
    await run(sandbox, `forget ${forgotten}`);
    const open = await openWarehouse({ path: warehouse, memoryLimit: '500MB', threads: 1, command: 'test' });
    const key = await readDigestKey(open.connection);
    const rows = await readRows(open.connection, 'select digest from forgotten_numbers');
    await open.close();
    expect(rows.map(({ digest }) => digest)).toContain(digestOf(key, forgotten));
  });
});
