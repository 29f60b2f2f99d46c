import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSpec } from '../../../reports/drawing/render.js';
import { contextFor, drawAll, makeRows } from './fixtures.js';

const folder = new URL('./golden/', import.meta.url);

/** A golden is written where it is missing or UPDATE_GOLDEN=1 says so, but never by CI: there a missing one fails. */
function readGolden(name: string, compiled: string): string {
  const file = new URL(`${name}.json`, folder);
  const isWritten = process.env.CI === undefined && (process.env.UPDATE_GOLDEN === '1' || !existsSync(file));
  if (isWritten) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, compiled);
  }
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

describe.each([
  ['wide', 1072],
  ['narrow', 342],
])('%s drawings compile to the spec that was looked at', (form, width) => {
  const context = contextFor(width);
  for (const [name, chart] of Object.entries(drawAll(makeRows(), context))) {
    it(name, () => {
      expect(chart.spec, 'the fixture has something to draw for every chart').not.toBeNull();
      const warnings: string[] = [];
      const { spec, ...words } = chart;
      const vega = spec === null ? null : compileSpec(spec, { warn: (message) => warnings.push(message) });
      const compiled = `${JSON.stringify({ words, vega }, null, 1)}\n`;
      expect(
        compiled === readGolden(`${name}-${form}`, compiled),
        `golden/${name}-${form}.json differs: look at the chart, then run with UPDATE_GOLDEN=1`,
      ).toBe(true);
      expect(warnings).toEqual([]);
    });
  }
});
