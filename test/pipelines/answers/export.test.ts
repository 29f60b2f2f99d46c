import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTimeline } from '../../../pipelines/sendcloud/timeline.js';
import { readRows } from '../../../queries/db.js';
import { publicTables } from '../../../queries/models.js';
import { randomHistories } from '../../reference/histories.js';
import { type House, openHouse, toEnvelopes } from '../house.js';

const asOf = new Date('2026-06-30T09:41:00Z');
/** Two bodies of one parcel at one instant, the second with another promise and one event more; and one of a later poll. */
const twins = [1, 2, 3].map((count) => ({
  observedAt: new Date(count < 3 ? '2026-06-20T10:00:00.000Z' : '2026-06-22T10:00:00.000Z'),
  response: {
    announced_at: '2026-06-15T09:00:00Z',
    details: { expected_delivery_date: `2026-06-${16 + count}` },
    from_address: { country_code: 'NL' },
    to_address: { country_code: 'NL' },
    events: ['2026-06-15T18:00:00Z', '2026-06-17T12:00:00Z'].slice(0, count).map((event_at) => ({
      event_at,
      event_type: 'carrier',
      status_code: 'accepted',
      status_type: 'success',
    })),
    tracking_numbers: [{ carrier_code: 'dhl', tracking_number: 'TWIN1' }],
  },
}));
const observations = [...randomHistories(5, 250, asOf), ...twins].filter(
  ({ response }) => readTimeline(response, { keepSourceId: false }).ok,
);

const houses: House[] = [];
function newHouse(): House {
  const house = openHouse(asOf);
  houses.push(house);
  return house;
}

let first: House;
let second: House;
beforeAll(async () => {
  first = newHouse();
  second = newHouse();
  await first.run('import', first.write('archive.ndjson', toEnvelopes(observations)));
  await first.run('build');
  await first.run('publish');
});
afterAll(() => {
  for (const house of houses) house.remove();
});

/** Rows that only what is published of one and the marts of another have, by public table; `but` names columns that may differ. */
async function findDifferences(one: House, other: House, but: Record<string, string> = {}) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const published = one.path('data', 'published', 'shipping.duckdb');
  const marts = other.path('data', 'marts.duckdb');
  await connection.run(`attach '${published}' as one (read_only); attach '${marts}' as other (read_only)`);
  const differences: unknown[] = [];
  for (const table of publicTables) {
    // How a response read when it came is not in what is kept of it.
    const left = [table === 'parcels' ? 'reading_flags, unreadable_fields' : '', but[table] ?? ''].filter(
      Boolean,
    );
    const columns = left.length === 0 ? '*' : `* exclude (${left.join(', ')})`;
    const where =
      table === 'data_quality'
        ? "where check_name not in ('unusual_code', 'unreadable_field', 'invalid_code', 'unknown_field')"
        : '';
    const [ours, theirs] = ['one', 'other'].map((name) => `select ${columns} from ${name}.${table} ${where}`);
    const rows = await readRows(
      connection,
      `(${ours} except all ${theirs}) union all (${theirs} except all ${ours}) limit 5`,
    );
    if (rows.length > 0) differences.push({ table, rows });
  }
  connection.closeSync();
  instance.closeSync();
  return differences;
}

describe('export --landed', () => {
  it('brings the same tables back when it is imported into an empty warehouse', async () => {
    const file = first.path('landed.ndjson.gz');
    const said = await first.run('export', '--landed', file);
    expect(said).toMatch(
      /responses: .*landed\.ndjson\.gz\n\d+ registered numbers: .*landed\.registry\.ndjson\.gz/,
    );
    const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
    const polls = new Set(
      observations.map(
        ({ observedAt, response }) => `${observedAt.toISOString()} ${JSON.stringify(response)}`,
      ),
    );
    expect(lines).toHaveLength(polls.size);
    expect(lines.length).toBeGreaterThan(350);

    await second.run('import', file);
    await second.run('build');
    expect(await findDifferences(first, second)).toEqual([]);
    expect(await first.call('export', '--landed', file)).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('is there already'),
    });
  });

  it('is what restore takes, with what no response says: dead letters, unanswered numbers, what was forgotten', async () => {
    const house = newHouse();
    const some = observations.slice(0, 40);
    await house.run('import', house.write('archive.ndjson', toEnvelopes(some)));
    await house.run(
      'register',
      '--known',
      house.write('known.csv', 'tracking_number,carrier_code\nUNANSWERED,dhl\n'),
    );
    await house.run('forget', 'FORGOTTEN1');
    await withWarehouse(house, (db) =>
      db.run(`
        insert into landed_shipments (tracking_number, listed_at, scope, handover_at, is_return)
        values ('UNANSWERED', timestamp '2026-06-29', 'all', timestamp '2026-06-30 15:00:00', true);
        insert into dropped_numbers values (18446744073709551615, timestamp '2026-01-01')`),
    );
    await house.run('export', '--landed', 'landed.ndjson');
    const registry = () => registryOf(house);
    const before = await registry();
    expect(before).toContainEqual(
      expect.objectContaining({ tracking_number: 'UNANSWERED', origin: 'known' }),
    );

    const refused = await house.call('restore', 'landed.ndjson');
    expect(refused).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/is there, with \d+ registered numbers/),
    });
    expect(refused.err).toContain('Nothing was changed. With --yes it is moved to');
    const said = await house.run('restore', 'landed.ndjson', '--yes');
    expect(said).toMatch(
      /was made from the responses in .*landed\.ndjson: \d+ polls of \d+ lines\nthe earlier one is .*before-20260630T094100Z/,
    );
    expect(await registry()).toEqual(before);
    const ofTheList = await withWarehouse(house, (db) =>
      readRows(
        db,
        'select tracking_number, scope, cast(handover_at as varchar) as handover_at, is_return, cast(digest as varchar) as digest from landed_shipments, dropped_numbers',
      ),
    );
    expect(ofTheList).toEqual([
      {
        tracking_number: 'UNANSWERED',
        scope: 'all',
        handover_at: '2026-06-30 15:00:00',
        is_return: true,
        digest: '18446744073709551615',
      },
    ]);
    expect(readdirSync(house.path('data')).filter((name) => name.includes('before-'))).toHaveLength(1);
    // What was erased stays out, whoever brings it back.
    const archive = house.write(
      'again.ndjson',
      toEnvelopes([
        {
          observedAt: asOf,
          response: {
            events: [],
            tracking_numbers: [{ carrier_code: 'dhl', tracking_number: 'FORGOTTEN1' }],
          },
        },
      ]),
    );
    expect(await house.run('import', archive)).toContain('1 left out, because their numbers were forgotten');
  });
});

