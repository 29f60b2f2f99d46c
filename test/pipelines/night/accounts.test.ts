import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader } from '../../../queries/db.js';
import { makeTimeline } from '../extract/harness.js';
import { type House, openHouse } from '../house.js';

// Two accounts with a warehouse each and one lake; a third process has no parcels of its own and builds them together.

const shared = 'ZQXJ7H3KWVY';
const lake = mkdtempSync(join(tmpdir(), 'parcelmetrics-lake-'));
const houses: House[] = [];
let shop: House;
let outlet: House;
let platform: House;

function open(settings: Record<string, string>): House {
  const house = openHouse();
  houses.push(house);
  house.write('parcelmetrics.config.json', JSON.stringify({ lake, ...settings }));
  return house;
}

type Events = [at: string, code: string][];

async function land(house: House, ...parcels: [number: string, events: Events][]): Promise<void> {
  const lines = parcels.map(([number, events]) =>
    JSON.stringify({ observed_at: '2026-06-29T00:00:00Z', response: makeTimeline([number], events) }),
  );
  house.write('archive.ndjson', lines.join('\n'));
  await house.run('import', house.path('archive.ndjson'));
}

/** Rows of what is published, or of a snapshot beside it. */
async function ask<T>(house: House, sql: string, published = 'published'): Promise<T[]> {
  const reader = await openReader(house.path('data', published, 'shipping.duckdb'));
  try {
    return await reader.all<T>(sql);
  } finally {
    reader.close();
  }
}

const readPages = (house: House) =>
  readdirSync(house.path('data', 'report'))
    .filter((name) => name.endsWith('.html'))
    .map((name) => [name, readFileSync(house.path('data', 'report', name), 'utf8')] as const);

beforeAll(async () => {
  shop = open({ account: 'shop' });
  outlet = open({ account: 'outlet' });
  platform = open({ account: 'platform', accounts: 'all' });
  await land(
    shop,
    [shared, [['2026-06-02T10:00:00Z', 'accepted']]],
    ['SHOP0001', [['2026-06-03T10:00:00Z', 'accepted']]],
  );
  await land(outlet, [
    shared,
    [
      ['2026-06-04T10:00:00Z', 'accepted'],
      ['2026-06-05T10:00:00Z', 'delivered'],
    ],
  ]);
  for (const command of ['build', 'publish', 'report']) await platform.run(command);
});
afterAll(() => {
  for (const house of houses) house.remove();
  rmSync(lake, { recursive: true, force: true });
});

describe('a build of all accounts of a lake', () => {
  it('publishes each parcel under its account and number, with no event of the other', async () => {
    expect(
      await ask(platform, 'select account, tracking_number, outcome from parcels order by all'),
    ).toMatchObject([
      { account: 'outlet', tracking_number: shared, outcome: 'delivered' },
      { account: 'shop', tracking_number: 'SHOP0001', outcome: 'open' },
      { account: 'shop', tracking_number: shared, outcome: 'open' },
    ]);
    expect(
      await ask(
        platform,
        `select parcels.account, count(*)::integer as events, min(first_scan_at) = min(event_at) as is_own
         from parcels inner join events using (account, tracking_number)
         where tracking_number = '${shared}' group by all order by all`,
      ),
    ).toEqual([
      { account: 'outlet', events: 2, is_own: true },
      { account: 'shop', events: 1, is_own: true },
    ]);
    expect(
      await ask(platform, 'select account, parcel_count::integer as parcels from accounts order by all'),
    ).toEqual([
      { account: 'outlet', parcels: 1 },
      { account: 'shop', parcels: 2 },
    ]);
  });

  it('writes nothing to the lake where it has no parcels of its own', () => {
    expect(readdirSync(join(lake, 'registry')).sort()).toEqual(['outlet.parquet', 'shop.parquet']);
  });

  it('says which accounts it found', async () => {
    const { err, exitCode } = await platform.call('build');
    expect(err).toContain('accounts found in the lake: outlet (1 number), shop (2 numbers)');
    expect(exitCode).toBe(0);
  });

  it('is explained account by account', async () => {
    const told = await platform.run('explain', shared);
    expect(told).toMatch(/^Account outlet\.\nParcel ZQXJ7H3KWVY[\s\S]*\nAccount shop\.\nParcel ZQXJ7H3KWVY/);
    const { parcels } = JSON.parse(await platform.run('explain', shared, '--json'));
    expect(
      parcels.map((parcel: { account: string; timeline: unknown[] }) => [
        parcel.account,
        parcel.timeline.length,
      ]),
    ).toEqual([
      ['outlet', 2],
      ['shop', 1],
    ]);
    expect(JSON.parse(await platform.run('explain', 'shop-0001', '--json'))).toMatchObject({
      account: 'shop',
      tracking_number: 'SHOP0001',
    });
  });

  it('shows the account on pages, and in the files of open parcels', async () => {
    const pages = Object.fromEntries(readPages(platform));
    expect(pages['open-parcels.html']).toContain('<th scope="col">Account');
    expect(pages['data-quality.html']).toContain('Parcels of 2 accounts');
    expect(pages['compare.html']).toContain('id="choose-account"');
    const csv = readFileSync(platform.path('data', 'report', 'stalled.csv'), 'utf8').split('\r\n');
    expect(csv[0]).toMatch(/^account,tracking_number,/);
    expect(csv.filter((line) => line.startsWith('shop,'))).toHaveLength(2);
    const evidence = readdirSync(platform.path('data', 'report')).filter((name) =>
      /^parcels-.*csv$/.test(name),
    );
    expect(evidence).toHaveLength(1);
    const rows = readFileSync(platform.path('data', 'report', evidence[0] ?? ''), 'utf8').split('\r\n');
    expect(rows.filter((line) => line.startsWith('shop,'))).toHaveLength(2);
  });

  it('tells a carrier of no account', async () => {
    const [carrier] = await ask<{ carrier_code: string }>(platform, 'select carrier_code from carriers');
    await platform.run('report', '--for', carrier?.carrier_code ?? '', '--copy', platform.path('copy'));
    const files = readdirSync(platform.path('copy')).filter((name) => name.endsWith('.html'));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files)
      expect(readFileSync(platform.path('copy', name), 'utf8')).not.toMatch(/\b(account|outlet|shop)\b/i);
  });

  it('is exported with the number that the carrier knows', async () => {
    await platform.run('export', platform.path('csv'), '--format', 'csv');
    expect(readFileSync(platform.path('csv', 'stalled_parcels.csv'), 'utf8')).toContain(`\n${shared},shop,`);
  });

  it('makes named snapshots of them too', async () => {
    const { exitCode, err } = await platform.call(
      'build',
      '--from',
      '2026-06-01',
      '--to',
      '2026-06-20',
      '--name',
      'june',
    );
    expect([0, 3], err).toContain(exitCode);
    expect(
      await ask(
        platform,
        `select account from parcels where tracking_number = '${shared}' order by 1`,
        'named/june/published',
      ),
    ).toEqual([{ account: 'outlet' }, { account: 'shop' }]);
  });
});

