import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areApart,
  capByVolume,
  cleanText,
  findExtremes,
  reachOf,
  spreadOut,
  stepsAround,
  stepsOf,
} from '../../../reports/drawing/kit.js';
import { placeLabels } from '../../../reports/drawing/place-labels.js';
import { parseSvg, simplifySvg, writeSvg } from '../../../reports/drawing/svg-tree.js';
import { fitText, measureText } from '../../../reports/drawing/text-width.js';
import { estimateShare } from '../../../reports/drawing/wilson.js';

const pixel = fc.double({ min: 0, max: 300, noNaN: true });

describe('spreadOut', () => {
  it('keeps order, parts all, and stays inside where there is room', () => {
    const labels = fc.array(fc.record({ at: pixel, size: fc.integer({ min: 8, max: 24 }) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(labels, (unsorted) => {
        const sorted = [...unsorted].sort((one, other) => one.at - other.at);
        const placed = spreadOut(
          sorted.map(({ at }) => at),
          sorted.map(({ size }) => size),
          0,
          300,
        );
        sorted.forEach(({ size }, index) => {
          const middle = placed[index] as number;
          expect(middle).toBeGreaterThanOrEqual(size / 2 - 1e-6);
          expect(middle).toBeLessThanOrEqual(300 - size / 2 + 1e-6);
          if (index > 0) {
            const needed = (size + (sorted[index - 1]?.size ?? 0)) / 2;
            expect(middle - (placed[index - 1] as number)).toBeGreaterThanOrEqual(needed - 1e-6);
          }
        });
      }),
    );
  });

  it('moves nothing that has its room', () => {
    expect(spreadOut([20, 60, 200], [20, 20, 20], 0, 300)).toEqual([20, 60, 200]);
  });

  it('moves two that touch by the same', () => {
    expect(spreadOut([100, 100], [20, 20], 0, 300)).toEqual([90, 110]);
  });
});

describe('placeLabels', () => {
  it('lets no two names touch, nor a name leave the frame', () => {
    const points = fc.array(fc.record({ x: pixel, y: pixel, width: fc.integer({ min: 20, max: 120 }) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(points, (items) => {
        const placed = placeLabels(items, items, { width: 300, height: 300 });
        placed.forEach(({ item, left, middle }, index) => {
          expect(left).toBeGreaterThanOrEqual(0);
          expect(left + item.width).toBeLessThanOrEqual(300);
          for (const other of placed.slice(index + 1)) {
            const isBeside = left + item.width <= other.left || other.left + other.item.width <= left;
            expect(isBeside || Math.abs(middle - other.middle) >= 16).toBe(true);
          }
        });
      }),
    );
  });
});

describe('areApart', () => {
  const around = (value: number, half: number) => ({ value, lo: value - half, hi: value + half });

  it('needs a gap between the intervals', () => {
    expect(areApart(around(1, 0.4), around(2, 0.4))).toBe(true);
    expect(areApart(around(2, 0.4), around(1, 0.4))).toBe(true);
    expect(areApart(around(1, 0.5), around(2, 0.5))).toBe(false);
  });

  it('asks for more of a pair picked from many', () => {
    expect(areApart(around(1, 0.4), around(2, 0.4), 66)).toBe(false);
    expect(areApart(around(1, 0.2), around(2, 0.2), 66)).toBe(true);
  });

  it('counts the pairs that extremes were picked from', () => {
    const two = [around(1, 0.4), around(2, 0.4)];
    expect(findExtremes(two)).toEqual({ low: two[0], high: two[1] });
    expect(findExtremes([...two, ...Array.from({ length: 10 }, () => around(1.5, 0.4))])).toBeNull();
    expect(findExtremes([])).toBeNull();
  });
});

describe('small helpers', () => {
  it('estimateShare is the interval of Wilson 1927', () => {
    // newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    const rounded = (count: number, n: number) => {
      const { lo, hi } = estimateShare(count, n);
      return [lo, hi].map((limit) => Math.round(limit * 1e4) / 1e4);
    };
    expect(rounded(81, 263)).toEqual([0.2553, 0.3662]);
    expect(rounded(15, 148)).toEqual([0.0624, 0.1605]);
    expect(rounded(0, 20)).toEqual([0, 0.1611]);
    expect(rounded(1, 29)).toEqual([0.0061, 0.1718]);
  });

  it('capByVolume keeps the largest, ties by name', () => {
    const rows = [
      { n: 1, name: 'c' },
      { n: 5, name: 'b' },
      { n: 5, name: 'a' },
    ];
    const { kept, leftOut } = capByVolume(
      rows,
      ({ n }) => n,
      ({ name }) => name,
      2,
    );
    expect(kept.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(leftOut).toEqual(['c']);
  });

  it('stepsOf ends where the axis ends', () => {
    expect(stepsOf([0.7, 1], 190, 40)).toEqual([0.7, 0.8, 0.9, 1]);
    expect(stepsOf([0, 0.06], 120)).toEqual([0, 0.06]);
    expect(stepsOf([0, 1], 900).length).toBe(11);
  });

  it('stepsAround has 0, and the same steps on both sides', () => {
    expect(stepsAround(0.1, 200)).toEqual([-0.1, -0.05, 0, 0.05, 0.1]);
    for (const reach of [0.01, 0.02, 0.05, 0.3, 0.6, 1]) {
      const steps = stepsAround(reach, 200);
      expect(steps.map((step) => (step === 0 ? 0 : -step)).reverse()).toEqual(steps);
      expect(steps).toContain(0);
    }
    expect(reachOf([0.02, -0.07])).toBe(0.1);
  });

  it('fitText fits, and says that it cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 20, max: 300 }),
        (text, width) => {
          const fitted = fitText(text, width, 13);
          expect(measureText(fitted, 13)).toBeLessThanOrEqual(width);
          expect(fitted === text || fitted.endsWith('\u2026')).toBe(true);
        },
      ),
    );
  });

  it('cleanText leaves one line without controls', () => {
    expect(cleanText('a\u0000b\n\tc\u202e\ud800 ')).toBe('a b c');
    expect([...cleanText('x'.repeat(500))].length).toBe(61);
  });
});

describe('svg-tree', () => {
  it('writes what it read', () => {
    const svg = '<svg a="1"><g b="&quot;&lt;"><text>x &amp; y</text><path d="M0,0"/></g></svg>';
    expect(writeSvg(parseSvg(svg))).toBe(svg);
  });

  it('refuses what it does not know', () => {
    for (const svg of [
      '<svg><!-- x --></svg>',
      '<svg a=1></svg>',
      '<svg><g></svg>',
      '<svg>',
      'x<',
      '<svg/><svg/>',
      '<svg a="<">x',
    ]) {
      expect(() => parseSvg(svg), svg).toThrow();
    }
  });

  it('says shared attributes once, and drops groups that say nothing', () => {
    const svg = '<svg><g><g><text fill="a" x="1">1</text><text fill="a" x="2">2</text></g></g><g/></svg>';
    expect(writeSvg(simplifySvg(parseSvg(svg)))).toBe(
      '<svg><g fill="a"><text x="1">1</text><text x="2">2</text></g></svg>',
    );
    const kept = '<svg><g class="c"><text fill="a" x="1">1</text><text fill="a" x="2">2</text></g></svg>';
    expect(writeSvg(simplifySvg(parseSvg(kept)))).toBe(
      '<svg><g class="c" fill="a"><text x="1">1</text><text x="2">2</text></g></svg>',
    );
  });
});
