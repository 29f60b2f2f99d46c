import { expect, it } from 'vitest';
import { makeTimeline } from '../pipelines/extract/harness.js';
import { openScratch, type Scratch } from './harness.js';

const asOf = new Date('2026-03-05T04:00:00Z');

async function list(
  scratch: Scratch,
  number: string,
  handover: string | null,
  isReturn: boolean | null,
  listed: string,
) {
  await scratch.connection.run('use warehouse');
  await scratch.connection.run('delete from landed_shipments where tracking_number = $1', [number]);
  await scratch.connection.run(
    `insert into landed_shipments (tracking_number, listed_at, scope, handover_at, is_return)
     values ($1, cast($2 as timestamp), 'all', cast($3 as timestamp), $4)`,
    [number, listed, handover, isReturn],
  );
}

it('says how long after the planned handover a parcel was first scanned, and which are returns by the list', async () => {
  const scratch = await openScratch();
  const scanned = [['2026-03-02T18:00:00Z', 'accepted']] as const;
  const numbers = ['LATE', 'SOONER', 'DATE', 'UNLISTED', 'UNPLANNED', 'UNSCANNED', 'RETURN'];
  await scratch.land(
    numbers.map((number) => ({
      observedAt: new Date('2026-03-03T04:00:00Z'),
      response: makeTimeline(number, number === 'UNSCANNED' ? [] : scanned, { details: {} }),
    })),
  );
  const before = '2026-03-03 04:00:00';
  await list(scratch, 'LATE', '2026-03-02 16:30:00', null, before);
  await list(scratch, 'SOONER', '2026-03-02 20:00:00', false, before);
  await list(scratch, 'DATE', '2026-03-02 00:00:00', null, before);
  await list(scratch, 'UNPLANNED', null, null, before);
  await list(scratch, 'UNSCANNED', '2026-03-02 16:30:00', null, before);
  await list(scratch, 'RETURN', null, true, before);
  await scratch.build({ asOf, days: 90 });
  const read = () =>
    scratch.rows(
      'select tracking_number, first_scan_after_handover_hours as hours, is_return from parcels order by 1',
    );
  expect(await read()).toEqual([
    { tracking_number: 'DATE', hours: null, is_return: false },
    { tracking_number: 'LATE', hours: 1.5, is_return: false },
    { tracking_number: 'RETURN', hours: null, is_return: true },
    { tracking_number: 'SOONER', hours: -2, is_return: false },
    { tracking_number: 'UNLISTED', hours: null, is_return: false },
    { tracking_number: 'UNPLANNED', hours: null, is_return: false },
    { tracking_number: 'UNSCANNED', hours: null, is_return: false },
  ]);
  // What the list shows later is taken up without another poll, and no other parcel is derived again.
  await list(scratch, 'LATE', '2026-03-02 17:00:00', null, '2026-03-05 05:00:00');
  const built = await scratch.build({ asOf: new Date('2026-03-05T06:00:00Z'), days: 90 });
  expect(built.changedCount).toBe(1);
  expect(await read()).toContainEqual({ tracking_number: 'LATE', hours: 1, is_return: false });
  scratch.close();
});
