import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTimeline } from '../../pipelines/sendcloud/timeline.js';
import { type House, openHouse, toEnvelopes } from '../pipelines/house.js';
import { randomHistories } from '../reference/histories.js';
import { noteFigure } from './figures.js';
import { createRandom } from './mutate.js';
import { dawn, digestTables, eve, makeFolder, mustRun, openWorld, publishedFile, whenOver } from './world.js';

// The same observations in another order, more than once, over other nights, in other zones, under another clock: the same marts.

const share = Number(process.env.FAULTS_SHARE ?? 1);
const dayMs = 86_400_000;
const asOf = new Date('2026-06-30T04:00:00Z');

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let index = mixed.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [mixed[index], mixed[other]] = [mixed[other] as T, mixed[index] as T];
  }
  return mixed;
}

/** Imports each part and builds after it, then publishes; the digests of what is published. */
async function runNights(parts: readonly string[], now: Date): Promise<Record<string, string>> {
  const house: House = openHouse(now);
  whenOver(() => house.remove());
  const clock = ['--as-of', asOf.toISOString()];
  for (const [index, part] of parts.entries()) {
    await house.run('import', house.write(`part-${index}.ndjson`, part), ...clock);
    await house.run('build', ...clock);
  }
  await house.run('publish', ...clock);
  const digests = await digestTables(house.path('data', 'published', 'shipping.duckdb'));
  house.remove();
  return digests;
}

const differences = (wanted: Record<string, string>, found: Record<string, string>) =>
  [...new Set([...Object.keys(wanted), ...Object.keys(found)])].filter(
    (table) => wanted[table] !== found[table],
  );

it('makes the same marts of random histories in any order, twice, over any nights, a day off', async () => {
  const seeds = Math.ceil(20 * share);
  const perSeed = 50;
  const bad: string[] = [];
  let compared = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const random = createRandom(seed);
    const observations = randomHistories(seed, perSeed, asOf).filter(
      ({ observedAt, response }) => observedAt <= asOf && readTimeline(response, { keepSourceId: false }).ok,
    );
    const whole = await runNights([toEnvelopes(observations)], asOf);
    const doubled = shuffle([...observations, ...observations.filter(() => random() < 0.3)], random);
    const cuts = [
      0,
      ...[random(), random()].sort().map((cut) => Math.floor(cut * doubled.length)),
      doubled.length,
    ];
    const parts = cuts.slice(1).map((end, index) => toEnvelopes(doubled.slice(cuts[index], end)));
    const clockOff = new Date(asOf.getTime() + (seed % 2 === 0 ? dayMs : -dayMs));
    const split = await runNights(parts, clockOff);
    compared += 1;
    bad.push(...differences(whole, split).map((table) => `seed ${seed}: ${table}`));
  }
  noteFigure({
    part: '5',
    what: 'random histories, shuffled, partly doubled, over three nights, on a machine whose clock is a day off',
    tried: compared * perSeed,
    bad: bad.length,
    reach: `${compared} warehouses of ${perSeed} parcels; every published table compared`,
  });
  expect(bad).toEqual([]);
});

it('makes the same marts in any zone of the host', async () => {
  const world = await openWorld(150);
  world.sandbox.setNow(dawn);
  const zones = ['UTC', 'Pacific/Kiritimati', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Pago_Pago'];
  const digests: Record<string, string>[] = [];
  for (const zone of zones) {
    const folder = makeFolder();
    const place = { folder, environment: { ...world.environment, TZ: zone } };
    await mustRun(
      ['register', '--known', world.writeParcels(folder, dawn), '--as-of', eve.toISOString()],
      place,
    );
    await mustRun(['nightly', '--as-of', dawn.toISOString()], place);
    digests.push(await digestTables(publishedFile(join(folder))));
  }
  const bad = digests
    .slice(1)
    .flatMap((found, index) =>
      differences(digests[0] ?? {}, found).map((table) => `${zones[index + 1]}: ${table}`),
    );
  noteFigure({
    part: '5',
    what: 'a night in another zone of the host',
    tried: zones.length,
    bad: bad.length,
    reach: zones.join(', '),
  });
  expect(bad).toEqual([]);
});