describe('a build of one account', () => {
  it('tells of no account on any page', async () => {
    for (const command of ['build', 'publish', 'report']) await shop.run(command);
    for (const [name, page] of readPages(shop))
      expect([name, /\baccounts?\b/i.exec(page)?.[0]]).toEqual([name, undefined]);
    expect(await ask(shop, 'select distinct account from parcels')).toEqual([{ account: 'shop' }]);
    expect(readFileSync(shop.path('data', 'report', 'stalled.csv'), 'utf8')).toMatch(/^tracking_number,/);
  });
});

describe('accounts that cannot be read', () => {
  it('are named, with what to do, and nothing is built', async () => {
    const before = readFileSync(platform.path('data', 'marts.duckdb'), 'base64');
    const { exitCode, err } = await platform.call('build', '--accounts', 'shop,depot');
    expect(exitCode).toBe(2);
    expect(err).toContain('has nothing of account depot');
    expect(err).toContain(join('registry', 'depot.parquet'));
    expect(err).toContain('Found there: outlet, shop.');
    expect(readFileSync(platform.path('data', 'marts.duckdb'), 'base64')).toBe(before);
  });

  it.each([
    [{ accounts: 'all' }, 'accounts is set, and lake is not'],
    [{ accounts: 'all', lake: './none' }, 'has nothing of any account'],
    [{ accounts: 'shop,', lake: './none' }, 'accounts'],
    [{ account: 'all' }, 'the name of one account'],
  ])('end with 2: %j', async (settings, message) => {
    const house = openHouse();
    houses.push(house);
    house.write('parcelmetrics.config.json', JSON.stringify(settings));
    const { exitCode, err } = await house.call('build');
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
    expect(existsSync(house.path('data', 'marts.duckdb'))).toBe(false);
  });
});

describe('forget', () => {
  it('reaches the lake of its own account, and the next build of all is without the parcel', async () => {
    await shop.run('forget', shared);
    const { err } = await platform.call('build');
    expect(err).toContain('shop (1 number)');
    await platform.run('publish');
    expect(await ask(platform, 'select account, tracking_number from parcels order by all')).toEqual([
      { account: 'outlet', tracking_number: shared },
      { account: 'shop', tracking_number: 'SHOP0001' },
    ]);
    expect(await ask(platform, 'select distinct account from events order by 1')).toHaveLength(2);
    // An older snapshot holds it until it goes, or the one who made it forgets it too.
    await platform.run('forget', shared);
    await platform.run('build');
    await platform.run('publish');
    expect(await ask(platform, 'select account, tracking_number from parcels order by all')).toHaveLength(2);
  });

  it('of a restored snapshot of several accounts takes back its own alone', async () => {
    const snapshot = platform.path('data', 'published', 'shipping.duckdb');
    const house = open({ account: 'shop' });
    await house.run('restore', snapshot, '--yes');
    await house.run('build');
    await house.run('publish');
    expect(await ask(house, 'select account, tracking_number from parcels')).toEqual([
      { account: 'shop', tracking_number: 'SHOP0001' },
    ]);
    const other = open({ account: 'depot' });
    const { exitCode, err } = await other.call('restore', snapshot, '--yes');
    expect(exitCode).toBe(2);
    expect(err).toContain('none of depot');
  });
});
