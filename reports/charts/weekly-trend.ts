import { millisecondsInDay } from 'date-fns/constants';
import type { Alerts, Notes, Targets, WeeklyControl } from '../../queries/schema.js';
import type { AlertSpan } from '../drawing/alert-spans.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  castOf,
  cleanText,
  emptyChart,
  finishChart,
  isNumber,
  roundDownShare,
  roundUpShare,
  sayAxis,
} from '../drawing/kit.js';
import { drawWeeks, type Week } from '../drawing/trend-layers.js';
import type { TargetLine } from '../drawing/trend-marks.js';
import { formatCount, formatDate, formatHours, formatNumber, formatRate } from '../words.js';

export type ControlRow = Pick<
  WeeklyControl,
  | 'carrier_code'
  | 'metric'
  | 'week_start_date'
  | 'value'
  | 'n'
  | 'is_mature'
  | 'centre'
  | 'limit_lo'
  | 'limit_hi'
  | 'outside'
  | 'marked'
>;

export type AlertRow = Pick<
  Alerts,
  'carrier_code' | 'metric' | 'side' | 'is_worse' | 'first_week' | 'last_week' | 'weeks' | 'kind' | 'is_open'
>;

const metricWords: Readonly<Record<string, string>> = {
  on_time_rate: 'on-time rate',
  promise_kept_rate: 'rate of promises kept',
  transit_2_working_days_rate: 'share attempted within 2 working days',
  exception_rate_carrier: 'rate of exceptions of the carrier\u2019s making',
  first_attempt_success_rate: 'success at the first attempt',
  never_scanned_7d_rate: 'share never scanned within 7 days of the label',
  returned_30d_rate: 'share returned within 30 days',
  lost_30d_rate: 'share lost within 30 days',
  transit_p50_hours: 'median transit time',
  first_scan_p50_hours: 'median time from label to first scan',
};
const lowIsBad = new Set([
  'on_time_rate',
  'promise_kept_rate',
  'transit_2_working_days_rate',
  'first_attempt_success_rate',
]);

export type TargetRow = Pick<
  Targets,
  | 'carrier_code'
  | 'from_country'
  | 'to_country'
  | 'delivery_type'
  | 'service_level'
  | 'metric'
  | 'target'
  | 'from_date'
  | 'to_date'
>;

interface TrendSubject {
  carrierCode: string;
  metric: string;
  alerts?: readonly (AlertRow & { isSure?: boolean })[];
  notes?: readonly Notes[];
  targets?: readonly TargetRow[];
  /** Mondays of weeks whose figure says nothing: gaps in the line. */
  unjudged?: ReadonlySet<string>;
}

/** One carrier's weeks ('*' for all) with centre and control limits; each alert one ringed and dated span, immature weeks hollow, notes dated, what was agreed a line. */
export function drawWeeklyTrend(
  rows: readonly ControlRow[],
  context: ChartContext,
  { carrierCode, metric, alerts = [], notes = [], targets = [], unjudged = new Set<string>() }: TrendSubject,
): Chart {
  const cast = castOf(context);
  const own = rows.filter((row) => row.carrier_code === carrierCode && row.metric === metric);
  const weeks = own
    .filter((row) => !unjudged.has(row.week_start_date.slice(0, 10)))
    .flatMap((row) => readWeek(row, context, unjudged))
    .sort((one, other) => one.day - other.day);
  const gaps = own.filter((row) => unjudged.has(row.week_start_date.slice(0, 10))).length;
  const isHours = metric.endsWith('_hours');
  const words = metricWords[metric] ?? metric.replaceAll('_', ' ');
  const subject = `${cast.nameOf(carrierCode)}: ${words}, week by week`;
  const id = `trend-${metric.replaceAll('_', '-')}-${cast.keyOf(carrierCode)}`;
  const measured = isHours ? 'Median hours' : 'Share of parcels (%)';
  if (weeks.length < 2) {
    return emptyChart(context, {
      id,
      title: subject,
      units: measured,
      empty:
        gaps > 0
          ? `Not judged in ${sayWeeks(gaps, context)}: promises were read too late.`
          : `Nothing to draw yet: a trend begins with two weeks of at least ${context.thresholds.withheldBelow} parcels.`,
    });
  }
  const target = findTarget(targets, carrierCode, metric);
  const domain = findDomain(weeks, target?.value ?? null, isHours, lowIsBad.has(metric));
  const say = (value: number) =>
    isHours ? formatHours(value, context.locale) : formatRate(value, context.locale);
  const ownAlerts = alerts
    .filter((alert) => alert.carrier_code === carrierCode && alert.metric === metric)
    .sort((one, other) => one.last_week.localeCompare(other.last_week));
  const title = sayNews(ownAlerts, cast.nameOf(carrierCode), words, context) ?? subject;
  const axis = isHours ? sayHourAxis(domain, context) : sayAxis(domain, context);
  const latest = weeks.findLast(({ isMature }) => isMature) ?? weeks.at(-1);
  return finishChart(context, {
    id,
    title,
    units: `${measured} by week of the start; ${sayCounts(weeks, context)}; ${axis}${gaps > 0 ? `; ${sayWeeks(gaps, context)} not judged: promises were read too late` : ''}`,
    howToRead: weeks.some(({ centre }) => centre !== null)
      ? 'The middle line is the median of the weeks before, the band what ordinary weeks keep to. Ringed: an alert, 2 of 3 weeks outside ' +
        'the band or 11 in a row on one side of the line; a warning sign says for the worse. Hollow: not yet complete.'
      : `Limits are drawn after ${context.thresholds.alertWeeks} weeks of at least ${context.thresholds.rankedFrom} parcels. Hollow: not yet complete; faded: fewer parcels than that.`,
    alt:
      `${title}. ${weeks.length} weeks from ${formatDate(weeks[0]?.date, context.locale)}; the latest complete one ` +
      `${latest ? `${say(latest.value)}, n ${formatCount(latest.n, context.locale)}` : ''}.`,
    spec: drawWeeks(
      weeks,
      domain,
      { isHours, say, code: carrierCode, cast },
      {
        spans: ownAlerts.map(toSpan),
        notes: notes
          .filter((note) => note.carrier_code === null || note.carrier_code === carrierCode)
          .map(({ date, text }) => ({ day: dayOf(date), date: date.slice(0, 10), text: cleanText(text) })),
        target,
      },
      context,
    ),
  });
}

