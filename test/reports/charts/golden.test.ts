import { describe, expect, it } from 'vitest';
import { compileSpec } from '../../../reports/drawing/compile.js';
import { contextFor, drawAll, makeRows } from './fixtures.js';
import { writeLines } from './lines.js';

describe.each([
  ['wide', 1072],
  ['narrow', 342],
])('%s drawings compile to the spec that was looked at', (form, width) => {
  const context = contextFor(width);
  for (const [name, chart] of Object.entries(drawAll(makeRows(), context))) {
    // one that differs is looked at, then written anew with `vitest run -u`; CI never writes a golden
    it(name, async () => {
      expect(chart.spec, 'the fixture has something to draw for every chart').not.toBeNull();
      const warnings: string[] = [];
      const { spec, ...words } = chart;
      const vega = spec === null ? null : compileSpec(spec, { warn: (message) => warnings.push(message) });
      await expect(`${writeLines({ words, vega })}\n`).toMatchFileSnapshot(`golden/${name}-${form}.json`);
      expect(warnings).toEqual([]);
    });
  }
});
