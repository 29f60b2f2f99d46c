/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** x of n, each with chance p. */
export function drawCount(random: () => number, n: number, p: number): number {
  let x = 0;
  for (let parcel = 0; parcel < n; parcel += 1) if (random() < p) x += 1;
  return x;
}
