import { writeFileSync } from 'node:fs';
import * as vega from 'vega';
import { compile } from 'vega-lite';

const readableCounts = "datum.value >= 1e6 ? datum.value / 1e6 + ' M' : datum.value / 1e3 + ' k'";

function draw({ title, unit, values, straightLine }) {
  const x = {
    field: 'parcels',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'Parcels',
    axis: { values: [...new Set(values.map(({ parcels }) => parcels))], labelExpr: readableCounts },
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    scale: { type: 'log' },
    title: unit,
    axis: { tickCount: 5 },
  };
  const label = { field: 'step', type: 'nominal', title: null };
  const layer = [
    { mark: { type: 'line', point: true }, encoding: { x, y, color: label } },
    {
      data: { values: straightLine },
      mark: { type: 'line', strokeDash: [4, 4], color: '#888' },
      encoding: { x, y, detail: label },
    },
  ];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    width: 460,
    height: 300,
    background: 'white',
    data: { values },
    layer,
    config: { font: 'system-ui, sans-serif', range: { category: ['#0072b2', '#d55e00', '#009e73'] } },
  };
}

async function writeChart(path, chart) {
  const view = new vega.View(vega.parse(compile(draw(chart)).spec), { renderer: 'none' });
  writeFileSync(path, `${await view.toSVG()}\n`);
  view.finalize();
}

/** Writes docs/bench-time.svg and docs/bench-memory.svg; the dashed lines grow with the parcels. */
export async function writeCharts(growth, folder) {
  const series = (names) =>
    growth.flatMap((row) =>
      names.map(([step, field]) => ({ parcels: row.parcels, step, value: row[field] })),
    );
  const times = series([
    ['import', 'importSeconds'],
    ['full build', 'buildSeconds'],
  ]);
  const [first] = growth;
  const straightLine = times
    .filter(({ parcels }) => parcels === first.parcels)
    .flatMap(({ step, value }) =>
      growth.map(({ parcels }) => ({ step, parcels, value: (value * parcels) / first.parcels })),
    );
  await writeChart(`${folder}/bench-time.svg`, {
    title: 'Time over parcels (dashed: linear growth)',
    unit: 'CPU seconds',
    values: times,
    straightLine,
  });
  await writeChart(`${folder}/bench-memory.svg`, {
    title: 'Peak memory over parcels, at the default limits',
    unit: 'MB',
    values: series([
      ['import', 'importPeakMb'],
      ['full build', 'buildPeakMb'],
    ]),
    straightLine: [],
  });
}
