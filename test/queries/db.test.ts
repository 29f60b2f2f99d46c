import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { publish } from '../../pipelines/store/publish.js';
import { openPart, openReader, openSnapshot, SnapshotError } from '../../queries/db.js';
import { writeComments } from '../../queries/dictionary.js';
import { publicTables } from '../../queries/models.js';
import type { Snapshot } from '../../queries/schema.js';
import { readSchema } from '../docs/read-schema.js';
import { openScratch, type Scratch } from './harness.js';
import { readableHistories } from './nights.js';

const asOf = new Date('2026-06-30T09:41:00Z');
const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-db-'));
const published = join(folder, 'published');
let db: Awaited<ReturnType<typeof openSnapshot>>;

let scratch: Scratch;
const publishAs = (runId: string) =>
  publish(scratch.connection, { published, runId, tables: publicTables, writeComments });

beforeAll(async () => {
  scratch = await openScratch();
  await scratch.land(readableHistories(1, 150, asOf));
  await scratch.build({ asOf, days: 90 });
  await publishAs('run-1');
  db = await openSnapshot(published);
});
afterAll(async () => {
  scratch.close();
  await db.destroy();
  rmSync(folder, { recursive: true });
});

describe('openSnapshot', () => {
  it('has every published table with the columns and the types that it declares', async () => {
    const declared = readSchema();
    for (const table of publicTables) {
      const rows = await db
        .selectFrom(table as keyof Snapshot)
        .selectAll()
        .execute();
      const columns = declared.get(table) ?? [];
      expect(columns.length).toBeGreaterThan(0);
      for (const row of rows as Record<string, unknown>[]) {
        expect(Object.keys(row).sort()).toEqual(columns.map(({ name }) => name).sort());
        const wrong = columns.filter(({ name, type, isNullable }) => {
          const value = row[name];
          return value === null ? !isNullable : typeof value !== type;
        });
        expect(wrong).toEqual([]);
      }
    }
  });

  it('answers typed queries as plain SQL does', async () => {
    const rows = await db
      .selectFrom('parcels')
      .innerJoin('carriers', 'carriers.carrier_code', 'parcels.carrier_code')
      .select(({ fn }) => [
        'carriers.carrier_name',
        fn.countAll<number>().as('count'),
        fn.max('parcels.transit_hours').as('slowest'),
        fn.min('parcels.label_date').as('first_label'),
      ])
      .where('parcels.is_return', '=', false)
      .where('parcels.label_at', '>=', '2026-03-01T00:00:00Z')
      .where('parcels.delivery_type', 'in', ['home', 'mailbox'])
      .groupBy('carriers.carrier_name')
      .orderBy('carriers.carrier_name')
      .execute();
    expectTypeOf(rows).toEqualTypeOf<
      { carrier_name: string; count: number; slowest: number | null; first_label: string | null }[]
    >();
    const reader = await openReader(join(published, 'shipping.duckdb'));
    expect(rows).toEqual(
      await reader.all(`
        select carrier_name, count(*) as count, max(transit_hours) as slowest, min(label_date) as first_label
        from parcels inner join carriers using (carrier_code)
        where not is_return and label_at >= timestamp '2026-03-01' and delivery_type in ('home', 'mailbox')
        group by 1 order by 1`),
    );
    expect(rows.length).toBeGreaterThan(2);
    expect(rows[0]?.first_label).toMatch(/^2026-\d\d-\d\d$/);
    reader.close();
  });

  it('takes an instant as a Date in raw SQL, streams, and runs queries side by side', async () => {
    const at = new Date('2026-05-01T00:00:00Z');
    const raw = await sql<{
      count: number;
    }>`select count(*) as count from parcels where label_at < ${at}`.execute(db);
    const built = await db
      .selectFrom('parcels')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('label_at', '<', at.toISOString())
      .executeTakeFirstOrThrow();
    expect(raw.rows).toEqual([built]);
    expect(built.count).toBeGreaterThan(0);

    const counts = await Promise.all(
      [1, 2, 3].map(() => db.selectFrom('events').select('event_order').execute()),
    );
    let streamed = 0;
    for await (const _row of db.selectFrom('events').select('event_order').stream()) streamed += 1;
    expect(counts.map((rows) => rows.length)).toEqual([streamed, streamed, streamed]);
  });

  it('keeps to its snapshot when another is published, and cannot write', async () => {
    const count = () =>
      db
        .selectFrom('events')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
    const before = await count();
    await scratch.connection.run('delete from events where event_order > 1');
    await publishAs('run-2');
    expect(await count()).toEqual(before);
    const later = await openSnapshot(join(published, 'shipping.duckdb'));
    const [{ count: fewer } = { count: 0 }] = (
      await sql<{ count: number }>`select count(*) as count from events`.execute(later)
    ).rows;
    expect(fewer).toBeLessThan(before.count);
    await expect(later.deleteFrom('parcels').execute()).rejects.toThrow(/read-only/i);
    await later.destroy();
  });

  it('says so when there is no snapshot', async () => {
    await expect(openSnapshot(join(folder, 'nowhere'))).rejects.toThrow(SnapshotError);
    await expect(openSnapshot(folder)).rejects.toThrow(/there is no snapshot at/);
  });
});

describe('openPart', () => {
  it('has what was taken, and no way to the rest or to any file', async () => {
    const part = await openPart(published, async ({ run, read }) => {
      const [first] = await read<{ carrier_code: string }>(
        'select carrier_code from whole.carriers order by carrier_code limit 1',
      );
      await run('create table carriers as select * from whole.carriers where carrier_code = $1', [
        first?.carrier_code ?? '',
      ]);
    });
    expect(await part.selectFrom('carriers').selectAll().execute()).toHaveLength(1);
    await expect(part.selectFrom('parcels').selectAll().execute()).rejects.toThrow('parcels');
    await expect(sql`select * from whole.parcels`.execute(part)).rejects.toThrow('whole');
    const file = join(published, 'shipping.duckdb');
    await expect(sql.raw(`attach '${file}' as again (read_only)`).execute(part)).rejects.toThrow(/disabled/);
    await expect(sql`set enable_external_access = true`.execute(part)).rejects.toThrow(/external/);
    await part.destroy();
  });

  it('leaves nothing open where taking fails, and names a place without a snapshot', async () => {
    const attempt = openPart(published, ({ run }) => run('create table a as select * from whole.nowhere'));
    await expect(attempt).rejects.toThrow('nowhere');
    await expect(openPart(join(folder, 'none'), async () => {})).rejects.toThrow(SnapshotError);
  });
});
