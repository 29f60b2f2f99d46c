import { formatPoints, isMeasured } from '../drawing/differences.js';
import type { CarrierPerformanceRow, ComparisonRow, LaneRow } from '../snapshot.js';
import { deliveryTypeWords, formatCount } from '../words.js';
import { below, cell, renderTable, rowHeader } from './cells.js';
import {
  countLost,
  findShared,
  indexLanes,
  laneKey,
  laneMetric,
  linkCompare,
  sayLane,
} from './comparisons.js';
import { nameOf, type PageContext } from './context.js';
import { findFigure, formatN } from './figures.js';
import { type Html, html, trust } from './html.js';
import { findDoubt } from './reported.js';

const lanesShown = 20;
const carriersShown = 12;
/** Differences, as shares, at which the fill deepens. */
const classLimits = [0.03, 0.08];

const words = {
  on_time_rate: { counted: 'on time', units: 'on time' },
  transit_2_working_days_rate: {
    counted: 'within 2 working days',
    units: 'attempted within 2 working days',
  },
} as const;

interface Lane {
  lead: LaneRow;
  n: number;
  lost: number;
}

/** 'Points more (+) or fewer (−) parcels on time than the lane's other carriers …'. */
export function laneMapUnits(context: PageContext): string {
  return `Points more (+) or fewer (\u2212) parcels ${words[laneMetric(context)].units} than the lane\u2019s other carriers, with 95 % intervals`;
}

/** The lanes by parcels lost to those who do better on them. */
function listLanes(context: PageContext): Lane[] {
  const metric = laneMetric(context);
  const find = indexLanes(context);
  const lanes = new Map<string, Lane>();
  for (const row of context.snapshot.lanes) {
    if (row.carrier_code === '*') continue;
    const lane = lanes.get(laneKey(row)) ?? { lead: row, n: 0, lost: 0 };
    lane.n += findFigure(row, metric).n;
    lane.lost += countLost(context, row, find(row));
    lanes.set(laneKey(row), lane);
  }
  return [...lanes.values()]
    .filter(({ n }) => n >= context.thresholds.withheldBelow)
    .sort((one, other) => other.lost - one.lost || other.n - one.n);
}

function listCarriers(context: PageContext): CarrierPerformanceRow[] {
  const metric = laneMetric(context);
  return context.snapshot.carrierPerformance
    .filter((row) => row.period === 'current' && row.carrier_code !== '*')
    .filter((row) => findFigure(row, metric).n >= context.thresholds.withheldBelow)
    .sort(
      (one, other) =>
        findFigure(other, metric).n - findFigure(one, metric).n ||
        (one.carrier_code < other.carrier_code ? -1 : 1),
    );
}

/** The lane of the surest and largest loss, where one passes the gate. */
export function sayLaneMap(context: PageContext): string {
  const metric = laneMetric(context);
  const sure = context.snapshot.comparisons
    .filter((row) => row.scope === 'lane' && row.other_carrier_code === '*' && row.metric === metric)
    .filter((row) => row.is_sure && row.is_worse)
    .sort((one, other) => (one.extra ?? 0) - (other.extra ?? 0));
  const [first] = sure;
  if (first === undefined) return 'Lanes: every carrier against the lane’s other carriers';
  const parcels = formatCount(Math.abs(first.extra ?? 0), context.locale);
  const type = first.delivery_type === null ? '' : `, ${deliveryTypeWords(first.delivery_type)}`;
  return `${nameOf(context, first.carrier_code)}, ${sayLane(first)}${type}: ${parcels} parcels fewer ${words[metric].counted} than the lane’s other carriers would have had`;
}

function classOf({ difference, is_sure: isSure }: { difference: number; is_sure: boolean }): string {
  if (!isSure) return '';
  const step = 1 + classLimits.filter((limit) => Math.abs(difference) >= limit).length;
  return ` heat-${difference < 0 ? 'below' : 'above'}-${step}`;
}

