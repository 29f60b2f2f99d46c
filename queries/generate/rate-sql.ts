import { listRates, type Metric } from '../metrics.js';

/** A file that is made, and what it has to hold. */
export interface Made {
  /** From the root of the project. */
  path: string;
  text: string;
}

const from = 'made of seeds/metrics.csv by `npm run generate`';

function renderTallies(rates: readonly string[]): string {
  const lines = rates.flatMap((rate) => [
    `    count(*) filter (where ${rate}) as ${rate}_x`,
    `    count(${rate}) as ${rate}_n`,
  ]);
  return `-- grain: one row a cell: for each rate n parcels that it asks, x of them that it counts; ${from}
select
    cell_id,
${lines.join(',\n')}
from rate_answers
group by cell_id
`;
}

function renderCounts(rates: readonly string[]): string {
  const pairs = rates.map((rate) => `        (${rate}_x, ${rate}_n) as '${rate}'`);
  return `-- grain: one row a cell and rate: n parcels that the rate asks, x of them that it counts; ${from}
select
    cell_id,
    metric,
    x,
    n
from rate_tallies
unpivot (
    (x, n) for metric in (
${pairs.join(',\n')}
    )
)
`;
}

function renderFigures(rates: readonly string[]): string {
  const lines = rates.flatMap((rate) => {
    const where = `filter (where rates.metric = '${rate}')`;
    return [
      `    rounded(max(rates.rate) ${where}) as ${rate}`,
      `    rounded(max(rates.rate_lo) ${where}) as ${rate}_lo`,
      `    rounded(max(rates.rate_hi) ${where}) as ${rate}_hi`,
      `    coalesce(max(rates.n) ${where}, 0) as ${rate}_n`,
    ];
  });
  return `-- grain: one row a group: its rates side by side, each with limits and n; ${from}
select
    groups.group_id,
${lines.join(',\n')}
from groups
left join rates on groups.group_id = rates.group_id
group by groups.group_id
`;
}

/** The counting and widening of the rates as plain SQL: rates are columns from rate_answers on, and SQL wants columns by name. */
export function makeRateSql(metrics: readonly Metric[]): Made[] {
  const rates = listRates(metrics);
  const inMarts = (name: string, text: string) => ({ path: `queries/marts/${name}.sql`, text });
  return [
    inMarts('rate_tallies', renderTallies(rates)),
    inMarts('rate_counts', renderCounts(rates)),
    inMarts('rate_figures', renderFigures(rates)),
  ];
}
