import { listComparisons, listRates, type Metric } from '../metrics.js';

/** A file that is made, and what it has to hold. */
export interface Made {
  /** From the root of the project. */
  path: string;
  text: string;
}

const from = 'made of seeds/metrics.csv by `npm run generate`';

// Not `count(*) filter (where rate)`: beside `count(rate)` Trino 476 takes the two for one.
function renderTallies(rates: readonly string[]): string {
  const lines = rates.flatMap((rate) => [
    `    count(case when ${rate} then 1 end) as ${rate}_x`,
    `    count(${rate}) as ${rate}_n`,
  ]);
  return `-- grain: one row a cell, but of a week, whose are counted in cells: for each rate n parcels that it asks, x of them that it counts; ${from}
select
    cell_id,
${lines.join(',\n')}
from rate_answers
where period <> 'weekly'
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

function renderWeekCounts(rates: readonly string[]): string {
  const sums = rates.flatMap((rate) => [
    `        cast(sum(${rate}_x) as bigint) as ${rate}_x`,
    `        cast(sum(${rate}_n) as bigint) as ${rate}_n`,
  ]);
  const pairs = rates.map((rate) => `        (${rate}_x, ${rate}_n) as '${rate}'`);
  return `-- grain: one row a week of the start, carrier, lane (from, to, delivery type) and rate: n parcels that the rate asks, x of them that it counts; ${from}
with summed as (
    select
        monday_of(start_date) as week_start_date,
        carrier_code,
        coalesce(from_country, '') as from_country,
        coalesce(to_country, '') as to_country,
        delivery_type,
${sums.join(',\n')}
    from cells
    group by all
)

select
    week_start_date,
    carrier_code,
    from_country,
    to_country,
    delivery_type,
    metric,
    x,
    n
from summed
unpivot (
    (x, n) for metric in (
${pairs.join(',\n')}
    )
)
`;
}

const keyOfCells = [
  'from_country',
  'to_country',
  'delivery_type',
  'service_level',
  'shipping_option_code',
  'brand_id',
  'account',
];
/** What stands for none in mix_cells, of the columns that can have none. */
const noneOf: Readonly<Record<string, string>> = {
  from_country: "''",
  to_country: "''",
  brand_id: '-1',
};

function renderCells(rates: readonly string[]): string {
  const keys = keyOfCells.map((key) =>
    key in noneOf ? `    nullif(mix_cells.${key}, ${noneOf[key]}) as ${key}` : `    mix_cells.${key}`,
  );
  const lines = rates.flatMap((rate) => [
    `    count(answers.${rate}) as ${rate}_n`,
    `    count(case when answers.${rate} then 1 end) as ${rate}_x`,
  ]);
  return `-- grain: one row a cohort, start date of the last 400 days and mix: n parcels that a rate asks, x that it counts; ${from}
select
    answers.cohort,
    answers.start_date,
    mix_cells.carrier_code,
${[...keys, ...lines].join(',\n')}
from rate_answers as answers
inner join mix_cells on answers.cell_id = mix_cells.cell_id
where answers.period = 'weekly'
group by
    answers.cohort,
    answers.start_date,
    mix_cells.carrier_code,
${keyOfCells.map((key) => `    mix_cells.${key}`).join(',\n')}
`;
}

function renderFigures(rates: readonly string[]): string {
  // A rate of a group is one row: taken whole, it is a quarter of the aggregates.
  const dealt = rates.map((rate) => `        any_value(figure) filter (where metric = '${rate}') as ${rate}`);
  const lines = rates.flatMap((rate) => [
    `    rounded(dealt.${rate}.rate) as ${rate}`,
    `    rounded(dealt.${rate}.rate_lo) as ${rate}_lo`,
    `    rounded(dealt.${rate}.rate_hi) as ${rate}_hi`,
    `    coalesce(dealt.${rate}.n, 0) as ${rate}_n`,
  ]);
  return `-- grain: one row a group: its rates side by side, each with limits and n; ${from}
with dealt as (
    select
        group_id,
${dealt.join(',\n')}
    from (
        select
            group_id,
            metric,
            struct_pack(rate := rate, rate_lo := rate_lo, rate_hi := rate_hi, n := n) as figure
        from rates
    ) as packed
    group by group_id
)

select
    groups.group_id,
${lines.join(',\n')}
from groups
left join dealt on groups.group_id = dealt.group_id
`;
}

function renderComparisons(metrics: readonly Metric[]): string {
  const sources: Record<string, string> = {
    '': 'difference',
    _lo: 'difference_lo',
    _hi: 'difference_hi',
    _n: 'n',
    _share: 'share',
    _extra: 'extra',
  };
  const lines = listComparisons(metrics).flatMap(({ metric, columns }) => {
    const [first = ''] = columns;
    return columns.map((column) => {
      const ending = column.slice(first.length);
      const value = `max(compared.${sources[ending]}) filter (where compared.metric = '${metric.name}')`;
      const isCount = ending === '_n' || ending === '_share';
      return `    ${isCount ? `case when groups.carrier_code <> '*' then coalesce(${value}, 0) end` : value} as ${column}`;
    });
  });
  return `-- grain: one row a group that is a carrier or a lane of one: what is compared with the other carriers like with like, side by side;
-- ${from}
select
    groups.group_id,
${lines.join(',\n')}
from groups
left join compared
    on groups.period = compared.period
    and groups.grain = compared.scope
    and groups.carrier_code = compared.carrier_code
    and groups.from_country = compared.from_country
    and groups.to_country = compared.to_country
    and groups.delivery_type = compared.delivery_type
    and compared.other_carrier_code = '*'
where groups.grain in ('carrier', 'lane')
group by groups.group_id, groups.carrier_code
`;
}

/** The counting and widening of the rates as plain SQL: rates are columns from rate_answers on, and SQL wants columns by name. */
export function makeRateSql(metrics: readonly Metric[]): Made[] {
  const rates = listRates(metrics);
  const inMarts = (name: string, text: string) => ({ path: `queries/marts/${name}.sql`, text });
  return [
    inMarts('rate_tallies', renderTallies(rates)),
    inMarts('rate_counts', renderCounts(rates)),
    inMarts('cells', renderCells(rates)),
    inMarts('week_counts', renderWeekCounts(rates)),
    inMarts('rate_figures', renderFigures(rates)),
    inMarts('comparison_figures', renderComparisons(metrics)),
  ];
}