function renderCell(
  context: PageContext,
  row: LaneRow | undefined,
  { comparison, isShared }: { comparison: ComparisonRow | undefined; isShared: boolean },
): Html {
  const n = findFigure(row, laneMetric(context)).n;
  if (!row || n === 0) return cell('', null);
  const say = (value: string, ...rest: string[]) =>
    cell(linkCompare(context, row, html`<span class="muted">${value}</span>${below(...rest)}`), null);
  const count = formatN(n, context.locale);
  if (n < context.thresholds.rankedFrom) return say(count);
  const doubt = findDoubt(row, laneMetric(context), context);
  if (doubt) return say(doubt.words, count);
  if (!isShared) return say('alone', count);
  if (!comparison || !isMeasured(comparison)) return say('too few others', count);
  const { difference, difference_lo: lo, difference_hi: hi, is_sure: isSure } = comparison;
  if (!comparison.is_comparable)
    return say('too few others', `others ${formatN(comparison.other_n, context.locale)}`, count);
  const points = formatPoints(difference, context.locale);
  const value = isSure ? html`<strong>${points}</strong>` : html`<span class="muted">${points}</span>`;
  const limits = `${formatPoints(lo, context.locale)} to ${formatPoints(hi, context.locale)}`;
  const content = linkCompare(
    context,
    row,
    html`${value}${below(limits, formatN(comparison.n, context.locale))}`,
  );
  return html`<td class="${trust(`num${classOf({ difference, is_sure: isSure })}`)}" data-value="${difference.toPrecision(6)}">${content}</td>`;
}

function renderRow(
  context: PageContext,
  lane: Lane,
  carriers: readonly CarrierPerformanceRow[],
  read: {
    rows: Map<string, LaneRow>;
    find: ReturnType<typeof indexLanes>;
    isShared: (row: LaneRow) => boolean;
  },
): Html {
  const { lead, n, lost } = lane;
  const place = sayLane(lead);
  const cells = carriers.map(({ carrier_code }) => {
    const row = read.rows.get(`${carrier_code} ${laneKey(lead)}`);
    return renderCell(context, row, {
      comparison: row && read.find(row),
      isShared: row !== undefined && read.isShared(row),
    });
  });
  const parcels = lost >= 0.5 ? formatCount(lost, context.locale) : '–';
  return html`<tr>${rowHeader(html`<span class="name">${place}</span>${below(html`<span class="name">${deliveryTypeWords(lead.delivery_type)}</span>`, formatN(n, context.locale))}`, place)}${cell(parcels, lost)}${cells}</tr>`;
}

/** Lanes down, carriers across; in colour only what passes the gate. */
export function renderLaneMap(context: PageContext): Html {
  const metric = laneMetric(context);
  const lanes = listLanes(context);
  const carriers = listCarriers(context);
  const judged = carriers.filter((row) => findDoubt(row, metric, context) === null);
  if (lanes.length === 0 || judged.length < 2) {
    return html`<p class="empty">Nothing to compare yet: this needs lanes that two carriers serve, with ${context.thresholds.rankedFrom} parcels each.</p>`;
  }
  const shown = judged.slice(0, carriersShown);
  const read = {
    rows: new Map(context.snapshot.lanes.map((row) => [`${row.carrier_code} ${laneKey(row)}`, row])),
    find: indexLanes(context),
    isShared: findShared(context),
  };
  const doubted = context.snapshot.carrierPerformance.flatMap((row) => {
    if (row.period !== 'current' || row.carrier_code === '*') return [];
    const doubt = findDoubt(row, metric, context);
    return doubt === null
      ? []
      : [
          html` <span class="name">${nameOf(context, row.carrier_code)}</span>: ${doubt.words}, ${doubt.why}.`,
        ];
  });
  const rest = [
    lanes.length > lanesShown ? `${formatCount(lanes.length - lanesShown, context.locale)} more lanes` : '',
    judged.length > carriersShown
      ? `${formatCount(judged.length - carriersShown, context.locale)} smaller carriers`
      : '',
  ].filter(Boolean);
  return html`${renderTable({
    label: 'Lanes by carriers',
    isSortable: true,
    caption: html`The lanes first that are most parcels behind: fewer ${words[metric].counted} than the lane’s other carriers would have had. Orange, bold: fewer, blue: more, each sure with all looks counted; grey: within chance. Under ${context.thresholds.rankedFrom} parcels: n alone.`,
    columns: [
      { label: 'Lane' },
      { label: 'Parcels behind', isNumber: true, first: 'descending' },
      ...shown.map(({ carrier_code }) => ({
        label: html`<span class="name">${nameOf(context, carrier_code)}</span>`,
        isNumber: true,
      })),
    ],
    rows: lanes.slice(0, lanesShown).map((lane) => renderRow(context, lane, shown, read)),
  })}${doubted.length + rest.length > 0 ? html`<p class="how">${doubted}${rest.length > 0 ? ` Left out: ${rest.join(', ')}; the SQL gives all of them.` : ''}</p>` : ''}`;
}