const dayOf = (date: string) => Math.round(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / millisecondsInDay);

function toSpan(alert: AlertRow): AlertSpan {
  return {
    from: dayOf(alert.first_week),
    to: dayOf(alert.last_week),
    firstDate: alert.first_week.slice(0, 10),
    lastDate: alert.last_week.slice(0, 10),
    side: alert.side,
    isWorse: alert.is_worse,
    kind: alert.kind,
  };
}

/** What was agreed with the carrier over all its lanes; the latest where there are several. */
function findTarget(targets: readonly TargetRow[], code: string, metric: string): TargetLine | null {
  const target = targets.findLast(
    (row) =>
      (row.carrier_code ?? '*') === code &&
      row.metric === metric &&
      [row.from_country, row.to_country, row.delivery_type, row.service_level].every((each) => each === null),
  );
  if (target === undefined) return null;
  return {
    value: target.target,
    from: target.from_date === null ? Number.NEGATIVE_INFINITY : dayOf(target.from_date),
    to: target.to_date === null ? Number.POSITIVE_INFINITY : dayOf(target.to_date),
  };
}

function sayWeeks(weeks: number, context: ChartContext): string {
  return weeks === 1 ? '1 week' : `${formatCount(weeks, context.locale)} weeks`;
}

function readWeek(row: ControlRow, { thresholds }: ChartContext, unjudged: ReadonlySet<string>): Week[] {
  const day = dayOf(row.week_start_date);
  if (!isNumber(row.value) || !isNumber(row.n) || row.n < thresholds.withheldBelow || Number.isNaN(day))
    return [];
  return [
    {
      day,
      date: row.week_start_date.slice(0, 10),
      value: row.value,
      n: row.n,
      isMature: row.is_mature === true,
      centre: row.centre ?? null,
      lo: row.limit_lo ?? null,
      hi: row.limit_hi ?? null,
      outside: row.outside,
      marked: row.marked,
      run: [...unjudged].filter((week) => week < row.week_start_date).length,
    },
  ];
}

function findDomain(
  weeks: readonly Week[],
  target: number | null,
  isHours: boolean,
  isHighRate: boolean,
): [number, number] {
  const values = [...weeks.flatMap(({ value, lo, hi }) => [value, lo, hi]), target].filter(isNumber);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (!isHours) return isHighRate ? [roundDownShare(least), 1] : [0, roundUpShare(Math.max(most, 0.002))];
  const step = most > 72 ? 24 : most > 24 ? 12 : 4;
  return [0, Math.ceil(Math.max(most, 1) / step) * step];
}

function sayHourAxis([, to]: [number, number], context: ChartContext): string {
  return to > 72
    ? `axis from 0 to ${formatNumber(to / 24, 0, context.locale)} days`
    : `axis from 0 to ${to} h`;
}

function sayCounts(weeks: readonly Week[], context: ChartContext): string {
  const counts = weeks.map(({ n }) => n);
  const [least, most] = [Math.min(...counts), Math.max(...counts)].map((n) => formatCount(n, context.locale));
  return least === most ? `n ${least} a week` : `n ${least} to ${most} a week`;
}

/** The newest alert, while it is open and passes the gate. */
function sayNews(
  alerts: readonly (AlertRow & { isSure?: boolean })[],
  name: string,
  words: string,
  { locale }: ChartContext,
): string | null {
  const alert = alerts.findLast((each) => each.is_open && each.isSure);
  if (!alert) return null;
  const of = alert.kind === 'outside' ? 'its limits' : 'its median';
  const weeks =
    alert.first_week === alert.last_week
      ? `in the week of ${formatDate(alert.first_week, locale)}`
      : `from the week of ${formatDate(alert.first_week, locale)} to that of ${formatDate(alert.last_week, locale)}`;
  return `${name}: ${words} ${alert.side} ${of} ${weeks}`;
}
