import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../pipelines/context.js';
import { closeParcels } from '../../../pipelines/extract/plan.js';
import { removeOld } from '../../../pipelines/night/retention.js';
import { listVersions, pruneVersions, versionsOf } from '../../../pipelines/store/versions.js';
import { openScratch } from '../../queries/harness.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('versions by count and age', () => {
  const now = new Date('2026-11-10T12:00:00Z');
  /** Ten nights, the newest of today; the link stands at one of them. */
  function makeVersions(current: string) {
    const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-keep-'));
    folders.push(folder);
    const versions = versionsOf(join(folder, 'published'), 'snapshots');
    for (let day = 1; day <= 10; day += 1) {
      mkdirSync(join(versions.folder, `202611${String(day).padStart(2, '0')}T040000Z-abcdef`), {
        recursive: true,
      });
    }
    symlinkSync(join('snapshots', current), versions.link);
    return versions;
  }
  const name = (day: string) => `202611${day}T040000Z-abcdef`;
  const days = (names: string[]) => names.map((one) => Number(one.slice(6, 8)));

  it('keeps the newest so many', () => {
    const versions = makeVersions(name('10'));
    expect(days(pruneVersions(versions, { count: 3, now }))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(days(listVersions(versions))).toEqual([8, 9, 10]);
  });

  it('keeps those of the last days too, and the current one whatever its age', () => {
    const versions = makeVersions(name('02'));
    pruneVersions(versions, { count: 1, days: 4, now });
    expect(days(listVersions(versions))).toEqual([2, 7, 8, 9, 10]);
    expect(readdirSync(versions.folder)).toHaveLength(5);
  });
});

describe('parcels by age', () => {
  const now = new Date('2026-11-10T12:00:00Z');

  /** A parcel delivered so many days ago, or still under way; polled when it was delivered and three weeks later. */
  function makeParcel(number: string, daysAgo: number, isDelivered = true, other?: string) {
    const at = (days: number) => new Date(now.getTime() - days * 86_400_000);
    const events = [
      { event_at: at(daysAgo + 2).toISOString(), event_type: 'carrier', status_code: 'accepted' },
      ...(isDelivered
        ? [{ event_at: at(daysAgo).toISOString(), event_type: 'carrier', status_code: 'delivered' }]
        : []),
    ];
    const numbers = [number, ...(other === undefined ? [] : [other])];
    const response = {
      announced_at: at(daysAgo + 3).toISOString(),
      events,
      tracking_numbers: numbers.map((tracking_number) => ({ carrier_code: 'dpd', tracking_number })),
    };
    return [at(daysAgo - 0.1), at(daysAgo - 21)].map((observedAt) => ({ observedAt, response }));
  }

  it('drops parcels that were closed long enough ago, whole, and the next build forgets them', async () => {
    const scratch = await openScratch();
    await scratch.land([
      ...makeParcel('OLD', 900),
      ...makeParcel('OLDPAIR', 910),
      ...makeParcel('OLDPAIR2', 905, true, 'OLDPAIR'),
      ...makeParcel('YOUNG', 100),
      ...makeParcel('NEVERENDED', 900, false),
    ]);
    await scratch.connection.run('use warehouse');
    await closeParcels(scratch.connection, { startAt: now, seedsFolder: null });
    await scratch.build({ asOf: now, days: 90, listHolidays: () => [] });
    const parcels = () =>
      scratch.rows<{ tracking_number: string }>('select tracking_number from marts.parcels order by 1');
    expect((await parcels()).map((row) => row.tracking_number)).toEqual([
      'NEVERENDED',
      'OLD',
      'OLDPAIR',
      'YOUNG',
    ]);

    await scratch.connection.run('use warehouse');
    const warnings: string[] = [];
    const remove = (keepLandedDays: number | null) =>
      removeOld(
        {
          config: { keepLandedDays, days: 90, published: '/nowhere/published' },
          clock: () => now,
          log: { warn: (text: string) => warnings.push(text) },
        } as unknown as Context,
        { connection: scratch.connection, runId: 'r', note: () => {} },
      );
    expect(await remove(null)).toEqual([]);
    expect(warnings).toEqual([]);
    expect(await remove(800)).toEqual([
      expect.stringMatching(/^3 parcels closed more than 800 days ago, with \d+ rows: gone/),
    ]);
    for (const table of ['registry', 'landed_polls', 'landed_responses', 'landed_events']) {
      const rows = await scratch.rows<{ tracking_number: string }>(
        `select distinct tracking_number from warehouse.${table} order by 1`,
      );
      expect(rows.map((row) => row.tracking_number)).toEqual(['NEVERENDED', 'YOUNG']);
    }
    await scratch.build({ asOf: now, days: 90, listHolidays: () => [] });
    expect((await parcels()).map((row) => row.tracking_number)).toEqual(['NEVERENDED', 'YOUNG']);

    await scratch.connection.run('use warehouse');
    expect(await remove(90)).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringMatching(/^keep-landed-days is 90: figures that look back further \(401 days/),
    ]);
    scratch.close();
  });
});
