import { type Choice, hourMeasures, isHourMeasure } from './choice.js';
import type { CompareFrame } from './compare-data.js';
import type { IsoWeek } from './iso-weeks.js';

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** What a choice asks of a table that has the columns of a parcel's mix. */
function listConditions(choice: Choice, frame: CompareFrame, table: string): string[] {
  const lane = frame.lanes.find(([from, to]) => `${from || '?'}-${to || '?'}` === choice.lane);
  const country = (column: string, value: string) =>
    value === '' ? `${table}.${column} is null` : `${table}.${column} = ${quote(value)}`;
  return [
    ...(lane ? [country('from_country', lane[0]), country('to_country', lane[1])] : []),
    ...(choice.type === '*' ? [] : [`${table}.delivery_type = ${quote(choice.type)}`]),
    ...(choice.service === '*' ? [] : [`${table}.service_level = ${quote(choice.service)}`]),
    ...(choice.brand === '*'
      ? []
      : [
          choice.brand === '-1' ? `${table}.brand_id is null` : `${table}.brand_id = ${Number(choice.brand)}`,
        ]),
    ...(choice.account === '*' ? [] : [`${table}.account = ${quote(choice.account)}`]),
  ];
}

/**
 * SQL that runs as it stands on the published snapshot. `parcels` lists the carrier's parcels behind the figure, or null where the choice lies
 * before the window of `rate_answers`; `counts` gives n and x of both sides.
 */
export function writeChoiceSql(
  choice: Choice,
  frame: CompareFrame,
  weeks: readonly IsoWeek[],
): { parcels: string | null; counts: string; isCut: boolean } {
  const [from, to] = [weeks[choice.from]?.monday ?? '', weeks[choice.to]?.sunday ?? ''];
  const isHours = isHourMeasure(choice.measure);
  const cohort = isHours
    ? hourMeasures[choice.measure as keyof typeof hourMeasures].clock
    : (frame.metrics.find(({ name }) => name === choice.measure)?.cohort ?? 'scan');
  const isCut = from < frame.windowStartDate;
  const asked = isHours ? [] : [`answers.${choice.measure} is not null`];
  const columns = isHours
    ? [cohort === 'label' ? 'parcels.first_scan_delay_hours' : 'parcels.transit_hours', 'parcels.outcome']
    : [`answers.${choice.measure}`, 'parcels.outcome', 'parcels.edd_original', 'parcels.first_attempt_date'];
  const parcels = [
    'select',
    `    ${[...(frame.hasAccounts ? ['answers.account'] : []), 'answers.tracking_number', 'answers.start_date', 'parcels.from_country', 'parcels.to_country', 'parcels.delivery_type', ...columns].join(',\n    ')}`,
    'from rate_answers as answers',
    `inner join parcels on ${frame.hasAccounts ? 'answers.account = parcels.account and ' : ''}answers.tracking_number = parcels.tracking_number`,
    `where ${[
      "answers.period = 'current'",
      `answers.cohort = ${quote(cohort)}`,
      `answers.carrier_code = ${quote(choice.carrier)}`,
      `answers.start_date between date ${quote(from)} and date ${quote(to)}`,
      ...asked,
      ...listConditions(choice, frame, 'parcels'),
    ].join('\n    and ')}`,
    'order by answers.start_date, answers.tracking_number;',
  ].join('\n');
  const who =
    choice.against === '*'
      ? `case when cells.carrier_code = ${quote(choice.carrier)} then cells.carrier_code else '*' end`
      : 'cells.carrier_code';
  const table = isHours ? 'cell_hours' : 'cells';
  const sums = isHours
    ? [
        'cells.hour',
        'sum(cells.interest) as interest',
        'sum(cells.competing) as competing',
        'sum(cells.censored) as censored',
      ]
    : [`sum(cells.${choice.measure}_n) as n`, `sum(cells.${choice.measure}_x) as x`];
  const counts = [
    'select',
    `    ${[`${who} as carrier`, 'cells.from_country', 'cells.to_country', 'cells.delivery_type', 'cells.service_level', ...sums].join(',\n    ')}`,
    `from ${table} as cells`,
    `where ${[
      `cells.cohort = ${quote(cohort)}`,
      `cells.start_date between date ${quote(from)} and date ${quote(to)}`,
      ...(choice.against === '*'
        ? []
        : [`cells.carrier_code in (${quote(choice.carrier)}, ${quote(choice.against)})`]),
      ...listConditions(choice, frame, 'cells'),
    ].join('\n    and ')}`,
    'group by all',
    'order by all;',
  ].join('\n');
  const isBefore = to < frame.windowStartDate;
  return { parcels: isBefore ? null : parcels, counts, isCut };
}
