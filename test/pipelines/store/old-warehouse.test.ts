import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { closeParcels } from '../../../pipelines/extract/plan.js';
import { MIGRATIONS, openWarehouse, readWarehouse } from '../../../pipelines/store/warehouse.js';
import { call, inspect, makeFolder, readRows, readValue } from '../extract/harness.js';

// A warehouse as 0.1.0 left it: fixtures/make-old-warehouse.mjs says what is in it, and makes it.
const packed = readFileSync(new URL('./fixtures/old-warehouse.duckdb.gz', import.meta.url));

function unpack(): { cwd: string; path: string } {
  const cwd = makeFolder();
  const path = join(cwd, 'data', 'warehouse.duckdb');
  mkdirSync(join(cwd, 'data'));
  writeFileSync(path, gunzipSync(packed));
  return { cwd, path };
}

const counts = `select (select count(*) from registry), (select count(*) from landed_polls), (select count(*) from landed_responses),
  (select count(*) from landed_events), (select count(*) from landed_refusals), (select count(*) from forgotten_numbers)`;

/** Brings it up to date and looks into it. */
async function migrate<T>(path: string, look: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const warehouse = await openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'test' });
  try {
    return await look(warehouse.connection);
  } finally {
    await warehouse.close();
  }
}

describe('a warehouse of the first version', () => {
  it('is brought up to date once, and nothing of it is lost', async () => {
    const { path } = unpack();
    const before = await inspect(path, (db) => readRows(db, counts));
    expect(Number(Object.values(before[0] ?? {})[1])).toBeGreaterThan(50);
    expect(await migrate(path, (db) => readRows(db, counts))).toEqual(before);
    expect(
      await readWarehouse(path, (db) => readValue(db, "select value from meta where key = 'schema_version'")),
    ).toBe(String(MIGRATIONS.at(-1)?.version));
    expect(await migrate(path, (db) => readRows(db, counts))).toEqual(before);
  });

  it('keeps for dates what landed at midnight UTC, writes codes as slugs, and dates its dead letters', async () => {
    const { path } = unpack();
    await migrate(path, async (db) => {
      expect(
        await readRows(
          db,
          'select count(*) as wrong from landed_events where is_date_only <> (epoch_us(event_at) % 86400000000 = 0)',
        ),
      ).toEqual([{ wrong: '0' }]);
      expect(
        await readRows(
          db,
          `select status_code as code, is_date_only as dated from landed_events where tracking_number = 'MIDNIGHT' order by event_at`,
        ),
      ).toEqual([
        { code: 'accepted', dated: 'true' },
        { code: 'delivered', dated: 'true' },
      ]);
      expect(
        await readRows(
          db,
          `select carrier_code as carrier, shipping_option_code as option, unusual_code_count as unusual, unreadable_field_count as unread,
             announced_is_date_only as dated
           from landed_responses where tracking_number in ('MIDNIGHT', 'POLLED') order by tracking_number`,
        ),
      ).toEqual([
        { carrier: 'dpd', option: 'dpd:home', unusual: '2', unread: '0', dated: 'true' },
        { carrier: 'fedex', option: 'dpd:home', unusual: '1', unread: '0', dated: 'true' },
      ]);
      expect(
        await readRows(
          db,
          "select tracking_number as number, dead_since is not null as dated from registry where state = 'dead'",
        ),
      ).toEqual([{ number: 'DEAD', dated: 'true' }]);
      expect(
        await readValue(
          db,
          'select count(*) from registry where last_success_at is not null and last_event_at is null',
        ),
      ).toBe('0');
    });
  });

  it('has an end for the parcel that would have been asked for without end', async () => {
    const { path } = unpack();
    await migrate(path, async (db) => {
      await db.run(
        "update registry set last_polled_at = timestamp '2026-09-01' where tracking_number = 'POLLED'",
      );
      await closeParcels(db, { startAt: new Date('2026-09-02T04:00:00Z'), seedsFolder: null });
      expect(await readValue(db, "select state from registry where tracking_number = 'POLLED'")).toBe(
        'closed',
      );
    });
  });

  it('builds, publishes and explains, and heals the line that can be read now', {
    timeout: 180_000,
  }, async () => {
    const { cwd, path } = unpack();
    const event = (event_at: string, status_code: string) => ({
      ...{ event_at, status_code, event_type: 'carrier', status_type: 'success', sub_status_code: 'none' },
    });
    // To the letter as they were imported then.
    const body = (number: string, carrier: string, events: object[], details: object) => ({
      announced_at: '2026-03-01T00:00:00Z',
      details,
      from_address: { country_code: 'NL', postal_code: '10' },
      to_address: { country_code: 'US', postal_code: '20' },
      ship_with: {
        type: 'shipping_option_code',
        properties: { shipping_option_code: number === 'SPOILT' ? 'DPD:Home' : 'dpd:home', contract_id: 1 },
      },
      events,
      tracking_numbers: [{ carrier_code: carrier, tracking_number: number }],
    });
    const scans = [
      event('2026-03-02T10:00:00Z', 'accepted'),
      event('2026-03-04T10:00:00Z', 'delivered'),
      event('2026-03-04T11:00:00Z', 'in_transit'),
    ];
    const lines = [
      body('POLLED', 'fedex', scans, { expected_delivery_date: '2026-03-04' }),
      body('SPOILT', 'dhl', [], { is_return: 'false' }),
    ].map((response) => JSON.stringify({ observed_at: '2026-03-05T04:00:00Z', response }));
    writeFileSync(join(cwd, 'archive.ndjson'), `${lines.join('\n')}\n`);
    const run = (line: string) => call([...line.split(' '), '--as-of', '2026-03-10T05:00:00Z'], { cwd });
    expect(await run(`import ${join(cwd, 'archive.ndjson')}`)).toMatchObject({ exitCode: 0 });
    expect(
      await migrate(path, (db) => readRows(db, 'select place from landed_refusals where healed_at is null')),
    ).toEqual([{ place: 'archive.ndjson:5' }]);
    for (const line of ['build', 'publish'])
      expect({ line, ...(await run(line)) }).toMatchObject({ line, exitCode: 0 });
    expect((await run('explain POLLED')).out).toContain('delivered');
    expect((await run('status')).out).toContain('refused, and not read since: 1 bodies or lines');
  });
});
