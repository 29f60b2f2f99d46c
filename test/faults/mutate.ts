/** Numbers of 0 to 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Random = () => number;

const strange: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '',
  'x'.repeat(70_000),
  '\u202e\u0000',
  [],
  {},
  [[[[]]]],
  '2026-02-30T25:61:61Z',
  '9999999-01-01',
  '<script>',
  "'; drop table registry; --",
  '__proto__',
  2 ** 53,
];

/** One value of a JSON text, somewhere, becomes another. */
function replaceValue(text: string, random: Random): string {
  const value = JSON.parse(text) as unknown;
  const places: [object, string][] = [];
  const visit = (at: unknown): void => {
    if (typeof at !== 'object' || at === null) return;
    for (const key of Object.keys(at)) {
      places.push([at, key]);
      visit(Reflect.get(at, key));
    }
  };
  visit(value);
  const [holder, key] = places[Math.floor(random() * places.length)] ?? [{}, ''];
  if (random() < 0.3) Reflect.deleteProperty(holder, key);
  else Reflect.set(holder, key, strange[Math.floor(random() * strange.length)]);
  return JSON.stringify(value);
}

/** A JSON text with something wrong: a value, a byte, a piece that is gone, twice or foreign, or nothing at all. */
export function mutate(text: string, random: Random): Buffer {
  const draw = random();
  if (draw < 0.1) return Buffer.from(text);
  if (draw < 0.55) return Buffer.from(replaceValue(text, random));
  const bytes = Buffer.from(text);
  const from = Math.floor(random() * bytes.length);
  const to = Math.min(bytes.length, from + 1 + Math.floor(random() * 40));
  if (draw < 0.75) {
    bytes[from] = Math.floor(random() * 256);
    return bytes;
  }
  const [head, piece, tail] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  if (draw < 0.83) return Buffer.concat([head, tail]);
  if (draw < 0.91) return Buffer.concat([head, piece, piece, tail]);
  return draw < 0.96 ? Buffer.from(head) : Buffer.concat([head, Buffer.from('"}],{"', 'utf8'), tail]);
}
