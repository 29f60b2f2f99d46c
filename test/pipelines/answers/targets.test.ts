import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTimeline } from '../../../pipelines/sendcloud/timeline.js';
import { randomHistories } from '../../reference/histories.js';
import { type House, openHouse, toEnvelopes } from '../house.js';

const asOf = new Date('2026-06-30T09:41:00Z');
let house: House;
beforeAll(async () => {
  house = openHouse(asOf);
  const observations = randomHistories(5, 400, asOf).filter(
    ({ response }) => readTimeline(response, { keepSourceId: false }).ok,
  );
  await house.run('import', house.write('archive.ndjson', toEnvelopes(observations)));
  await house.run('build');
  await house.run('publish');
});
afterAll(() => house.remove());

it('says what would fill it where nothing was agreed', async () => {
  expect(await house.run('targets')).toMatch(
    /^Nothing was agreed that this tool knows of\.\nPut a file targets\.csv into/,
  );
});

it('says what is missed, met and undecided, and ends with 3 for a monitor alone', async () => {
  mkdirSync(house.path('seeds'));
  house.environment.PARCELMETRICS_SEEDS = house.path('seeds');
  house.write(
    'seeds/targets.csv',
    [
      'carrier_code,from_country,to_country,delivery_type,service_level,metric,target,from_date,to_date,note',
      ',,,,,exception_rate,0.0001,2026-01-01,,strict',
      ',,,,,exception_rate,0.9999,2026-01-02,,lax',
      'nobody,,,,,on_time_rate,0.95,,,none of theirs',
    ].join('\n'),
  );
  await house.run('build');
  await house.run('publish');
  const said = await house.call('targets');
  expect(said.exitCode).toBe(0);
  expect(said.out).toMatch(/any carrier +all lanes +.*≤ 0\.0 % .*MISSED +short by \d+ to \d+ /);
  expect(said.out).toMatch(/≤ 100\.0 % .* met /);
  expect(said.out).toMatch(/nobody .*≥ 95\.0 % +- +0 +too few/);
  expect(said.out).toMatch(/\n1 missed, 1 met, 0 too close to say, 1 with too few parcels/);
  expect((await house.call('targets', '--fail-on', 'missed')).exitCode).toBe(3);
  const { missed, targets } = JSON.parse((await house.call('targets', '--json')).out);
  expect({ missed, rows: targets.length }).toEqual({ missed: 1, rows: 3 });
});
