/**
 * What the SQL of the heavy half does without, since other engines refuse it or, worse, answer otherwise; what engines do differently lives
 * in queries/prelude.sql. Every rule has offending snippets, which a test holds it to.
 */

/** Without comments, and without what strings hold, so that what is left is SQL. */
export function strip(sql: string): string {
  return sql.replace(/--.*$/gm, '').replace(/'(?:[^']|'')*'/g, "''");
}

interface Rule {
  name: string;
  /** Whether stripped SQL breaks the rule. */
  breaks(sql: string, isCheck: boolean): boolean;
  offends: readonly string[];
}

const without = (name: string, pattern: RegExp, ...offends: string[]): Rule => ({
  name,
  breaks: (sql) => pattern.test(sql),
  offends,
});

/** The arguments of each call of a function, each as it is written. */
function findCalls(sql: string, functionName: string): string[][] {
  return [...sql.matchAll(new RegExp(`\\b${functionName}\\s*\\(`, 'g'))].map((match) => {
    const calls: string[] = [''];
    let depth = 1;
    for (const character of sql.slice(match.index + match[0].length)) {
      if (character === '(') depth += 1;
      if (character === ')') depth -= 1;
      if (depth === 0) break;
      if (character === ',' && depth === 1) calls.push('');
      else calls[calls.length - 1] += character;
    }
    return calls.map((argument) => argument.trim());
  });
}

const lastName = (column: string) => column.replace(/^.*\./, '');

/** Columns that are text and never null; and columns that are text, which is enough for the example of a check. */
const wholeTexts = new Set(['measure', 'quality_flags', 'check_name', 'reason']);
const texts = new Set([
  ...wholeTexts,
  ...['period', 'cohort', 'tracking_number', 'carrier_code', 'metric', 'grain', 'time_zone', 'from_country'],
  ...['to_country', 'delivery_type', 'event_type', 'status_code', 'sub_status_code', 'exception_group'],
  ...['landed_event_type', 'landed_status_code', 'part', 'kind'],
]);

function isText(argument: string, isCheck: boolean): boolean {
  if (argument === "''" || argument.startsWith('cast(') || argument.startsWith('coalesce(')) return true;
  return (isCheck ? texts : wholeTexts).has(lastName(argument));
}

/** Columns that are never null where min_by and max_by ask for them: usable events have a time, scans a code, steps a share. */
const neverNull = new Set([
  'variance',
  'event_at',
  'is_date_only',
  'status_code',
  'share',
  'share_lo',
  'share_hi',
  'service_level',
]);

const dateCall = String.raw`\b(?:utc_date|local_date\w*|shifted_date\w*|monday_of|add_days)\((?:[^()]|\([^()]*\))*\)`;

export const rules: readonly Rule[] = [
  without('qualify', /\bqualify\b/, 'select a from b qualify row_number() over (partition by a) = 1'),
  without('asof', /\basof\b/, 'select a from b asof join c on a >= d'),
  without('exclude', /\bexclude\b/, 'select * exclude (a) from b'),
  without('pivot', /\b(un)?pivot\b/, 'pivot b on a using sum(c)'),
  without('date_diff', /\bdate_?diff\b/, "select date_diff('day', a, b) from c"),
  without(
    'a reader of files',
    /\b(read_\w+|parquet_scan|glob)\s*\(/,
    "select * from read_parquet('a.parquet')",
  ),
  without('a list or struct literal', /[[\]{}]/, 'select [1, 2] as a', "select {'a': 1} as b"),
  without('whole division', /\/\//, 'select a // 2 as half from b'),
  without('a cast by ::', /::/, 'select a::varchar as a from b'),
  without('group by or order by all', /\bby all\b/, 'select a, count(*) as n from b group by all'),
  without(
    'days added to a date: add_days, days_between',
    new RegExp(String.raw`(\b\w*_date|\bdate ''|${dateCall})\s*[-+]\s*[\w(]`),
    'select first_start_date - 2 as a from b',
    'select monday_of(window_end_date) - 52 * 7 as a from b',
    "select due.edd_original_date + (7) as a, date '2001-01-01' - a as b from due",
  ),
  without(
    'a table function: the integers of the prelude',
    /\b(range|generate_series|unnest)\s*\(/,
    'select * from range(1, 8) as grid(weekday)',
  ),
  without('contains: position', /\bcontains\s*\(/, "select a from b where contains(a, '1')"),
  without(
    'an aggregate that gathers texts or lists',
    /\b(string_agg|listagg|group_concat|array_agg|list)\s*\(/,
    "select string_agg(a, '' order by b) as a from c",
  ),
  without('union by name', /\bby name\b/, 'select a from b union all by name select a from c'),
  without(
    'least and greatest, which other engines answer with null: lesser_of, greater_of',
    /\b(least|greatest)\s*\(/,
    'select least(a, b) as a from c',
    'select a from b where greatest(c, d, e) > 1',
  ),
  {
    name: 'min_by and max_by of what can be null, which DuckDB skips and others do not',
    breaks: (sql) =>
      ['min_by', 'max_by'].some((name) =>
        findCalls(sql, name).some(
          ([value = '']) => !value.startsWith('coalesce(') && !neverNull.has(lastName(value)),
        ),
      ),
    offends: [
      'select min_by(scan_order, event_order) as a from b',
      'select max_by(events.sub_status_code, c) as a from b',
    ],
  },
  {
    name: 'concat of what is no text, or can be null',
    breaks: (sql, isCheck) =>
      findCalls(sql, 'concat(?:_ws)?').some((call) => {
        const isNullSafe = call.some((argument) => /^case\b/.test(argument));
        return call.some(
          (argument) => !(isText(argument, isCheck) || (isNullSafe && /^case\b/.test(argument))),
        );
      }),
    offends: [
      "select concat('exception_episode_', exception_group) as a from b",
      "select concat(measure, ' ', at_risk) as a from b",
      "select concat(',', days_late) as a from b",
    ],
  },
  without(
    'is not distinct from, which elsewhere joins each row to each: coalesce both sides',
    /\bis not distinct from\b/,
    'select a from b inner join c on b.d is not distinct from c.d',
  ),
  {
    name: 'count(a) beside count(*) filter (where a), which Trino takes for one: count(case when a then 1 end)',
    breaks: (sql) =>
      [...sql.matchAll(/filter\s*\(\s*where\s+([\w.]+)\s*\)/g)].some(([, column = '']) =>
        new RegExp(`\\bcount\\(${column.replace('.', '\\.')}\\)`).test(sql),
      ),
    offends: ['select count(a) as n, count(*) filter (where a) as x from b'],
  },
  without(
    'a division by a decimal, which elsewhere keeps its one digit: 60e0',
    /\/\s*\d+\.\d/,
    'select offset_minutes / 60.0 as offset_hours from b',
  ),
  without('isnan: is_no_number', /\bisnan\s*\(/, 'select a from b where isnan(a)'),
];

/** A window over all rows runs on one node. */
export const globalWindow = without(
  'a window over all rows',
  /\b(?:over|as)\s*\(\s*order by\b/,
  'select row_number() over (order by a) as b from c',
  'select sum(a) over so_far as b from c window so_far as (order by a)',
);

/** The names of the rules that a text breaks. */
export function findUnportable(sql: string, isCheck: boolean): string[] {
  const stripped = strip(sql);
  return rules.filter((rule) => rule.breaks(stripped, isCheck)).map(({ name }) => name);
}
