import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRandom } from './chance.js';
import { type Bench, openBench } from './steps.js';
import { drawWorld, type FirstCase, findCases, giveFrame, type Incident } from './worlds.js';

// What the first case is worth: how often it names what was planted, and how often there is one where nothing is.

/** Half of the worlds unless asked: one takes a sixth of a second of computing, for Holm's step-down is over one run. */
const worlds = process.env.CASES_WORLDS === 'all' ? 200 : 100;

interface Told {
  incident: Incident;
  first: FirstCase | undefined;
}

/** The chance of so many or more, at one in twenty each. */
function tailOf(count: number): number {
  let mass = 0.95 ** worlds;
  let below = 0;
  for (let k = 0; k < count; k += 1) {
    below += mass;
    mass *= (((worlds - k) / (k + 1)) * 0.05) / 0.95;
  }
  return 1 - below;
}

describe(`the first case of ${worlds} made-up worlds (CASES_WORLDS=all: 200) of 4 carriers and 6 lanes`, () => {
  const told: Told[] = [];
  let calmCases = 0;
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
    await giveFrame(bench);
    for (let seed = 0; seed < worlds; seed += 1) {
      const { incident, ...planted } = drawWorld(makeRandom(1527 + seed), false);
      const [first] = await findCases(bench, { incident, ...planted });
      if (incident) told.push({ incident, first });
      const calm = await findCases(bench, drawWorld(makeRandom(8527 + seed), true));
      if (calm.length > 0) calmCases += 1;
    }
  }, 900_000);
  afterAll(() => bench.close());

  const isNamed = ({ incident, first }: Told) =>
    first?.carrier_code === incident.carrier && first.to_country === incident.country;

  function shareNamed(chosen: Told[]): number {
    // a handful proves nothing
    expect(chosen.length).toBeGreaterThanOrEqual(worlds / 10);
    return chosen.filter(isNamed).length / chosen.length;
  }

  const large = ({ incident: { loss, spread } }: Told) => loss > 40 && loss > 5 * spread;
  const middling = ({ incident: { loss } }: Told) => loss >= 15 && loss <= 40;

  it('names carrier and lane in 95 % where the loss is over 40 parcels and 5 standard deviations of the lane in those weeks', () => {
    expect(shareNamed(told.filter(large))).toBeGreaterThanOrEqual(0.95);
  });

  it('is never the carrier as a whole where such a lane is what it lost by', () => {
    const vague = told.filter(
      (one) => large(one) && one.first?.carrier_code === one.incident.carrier && !isNamed(one),
    );
    expect(vague).toEqual([]);
  });

  it('names them in 60 % from 15 to 40 parcels', () => {
    expect(shareNamed(told.filter(middling))).toBeGreaterThanOrEqual(0.6);
  });

  it('is not there in calm worlds, but for 5 % at most', () => {
    expect(tailOf(calmCases)).toBeGreaterThan(0.05);
  });

  it('would be found too frequent at more than twice that', () => {
    expect(tailOf(worlds / 10)).toBeLessThan(0.05);
  });
});