async function withWarehouse<T>(house: House, work: (db: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(house.path('data', 'warehouse.duckdb'));
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function registryOf(house: House) {
  const instance = await DuckDBInstance.create(house.path('data', 'warehouse.duckdb'), {
    access_mode: 'READ_ONLY',
  });
  const connection = await instance.connect();
  const rows = await readRows(
    connection,
    `select tracking_number, carrier_code, registered_at, origin, state, state_reason, alias_of, phase, phase_since,
       last_polled_at, last_success_at, not_found_count
     from registry order by tracking_number`,
  );
  connection.closeSync();
  instance.closeSync();
  return rows;
}

describe('restore', () => {
  it('makes the warehouse again from a published snapshot alone, and the marts with the next build', async () => {
    const house = second;
    const said = await house.run('restore', first.path('data', 'published'), '--yes');
    expect(said).toContain('was made from the snapshot');
    // Derived from the warehouse that was there before.
    expect(existsSync(house.path('data', 'marts.duckdb'))).toBe(false);
    await house.run('build');
    // When a parcel was first looked at, before it showed anything, is not published: it decides the order of colours.
    expect(
      await findDifferences(first, house, {
        accounts: 'number_count, parcel_count',
        carriers: 'first_landed_date, colour_rank',
        data_quality: 'count, share, worst_carrier_code, worst_carrier_share, is_warning',
      }),
    ).toEqual([]);
  });

  it('takes a copy of the warehouse, and names what is none', async () => {
    const house = newHouse();
    const said = await house.run('restore', first.path('data', 'warehouse.duckdb'));
    expect(said).toContain('was made from the copy');
    expect(await registryOf(house)).toEqual(await registryOf(first));
    for (const [name, text] of [
      ['notes.txt', 'a shopping list'],
      ['empty', ''],
    ] as const) {
      expect(await house.call('restore', house.write(name, text), '--yes')).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining('neither a copy of a warehouse, nor landed responses, nor a snapshot'),
      });
    }
    expect(await house.call('restore', 'nowhere')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('no file, no folder, and no snapshot that is kept'),
    });
    expect(existsSync(house.path('data', 'warehouse.duckdb.lock'))).toBe(false);
  });
});

describe('export', () => {
  it('writes a file a table, Parquet or CSV, and replaces none unless told to', async () => {
    await first.run('export', 'tables');
    await first.run('export', 'csv', '--format', 'csv');
    const names = (folder: string, kind: string) =>
      readdirSync(first.path(folder))
        .filter((name) => name.endsWith(kind))
        .sort();
    expect(names('tables', '.parquet')).toEqual(publicTables.map((name) => `${name}.parquet`).sort());
    expect(names('csv', '.csv')).toEqual(publicTables.map((name) => `${name}.csv`).sort());
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const [counts] = await readRows(
      connection,
      `select (select count(*) from '${first.path('tables', 'parcels.parquet')}') as parquet,
         (select count(*) from read_csv('${first.path('csv', 'parcels.csv')}')) as csv,
         (select typeof(any_value(observed_at)) from read_csv('${first.path('csv', 'parcels.csv')}')) as type`,
    );
    connection.closeSync();
    instance.closeSync();
    const { tables } = JSON.parse(readFileSync(first.path('tables', 'export.json'), 'utf8'));
    expect(counts).toEqual({
      parquet: tables.parcels.rows,
      csv: tables.parcels.rows,
      type: expect.stringMatching(/^TIMESTAMP/),
    });
    expect(await first.call('export', 'tables')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('--overwrite'),
    });
    expect(await first.call('export', 'tables', '--overwrite')).toMatchObject({ exitCode: 0 });
    expect(await first.call('export')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('needs a folder'),
    });
  });
});

it('writes a workbook a table, dates as dates, and says that forget does not reach copies', async () => {
  const folder = first.path('workbooks');
  const said = await first.run('export', folder, '--format', 'xlsx');
  expect(said).toMatch(/`parcelmetrics forget` does not reach them/);
  expect(readdirSync(folder).sort()).toEqual(
    [...publicTables.map((table) => `${table}.xlsx`), 'export.json'].sort(),
  );
  const parts = unzipSync(readFileSync(`${folder}/parcels.xlsx`));
  const read = (name: string) => strFromU8(parts[name] ?? new Uint8Array());
  const rows = read('xl/worksheets/sheet1.xml');
  const { tables } = JSON.parse(readFileSync(`${folder}/export.json`, 'utf8'));
  expect(tables.parcels.rows).toBeGreaterThan(200);
  expect(rows.match(/<row /g)).toHaveLength(1 + tables.parcels.rows);
  expect(read('xl/sharedStrings.xml')).toContain('TWIN1');
  // TWIN1 was labelled on 15 June 2026 at 09:00 UTC
  expect(rows).toContain('<v>46188.375</v>');
});
