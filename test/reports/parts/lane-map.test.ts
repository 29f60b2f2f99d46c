import { expect, it } from 'vitest';
import type { PageContext } from '../../../reports/parts/context.js';
import { renderLaneMap, sayLaneMap } from '../../../reports/parts/lane-map.js';
import type { ComparisonRow, LaneRow, Snapshot } from '../../../reports/snapshot.js';
import { standardThresholds } from '../charts/fixtures.js';

// [carrier, to, parcels, points, is sure]; the others' parcels are 100, and 12 where they are too few
type Line = [string, string, number, number, boolean, number?];

const lines: Line[] = [
  ['postnl', 'BE', 146, -24.5, true],
  ['gls', 'BE', 45, 11.5, false],
  ['postnl', 'NL', 3000, -0.4, false],
  ['gls', 'NL', 29, -9, false],
  ['postnl', 'FR', 60, 3, false, 12],
  ['gls', 'FR', 12, 1, false],
  ['gls', 'ES', 50, 0, false],
];

function contextOf(all: readonly Line[], evidence?: ReadonlySet<string>): PageContext {
  const place = { from_country: 'NL', delivery_type: 'home' };
  const snapshot: Partial<Snapshot> = {
    metrics: [],
    carrierReports: [],
    carrierPerformance: ['postnl', 'gls'].map((code) => ({
      period: 'current',
      carrier_code: code,
      due: 100,
      on_time_rate: 0.9,
      on_time_rate_n: code === 'postnl' ? 3206 : 136,
    })) as unknown as Snapshot['carrierPerformance'],
    lanes: all.map(
      ([code, to, n]) =>
        ({ ...place, carrier_code: code, to_country: to, on_time_rate: 0.9, on_time_rate_n: n }) as LaneRow,
    ),
    comparisons: all
      .filter(([, to]) => to !== 'ES')
      .map(
        ([code, to, n, points, isSure, others = 100]) =>
          ({
            ...place,
            ...{ scope: 'lane', carrier_code: code, other_carrier_code: '*', metric: 'on_time_rate' },
            to_country: to,
            ...{
              difference: points / 100,
              difference_lo: points / 100 - 0.1,
              difference_hi: points / 100 + 0.1,
            },
            ...{ n, share: 1, other_n: others, extra: (points / 100) * n },
            ...{ is_comparable: n >= 30 && others >= 30, is_worse: points < 0, is_sure: isSure },
          }) as ComparisonRow,
      ),
  };
  return {
    snapshot: snapshot as Snapshot,
    locale: 'en-GB',
    carriers: [{ carrier_code: 'postnl', carrier_name: 'PostNL' }] as unknown as PageContext['carriers'],
    thresholds: standardThresholds,
    evidence,
  } as PageContext;
}

/** Rows of the body, each cell as its text. */
function readCells(markup: string): string[][] {
  const [, body = ''] = markup.split('<tbody>');
  return body
    .split('<tr>')
    .slice(1)
    .map((row) =>
      row.split(/<td[^>]*>/).map((cell) =>
        cell
          .replace(/<[^>]+>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim(),
      ),
    );
}

it('has lanes by parcels behind, and in a cell what can be said of it', () => {
  const rows = readCells(renderLaneMap(contextOf(lines)).markup);
  expect(rows).toEqual([
    ['NL to BE home n 191', '36', '−24.5 −34.5 to −14.5 n 146', '+11.5 +1.5 to +21.5 n 45'],
    // 3,000 parcels, but only 12 behind: volume does not order
    ['NL to NL home n 3,029', '12', '−0.4 −10.4 to +9.6 n 3,000', 'n 29'],
    ['NL to FR home n 72', '–', 'too few others others n 12 n 60', 'n 12'],
    ['NL to ES home n 50', '–', '', 'alone n 50'],
  ]);
});

it('has colour and weight only where the gate is passed', () => {
  const { markup } = renderLaneMap(contextOf(lines));
  expect(markup.match(/heat-\w+-\d/g)).toEqual(['heat-below-3']);
  expect(markup.match(/<strong>[^<]*/g)).toEqual(['<strong>−24.5']);
  expect(sayLaneMap(contextOf(lines))).toBe(
    'PostNL, NL to BE, home: 36 parcels fewer on time than the lane’s other carriers would have had',
  );
  const unsure = lines.map(([code, to, n, points]): Line => [code, to, n, points, false]);
  expect(renderLaneMap(contextOf(unsure)).markup).not.toMatch(/heat-|<strong>/);
  expect(sayLaneMap(contextOf(unsure))).toBe('Lanes: every carrier against the lane’s other carriers');
});

it('leads to head to head on that very choice where the report has it', () => {
  expect(renderLaneMap(contextOf(lines)).markup).not.toContain('<a ');
  const { markup } = renderLaneMap(contextOf(lines, new Set(['compare.html'])));
  expect(markup).toContain(
    'href="compare.html#carrier=postnl&amp;against=*&amp;lane=NL-BE&amp;type=home&amp;measure=on_time_rate"',
  );
});

it('says what would fill it', () => {
  expect(renderLaneMap(contextOf([])).markup).toContain('this needs lanes that two carriers serve');
});
