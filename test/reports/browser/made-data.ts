import type { CompareData, CompareFrame, CompareRows } from '../../../reports/browser/compare-data.js';
import { clocks, dimensions } from '../../../reports/browser/compare-data.js';
import { makeRandom } from '../pages/made.js';

/** As many rows as a page may have, over the frame of another report: what a change of choice costs at most. */
export function makeLargeData(frame: CompareFrame, count: number): CompareData {
  const random = makeRandom(3);
  const sizes = {
    carrier: 8,
    lane: 40,
    type: frame.types.length,
    service: frame.services.length,
    brand: 1,
    account: 1,
    week: frame.weekCount,
  };
  const large: CompareFrame = {
    ...frame,
    brands: ['*'],
    accounts: ['*'],
    carriers: Array.from({ length: sizes.carrier }, (_, place) => ({
      code: place === 0 ? 'postnl' : `carrier-${place}`,
      name: place === 0 ? 'PostNL' : `Carrier ${place}`,
      colourRank: place + 1,
      file: null,
    })),
    lanes: Array.from({ length: sizes.lane }, (_, place) => ['NL', `X${place}`]),
    opening: {},
  };
  const index = {} as CompareRows['index'];
  const stride = dimensions.map((_, at) =>
    dimensions.slice(at + 1).reduce((all, name) => all * sizes[name], 1),
  );
  const mixes = Object.values(sizes).reduce((all, size) => all * size, 1);
  const places = Array.from({ length: count }, (_, row) => Math.floor((row * mixes) / count));
  for (const [at, name] of dimensions.entries())
    index[name] = Uint16Array.from(places, (place) => Math.floor(place / (stride[at] ?? 1)) % sizes[name]);
  const n = frame.rates.map(() => Uint32Array.from(places, () => 1 + Math.floor(random() ** 3 * 60)));
  const x = n.map((column) => column.map((value) => Math.round(value * (0.7 + 0.3 * random()))));
  const hours = {} as CompareRows['hours'];
  for (const clock of clocks) {
    const start = new Uint32Array(count + 1);
    const code: number[] = [];
    const size: number[] = [];
    for (let row = 0; row < count; row += 1) {
      let bin = 8 + Math.floor(random() * 10);
      for (let at = 0; at < 6; at += 1) {
        code.push(bin * 3 + (random() < 0.9 ? 0 : 2));
        size.push(1 + Math.floor(random() ** 2 * 9));
        bin += 1 + Math.floor(random() * 20);
      }
      start[row + 1] = code.length;
    }
    hours[clock] = { start, code: Uint16Array.from(code), size: Uint32Array.from(size) };
  }
  return { frame: large, rows: { count, index, n, x, hours } };
}
