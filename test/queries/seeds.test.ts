import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeedError } from '../../queries/errors.js';
import { loadSeeds } from '../../queries/seeds.js';

// What an analyst writes by hand is wrong one day: the row is named, with its file and line, and nothing is built.

const header =
  'carrier_code,from_country,to_country,delivery_type,service_level,metric,target,from_date,to_date,note';

describe("the analyst's own files", () => {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-seeds-'));
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    connection = await instance.connect();
  });
  afterAll(() => {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What loading says with these files in the folder, or the fingerprint. */
  async function load(files: Record<string, string>): Promise<string | SeedError> {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    try {
      return await loadSeeds(connection, folder);
    } catch (error) {
      if (error instanceof SeedError) return error;
      throw error;
    } finally {
      for (const name of Object.keys(files)) rmSync(join(folder, name));
    }
  }

  const good = 'dhl,,,,,on_time_rate,0.9,,,';
  const wrongTargets: [string, string][] = [
    ['DHL,,,,,on_time_rate,0.9,,,', 'carrier_code is "DHL", which does not fit'],
    ['dhl,,nl,,,on_time_rate,0.9,,,', 'to_country is "nl", which does not fit'],
    ['dhl,,,door,,on_time_rate,0.9,,,', 'delivery_type is "door", expected one of home, mailbox'],
    ['dhl,,,,,on_time_rate,90,,,', 'target is 90, expected 0 to 1'],
    ['dhl,,,,,on_time_rate,,,,', 'target is empty'],
    [
      'dhl,,,,,punctuality,0.9,,,',
      'metric is "punctuality", expected a rate of which one way is good: never_',
    ],
    ['dhl,,,,,transit_p50_hours,0.9,,,', 'metric is "transit_p50_hours", expected a rate'],
    ['dhl,,,,,diverted_to_pickup_rate,0.9,,,', 'metric is "diverted_to_pickup_rate", expected a rate'],
    ['dhl,,,,,on_time_rate,0.9,2026-02-30,,', 'from_date is "2026-02-30", expected a day as 2026-01-31'],
    ['dhl,,,,,on_time_rate,0.9,1-2-2026,,', 'from_date is "1-2-2026", expected a day as 2026-01-31'],
    [
      'dhl,,,,,on_time_rate,0.9,2026-03-01,2026-02-28,',
      'from_date 2026-03-01 is later than to_date 2026-02-28',
    ],
    [good, 'metric, from_date, to_date already stands in line 2'],
  ];

  it.each(wrongTargets)('targets.csv: %s', async (row, problem) => {
    const error = await load({ 'targets.csv': `${header}\n${good}\n${row}\n` });
    expect(error).toBeInstanceOf(SeedError);
    expect(String(error)).toContain(`${join(folder, 'targets.csv')}:3: `);
    expect(String(error)).toContain(problem);
    expect((error as SeedError).exitCode).toBe(2);
  });

  it.each([
    ['notes.csv', 'date,carrier_code,text', '2026-13-01,,peak', 'date is "2026-13-01", expected a day'],
    ['notes.csv', 'date,carrier_code,text', '2026-12-01,,', 'text is empty'],
    [
      'carriers.csv',
      'carrier_code,carrier_name,colour_order,claim_days',
      'dhl,DHL,,0',
      'claim_days is 0, expected 1',
    ],
    [
      'carriers.csv',
      'carrier_code,carrier_name,colour_order,claim_days',
      'dhl,DHL,,soon',
      'expected a number',
    ],
  ])('%s: %s, %s', async (file, columns, row, problem) => {
    const error = await load({ [file]: `${columns}\n${row}\n` });
    expect(String(error)).toContain(`${join(folder, file)}:2: `);
    expect(String(error)).toContain(problem);
  });

  it('a carriers.csv from before claim_days will do', async () => {
    expect(
      typeof (await load({ 'carriers.csv': 'carrier_code,carrier_name,colour_order\ndhl,DHL,1\n' })),
    ).toBe('string');
    const rows = await connection.runAndReadAll('select claim_days from seed_carriers');
    expect(rows.getRows()).toEqual([[null]]);
  });

  it('no parcel hangs on targets and notes: other ones derive nothing anew', async () => {
    const none = await load({});
    const some = await load({
      'targets.csv': `${header}\n${good}\n`,
      'notes.csv': 'date,carrier_code,text\n2026-06-01,dhl,"strike, two days"\n',
    });
    expect(some).toBe(none);
    expect(await load({ 'carriers.csv': 'carrier_code,carrier_name,colour_order\ndhl,DHL,1\n' })).not.toBe(
      none,
    );
  });
});
