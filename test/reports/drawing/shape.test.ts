import * as vega from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import type { TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import type { Chart } from '../../../reports/drawing/chart.js';
import { compileSpec } from '../../../reports/drawing/compile.js';
import { finishSvg } from '../../../reports/drawing/finish-svg.js';
import { renderSvg } from '../../../reports/drawing/render.js';
import { takeApart } from '../../../reports/drawing/shape.js';
import { shareTemplate } from '../../../reports/drawing/template.js';
import { contextFor, drawAll, type Group, groups, makeRows } from '../charts/fixtures.js';
import { hostileTexts } from '../charts/hostile.js';

type Drawn = Chart & { spec: TopLevelSpec };

/** Every chart of one carrier from the figures of all. */
function drawCarrier(all: readonly Group[], code: string, width: number): Drawn[] {
  return Object.values(drawAll(makeRows(all), contextFor(width, all), code)).filter(
    (chart): chart is Drawn => chart.spec !== null,
  );
}

/** Compiled with all that is in it, for itself alone. */
async function renderAlone({ spec, id, alt }: Drawn): Promise<string> {
  const runtime = vega.parse(compileSpec(spec), undefined, { ast: true });
  const view = new vega.View(runtime, { expr: expressionInterpreter, renderer: 'none' });
  return finishSvg(await view.toSVG(), id, alt);
}

const shapeOf = ({ spec }: Drawn) => takeApart(spec).shape;

const others = groups.map((group, index) => ({
  ...group,
  n: group.n * (index + 3),
  onTime: group.onTime ** 3,
  exceptions: group.exceptions * 2,
  medianHours: group.medianHours * 2,
}));
const hostile = groups.map((group, index) => ({
  ...group,
  code: hostileTexts[index * 7] ?? '',
  name: hostileTexts[index * 7] ?? '',
}));

describe('drawings of one shape', () => {
  it('are each drawn as if compiled for itself, side by side', async () => {
    const drawn = [1072, 342].flatMap((width) => [
      ...drawCarrier(groups, 'gls', width),
      ...drawCarrier(groups, 'postnl', width),
      ...drawCarrier(others, 'gls', width),
      ...drawCarrier(others.slice(0, 1), 'postnl', width),
      ...drawCarrier(hostile, hostile[0]?.code ?? '', width),
    ]);
    expect(drawn.length).toBeGreaterThan(150);
    const shared = await Promise.all(drawn.map(({ spec }) => renderSvg(spec)));
    for (const [index, chart] of drawn.entries())
      expect(shared[index], `${chart.id} ${chart.alt}`).toBe(await renderAlone(chart));
  });

  it('hold texts, domains and colours of their own alone', async () => {
    const [one, other] = ['left', 'right'].map((word, index): TopLevelSpec => {
      const scale = { domain: [0, 10 ** index] };
      const at = { field: 'at', type: 'quantitative' as const, scale, axis: { values: scale.domain } };
      return {
        name: word,
        description: `alt of ${word}`,
        title: { text: `title of ${word}` },
        width: 100 + index,
        height: 50,
        layer: [
          {
            data: { values: [{ at: 0.5, tip: `row of ${word}` }] },
            mark: { type: 'text', color: `var(--carrier-${index + 1})`, dx: index },
            encoding: { x: at, y: { value: 5 + index }, text: { field: 'tip', type: 'nominal' } },
          },
        ],
      };
    }) as [TopLevelSpec, TopLevelSpec];
    const [shape, otherShape] = [one, other].map((spec) => takeApart(spec).shape) as [
      TopLevelSpec,
      TopLevelSpec,
    ];
    expect(otherShape).toEqual(shape);
    expect(shareTemplate(otherShape, 'en-GB')).toBe(shareTemplate(shape, 'en-GB'));
    expect(JSON.stringify(shape)).not.toMatch(/left|right|carrier-/);
    const [svg, otherSvg] = (await Promise.all([one, other].map((spec) => renderSvg(spec)))) as [
      string,
      string,
    ];
    for (const text of ['title of left', 'row of left', 'alt of left', '--carrier-1']) {
      expect(svg).toContain(text);
      expect(otherSvg).not.toContain(text);
    }
    // the same value lies at half of the one axis and at a twentieth of the other, a pixel right of there
    expect(svg).toContain('transform="translate(50,9)"');
    expect(otherSvg).toContain('transform="translate(6.1,10)"');
  });

  it('are one for carriers that have the same charts', () => {
    const shapesOf = (codes: string[]) =>
      new Set(
        [1072, 342].flatMap((width) =>
          codes.flatMap((code) =>
            drawCarrier(groups, code, width).map((chart) => JSON.stringify(shapeOf(chart))),
          ),
        ),
      ).size;
    const one = shapesOf(['gls']);
    expect(one).toBeLessThan(30);
    expect(shapesOf(['gls', 'postnl', 'dpd'])).toBeLessThan(one + 6);
  });
});
