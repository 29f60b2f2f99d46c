import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eraseFromLake, writeLake } from '../../../pipelines/store/lake.js';
import { openScratch, type RawObservation, type Scratch } from '../../queries/harness.js';
import { makeFolder } from '../extract/harness.js';

const scratches: Scratch[] = [];
async function open(): Promise<Scratch> {
  const scratch = await openScratch();
  scratches.push(scratch);
  return scratch;
}
afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.close();
});

/** A poll of a number, whose events happened on these days of June; long, so that no packing hides it. */
const poll = (number: string, at: string, days: number[]): RawObservation => ({
  observedAt: new Date(at),
  response: {
    details: {},
    from_address: { country_code: 'NL' },
    to_address: { country_code: 'DE' },
    ship_with: {},
    tracking_numbers: [{ carrier_code: 'dhl', tracking_number: number }],
    events: days.map((day) => ({
      event_at: `2026-06-${String(day).padStart(2, '0')}T10:00:00.000123Z`,
      status_code: 'in_transit',
      event_type: 'carrier',
    })),
  },
});

const one = 'ZQXJ7H3KWVY-ONE';
const two = 'ZQXJ7H3KWVY-TWO';

/** What a reader of the lake sees of a table: the rows in the file that the registry names. */
async function readNewest(scratch: Scratch, folder: string, table: string): Promise<string[]> {
  const rows = await scratch.rows<{ text: string }>(`
    select cast(rows as varchar) as text
    from (
        select landed.* exclude (lake_file, account)
        from read_parquet('${folder}/${table}/*.parquet') as landed
        inner join read_parquet('${folder}/registry/*.parquet') as numbers
          on landed.tracking_number = numbers.tracking_number and landed.lake_file = numbers.lake_file
    ) as rows
    order by 1`);
  return rows.map(({ text }) => text);
}

async function readLanded(scratch: Scratch, table: string): Promise<string[]> {
  const rows = await scratch.rows<{ text: string }>(
    `select cast(rows as varchar) as text from (select * from warehouse.${table}) as rows order by 1`,
  );
  return rows.map(({ text }) => text);
}

const listFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.parquet'));

const holds = (folder: string, number: string) =>
  listFiles(folder).filter((name) => readFileSync(join(folder, name)).includes(number));

describe('the lake', () => {
  it('has what was landed, the newest of each number, however often it was written', async () => {
    const scratch = await open();
    const place = { folder: makeFolder(), account: 'own' };
    await scratch.land([poll(one, '2026-06-02T00:00:00Z', [1]), poll(two, '2026-06-02T00:00:00Z', [1])]);
    expect(await writeLake(scratch.connection, place, 'r1')).toEqual({ numbers: 2, erased: 0 });
    // The first event is seen no longer, which changes its row; the second is new.
    await scratch.land([poll(one, '2026-06-05T00:00:00Z', [4])]);
    expect(await writeLake(scratch.connection, place, 'r2')).toEqual({ numbers: 1, erased: 0 });
    expect(await writeLake(scratch.connection, place, 'r3')).toEqual({ numbers: 0, erased: 0 });
    for (const table of ['landed_polls', 'landed_responses', 'landed_events']) {
      const landed = await readLanded(scratch, table);
      expect(landed.length).toBeGreaterThan(1);
      expect(await readNewest(scratch, place.folder, table)).toEqual(landed);
    }
    expect(
      listFiles(place.folder)
        .filter((name) => name.startsWith('landed_events'))
        .sort(),
    ).toEqual(['landed_events/own.r1.parquet', 'landed_events/own.r2.parquet']);
    expect(listFiles(place.folder).filter((name) => name.includes('draft'))).toEqual([]);
  });

  it('gets again what lay in a file that somebody removed', async () => {
    const scratch = await open();
    const place = { folder: makeFolder(), account: 'own' };
    await scratch.land([poll(one, '2026-06-02T00:00:00Z', [1]), poll(two, '2026-06-02T00:00:00Z', [1])]);
    await writeLake(scratch.connection, place, 'r1');
    rmSync(join(place.folder, 'landed_events/own.r1.parquet'));
    expect(await writeLake(scratch.connection, place, 'r2')).toEqual({ numbers: 2, erased: 0 });
    expect(await readNewest(scratch, place.folder, 'landed_events')).toEqual(
      await readLanded(scratch, 'landed_events'),
    );
  });

  it('of two accounts keeps their files apart', async () => {
    const folder = makeFolder();
    for (const account of ['first', 'second']) {
      const scratch = await open();
      await scratch.land([poll(account === 'first' ? one : two, '2026-06-02T00:00:00Z', [1])]);
      await writeLake(scratch.connection, { folder, account }, 'r1');
      if (account === 'second') await eraseFromLake(scratch.connection, { folder, account }, [one, two]);
    }
    expect(holds(folder, two)).toEqual([]);
    expect(holds(folder, one).length).toBeGreaterThan(3);
  });

  it('holds an erased number in no file, old versions of its rows included, and the others as before', async () => {
    const scratch = await open();
    const place = { folder: makeFolder(), account: 'own' };
    await scratch.land([poll(one, '2026-06-02T00:00:00Z', [1]), poll(two, '2026-06-02T00:00:00Z', [1])]);
    await writeLake(scratch.connection, place, 'r1');
    await scratch.land([poll(one, '2026-06-05T00:00:00Z', [4])]);
    await writeLake(scratch.connection, place, 'r2');
    expect(holds(place.folder, one).length).toBe(7);
    expect(await eraseFromLake(scratch.connection, place, [one])).toBe(7);
    expect(holds(place.folder, one)).toEqual([]);
    expect(existsSync(join(place.folder, 'landed_events/own.r2.parquet'))).toBe(false);
    expect(await readNewest(scratch, place.folder, 'landed_events')).toHaveLength(1);
    expect(await eraseFromLake(scratch.connection, place, [one])).toBe(0);
  });

  it('loses what the warehouse has dropped', async () => {
    const scratch = await open();
    const place = { folder: makeFolder(), account: 'own' };
    await scratch.land([poll(one, '2026-06-02T00:00:00Z', [1]), poll(two, '2026-06-02T00:00:00Z', [1])]);
    await writeLake(scratch.connection, place, 'r1');
    for (const table of ['registry', 'landed_polls', 'landed_events', 'landed_responses'])
      await scratch.connection.run(`delete from warehouse.${table} where tracking_number = '${one}'`);
    expect(await writeLake(scratch.connection, place, 'r2')).toEqual({ numbers: 0, erased: 1 });
    expect(holds(place.folder, one)).toEqual([]);
    expect(holds(place.folder, two).length).toBeGreaterThan(0);
  });
});
