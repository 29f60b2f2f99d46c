import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, readManifest, writeManifest } from '../../../pipelines/store/publish.js';
import { openReader } from '../../../queries/db.js';
import { randomHistories } from '../../reference/histories.js';
import { type House, openHouse, toEnvelopes } from '../house.js';

// A snapshot as the first version published it: fewer tables, and delay_breakdown, alerts and data_quality in their old form.

const asOf = new Date('2026-06-30T09:41:00Z');

/** The tables that 0.1.0 published. */
const firstTables =
  `run_parameters events parcels exception_episodes carrier_performance lane_performance shipping_option_performance
  weekly_performance transit_curves first_scan_curves period_changes weekly_control alerts exception_codes exception_episode_summary
  pickup_point_dwell label_waiting delay_breakdown promise_drift stalled_parcels overdue_parcels carriers thresholds data_quality`.split(
    /\s+/,
  );

const oldForms = [
  'alter table parcels drop promise_foreseen',
  'alter table parcels drop is_label_date_only',
  'alter table events drop is_date_only',
  'alter table carriers drop claim_days',
  `create or replace table delay_breakdown as select carrier_code, 'hand-over' as part, 'shipper' as owner, 1 as part_order,
     cast(1 as double) as mean_hours, cast(1 as double) as share, parcels from delay_breakdown`,
  `create or replace table alerts as select carrier_code, metric, side as signal, first_week as week_start_date, value from alerts`,
];

async function makeOld(published: string): Promise<void> {
  const folder = realpathSync(published);
  const manifest = readManifest(folder);
  if (manifest === null) throw new Error('nothing is published');
  const path = join(folder, 'shipping.duckdb');
  chmodSync(path, 0o600);
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const name of Object.keys(manifest.tables)) {
    if (!firstTables.includes(name)) await connection.run(`drop table ${name}`);
  }
  for (const statement of oldForms) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
  const tables = Object.fromEntries(
    Object.entries(manifest.tables).filter(([name]) => firstTables.includes(name)),
  );
  const database = {
    bytes: statSync(path).size,
    sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
  };
  const old: Manifest = {
    ...manifest,
    schema_version: 1,
    tables,
    files: { ...manifest.files, 'shipping.duckdb': database },
  };
  chmodSync(join(folder, 'manifest.json'), 0o600);
  writeManifest(folder, old);
}

describe('a snapshot of the first version', () => {
  let house: House;
  let number: string;
  beforeAll(async () => {
    house = openHouse(asOf);
    await house.call('import', house.write('archive.ndjson', toEnvelopes(randomHistories(11, 200, asOf))));
    await house.run('build');
    await house.run('publish');
    await makeOld(house.path('data', 'published'));
    const reader = await openReader(house.path('data', 'published', 'shipping.duckdb'));
    const [found] = await reader.all<{ tracking_number: string }>(
      'select tracking_number from parcels where length(tracking_number) > 4 order by 1 limit 1',
    );
    reader.close();
    number = found?.tracking_number ?? '';
  }, 180_000);
  afterAll(() => house.remove());

  it('is read by sql as it is, and told of by status', async () => {
    expect(number).not.toBe('');
    // what it answers goes to the terminal's own stream
    expect(await house.call('sql', 'select part from delay_breakdown limit 0')).toMatchObject({
      exitCode: 0,
    });
    expect(await house.call('sql', 'select hours_to_scan from delay_breakdown')).toMatchObject({
      exitCode: 2,
    });
    expect((await house.call('status')).out).toContain('data as of');
  });

  it.each([['report'], ['explain', 'NUMBER']])(
    'is too old for %s, which says what to do',
    async (...args) => {
      const { exitCode, err, out } = await house.call(
        ...args.map((arg) => (arg === 'NUMBER' ? number : arg)),
      );
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
      expect(err).toContain('was published by an older version');
      expect(err).toContain('parcelmetrics build && parcelmetrics publish');
      expect(err).not.toMatch(/ {4}at /);
    },
  );

  it('is followed by one that all read; only what changed since is left out, which is said', async () => {
    await house.run('build');
    await house.run('publish');
    const { exitCode, err } = await house.call('report');
    expect(exitCode).toBe(0);
    expect(err).toContain('names no changes since last night');
    expect(await house.run('explain', number)).toContain(number);
  });
});
