import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canTell,
  chooseGroups,
  type Group,
  mostOfOne,
  type Share,
  tellOthers,
} from '../../../reports/parts/others.js';

const group = (place: string, ...shares: [string, number, number][]): Group => ({
  place,
  shares: shares.map(([carrier, n, x]) => ({ carrier, n, x })),
});
const addUp = (groups: readonly Group[]): Group => {
  const sums = new Map<string, Share>();
  for (const { carrier, n, x } of groups.flatMap(({ shares }) => shares)) {
    const sum = sums.get(carrier) ?? { carrier, n: 0, x: 0 };
    sums.set(carrier, { carrier, n: sum.n + n, x: sum.x + x });
  }
  return { place: '', shares: [...sums.values()] };
};

describe('a figure of the others', () => {
  it('needs two behind it, none with over 80 %, and some on either side', () => {
    const tell = (...shares: [string, number, number][]) => canTell(group('', ...shares).shares, 10);
    expect(tell(['a', 50, 5], ['b', 50, 5])).toBe(true);
    expect(tell(['a', 80, 5], ['b', 20, 5])).toBe(true);
    expect(tell(['a', 81, 5], ['b', 19, 5])).toBe(false);
    expect(tell(['a', 100, 5])).toBe(false);
    // one that has none of this very figure does not stand behind it
    expect(tell(['a', 100, 5], ['b', 0, 0])).toBe(false);
    expect(tell(['a', 4, 1], ['b', 4, 1])).toBe(false);
    // none or all of them would be so of each
    expect(tell(['a', 50, 0], ['b', 50, 0])).toBe(false);
    expect(tell(['a', 50, 50], ['b', 50, 50])).toBe(false);
  });

  it('is held back on a lane where the total would give the other lane away', () => {
    const shared = group('shared', ['a', 50, 5], ['b', 50, 5]);
    const alone = group('alone', ['a', 30, 3]);
    const all = addUp([shared, alone]);
    // total less shared is the lane of carrier a alone
    expect(chooseGroups(all, [shared, alone], 10).map(({ place }) => place)).toEqual(['']);
    // with a third lane that nobody tells, what is left is of both again
    const third = group('third', ['a', 20, 4], ['b', 40, 4]);
    expect(
      chooseGroups(addUp([shared, alone, third]), [shared, alone], 10).map(({ place }) => place),
    ).toEqual(['', 'shared']);
  });

  it('has the interval of its rate', () => {
    const [all] = tellOthers('on_time_rate', group('', ['a', 60, 50], ['b', 40, 40]), [], 10);
    expect(all).toMatchObject({ n: 100, x: 90, rate: 0.9 });
    expect(all?.rate_lo).toBeCloseTo(0.8256, 4);
    expect(all?.rate_hi).toBeCloseTo(0.9448, 4);
  });
});

/** A world of 1 to 4 other carriers on up to five lanes; now and then one has nearly all. */
const world = fc
  .record({
    carriers: fc.integer({ min: 1, max: 4 }),
    lanes: fc.integer({ min: 1, max: 5 }),
    giant: fc.boolean(),
  })
  .chain(({ carriers, lanes, giant }) =>
    fc.array(
      fc.tuple(
        ...Array.from({ length: carriers }, (_, index) =>
          fc
            .tuple(fc.integer({ min: 0, max: 60 }), fc.float({ min: 0, max: 1, noNaN: true }), fc.boolean())
            .map(([n, rate, serves]): [string, number, number] => {
              const size = serves ? n * (giant && index === 0 ? 20 : 1) : 0;
              return [`c${index}`, size, Math.round(size * rate)];
            }),
        ),
      ),
      { minLength: lanes, maxLength: lanes },
    ),
  )
  .map((rows) =>
    rows.map((shares, index) => group(`lane ${index}`, ...(shares as [string, number, number][]))),
  );

describe('whoever subtracts', () => {
  it('finds no figure of one other carrier, nor one that a carrier has over 80 % of', () => {
    let told = 0;
    fc.assert(
      fc.property(world, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), (lanes, isOwn) => {
        const all = addUp(lanes);
        const shown = chooseGroups(
          all,
          lanes.filter((_, index) => isOwn[index]),
          10,
        );
        told += shown.length;
        const places = shown.filter(({ place }) => place !== '');
        const withTotal = shown.some(({ place }) => place === '');
        // every figure that adding and taking away can make: any choice of the lanes told, or the total less it
        for (let mask = 0; mask < 2 ** places.length; mask += 1) {
          const chosen = places.filter((_, index) => (mask >> index) & 1);
          const made = addUp(chosen).shares;
          const rest = addUp(lanes.filter((lane) => !chosen.includes(lane))).shares;
          for (const shares of withTotal ? [made, rest] : [made]) {
            const behind = shares.filter(({ n }) => n > 0);
            const n = behind.reduce((sum, share) => sum + share.n, 0);
            if (n === 0) continue;
            expect(behind.length).toBeGreaterThanOrEqual(2);
            expect(Math.max(...behind.map((share) => share.n))).toBeLessThanOrEqual(mostOfOne * n);
          }
        }
      }),
      { numRuns: 2000, seed: 20261129 },
    );
    // the rule is no rule of silence
    expect(told).toBeGreaterThan(300);
  });
});
