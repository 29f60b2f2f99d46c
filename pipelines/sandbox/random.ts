/** A seeded source of numbers in [0, 1). */
export type Random = () => number;

/** Mixes 32-bit integers into one: the finaliser of MurmurHash3 (Austin Appleby, public domain) over each key in turn. */
export function mixKeys(...keys: number[]): number {
  let hash = 0x9e3779b9;
  for (const key of keys) {
    hash ^= key;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** mulberry32 (Tommy Ettinger, public domain), started at the mixed keys: the same keys give the same numbers. */
export function createRandom(...keys: number[]): Random {
  let state = mixKeys(...keys);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A number between two bounds, all equally likely. */
export function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}

/** True with the given probability. */
export function happens(random: Random, probability: number): boolean {
  return random() < probability;
}

/** One of some things, each with the weight that stands beside it. */
export function pickWeighted<T>(random: Random, choices: readonly (readonly [T, number])[]): T {
  let left = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [choice, weight] of choices) {
    left -= weight;
    if (left < 0) return choice;
  }
  const last = choices.at(-1);
  if (last === undefined) throw new RangeError('nothing to pick from');
  return last[0];
}

/** One of some things, all equally likely. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new RangeError('nothing to pick from');
  return choice;
}
