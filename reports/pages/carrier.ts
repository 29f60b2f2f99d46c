import { definitionOf } from '../definitions.js';
import { renderAsking, renderOwners, renderReports } from '../parts/carrier-facts.js';
import { cell, doubtCell, figureCell, figureContent, renderTable, rowHeader } from '../parts/cells.js';
import { hasPromises, nameOf, type PageContext } from '../parts/context.js';
import { formatN, formatValue } from '../parts/figures.js';
import { type Html, html } from '../parts/html.js';
import { renderLaneTable } from '../parts/lane-table.js';
import { linkTo } from '../parts/layout.js';
import { findDoubt, isChangeDoubtful } from '../parts/reported.js';
import { renderSection } from '../parts/section.js';
import * as sections from '../parts/sections.js';
import { sql } from '../parts/sql.js';
import { renderTargets, sayTargets } from '../parts/targets.js';
import { renderChange, renderTiles } from '../parts/tiles.js';
import { weeklyTrend } from '../parts/trend.js';
import type { PeriodChangeRow } from '../snapshot.js';
import { formatCount, formatRate } from '../words.js';

const optionsShown = 15;

/** Always shown; the rest only where the change is clear. */
const mainMetrics = [
  'on_time_rate',
  'promise_kept_rate',
  'transit_p50_hours',
  'transit_p90_hours',
  'exception_rate',
  'exception_rate_carrier',
  'first_attempt_success_rate',
  'returned_30d_rate',
  'lost_30d_rate',
  'first_scan_p50_hours',
  'never_scanned_7d_rate',
];

function renderChangeRow(context: PageContext, row: PeriodChangeRow): Html {
  const { kind, name, meaning } = definitionOf(context.snapshot, row.metric);
  const value = (period: 'current' | 'previous') => {
    const [shown, n] = [row[`${period}_value`], row[`${period}_n`]];
    const measured = context.snapshot.carrierPerformance.find(
      (each) => each.period === period && each.carrier_code === row.carrier_code,
    );
    const doubt = findDoubt(measured, row.metric, context);
    if (doubt) return doubtCell(doubt);
    return cell(
      html`${n >= context.thresholds.withheldBelow ? formatValue(shown, kind, context.locale) : 'too few'} <span class="n">${formatN(n, context.locale)}</span>`,
      null,
    );
  };
  const label = meaning === '' ? name : linkTo(context, 'methodology.html', row.metric, name);
  return html`<tr>${rowHeader(label, name)}${value('current')}${value('previous')}<td class="change">${renderChange(row, context)}</td></tr>`;
}

function renderChanges(context: PageContext, code: string): Html {
  const rows = context.snapshot.changes.filter((row) => row.carrier_code === code && row.current_n > 0);
  if (rows.length === 0)
    return html`<p class="empty">No figure of this carrier can be set beside the period before.</p>`;
  const isClear = (row: PeriodChangeRow) =>
    ['better', 'worse', 'changed'].includes(row.direction) && !isChangeDoubtful(row, context);
  const rank = (row: PeriodChangeRow) =>
    mainMetrics.includes(row.metric) ? mainMetrics.indexOf(row.metric) : mainMetrics.length;
  const shown = rows
    .filter((row) => isClear(row) || mainMetrics.includes(row.metric))
    .sort((a, b) => Number(isClear(b)) - Number(isClear(a)) || rank(a) - rank(b));
  const rest = rows.length - shown.length;
  return html`${renderTable({
    label: 'Against the period before',
    caption: 'Clear changes first. Clear: the 95 % interval of the difference leaves out zero.',
    columns: [
      { label: 'Figure' },
      { label: 'This period', isNumber: true },
      { label: 'Period before', isNumber: true },
      { label: 'Change' },
    ],
    rows: shown.map((row) => renderChangeRow(context, row)),
  })}${rest > 0 ? html`<p class="how">${formatCount(rest, context.locale)} other figures did not change clearly; the SQL gives them.</p>` : ''}`;
}

/** The heading of the table of changes: how many are clear, which way. */
function sayChanges(context: PageContext, code: string): string {
  const rows = context.snapshot.changes.filter(
    (row) => row.carrier_code === code && !isChangeDoubtful(row, context),
  );
  const count = (direction: string) => rows.filter((row) => row.direction === direction).length;
  const [better, worse, changed] = [count('better'), count('worse'), count('changed')];
  const all = better + worse + changed;
  if (all === 0) return 'Nothing changed clearly against the period before';
  const words = [
    worse > 0 ? `${worse} worse` : '',
    better > 0 ? `${better} better` : '',
    changed > 0 ? `${changed} neither better nor worse` : '',
  ]
    .filter(Boolean)
    .join(', ');
  return `Against the period before, ${all === 1 ? 'one figure is' : 'figures are'} clearly other: ${words}`;
}

function renderOptions(context: PageContext, code: string): Html {
  const rows = context.snapshot.shippingOptions
    .filter((row) => row.carrier_code === code)
    .sort((a, b) => b.scanned - a.scanned);
  if (rows.length === 0)
    return html`<p class="empty">No shipping option is known for this carrier’s parcels.</p>`;
  const rest = rows.length - Math.min(rows.length, optionsShown);
  return html`${renderTable({
    label: 'Shipping options in figures',
    isSortable: true,
    caption: 'The largest first.',
    columns: [
      { label: 'Shipping option' },
      { label: 'Parcels scanned', isNumber: true, first: 'descending' },
      { label: 'On time', isNumber: true, first: 'descending' },
      { label: 'Transit, median', isNumber: true },
      { label: 'Exceptions', isNumber: true },
    ],
    rows: rows.slice(0, optionsShown).map((row) => {
      const name = row.shipping_option_code ?? 'unknown';
      return html`<tr>${rowHeader(html`<span class="name">${name}</span>`, name)}${cell(formatCount(row.scanned, context.locale), row.scanned)}${figureCell(row, 'on_time_rate', context, 'no promise')}${figureCell(row, 'transit_p50_hours', context)}${figureCell(row, 'exception_rate', context)}</tr>`;
    }),
  })}${rest > 0 ? html`<p class="how">${formatCount(rest, context.locale)} smaller options are left out; the SQL gives all of them.</p>` : ''}`;
}

function renderDwell(context: PageContext, code: string): Html {
  const row = context.snapshot.pickupDwell.find((each) => each.carrier_code === code);
  if (!row || row.parcels === 0) return html``;
  const figure = (name: 'dwell_p50_hours' | 'dwell_p90_hours' | 'collected_share') => ({
    value: row[name],
    lo: row[`${name}_lo`],
    hi: row[`${name}_hi`],
    n: row.parcels,
  });
  const cells = (['dwell_p50_hours', 'dwell_p90_hours'] as const).map((name) =>
    cell(figureContent(figure(name), 'pickup_point_dwell', context, '–'), null),
  );
  return renderSection(context, {
    id: 'pickup-points',
    title: 'At the pick-up point',
    body: renderTable({
      label: 'Waiting in figures',
      caption:
        'From the arrival to the collection; parcels still waiting count for as long as they were watched.',
      columns: [
        { label: 'Parcels' },
        { label: 'Half collected within', isNumber: true },
        { label: '9 in 10 within', isNumber: true },
        { label: 'Collected', isNumber: true },
      ],
      rows: [
        html`<tr>${rowHeader(formatCount(row.parcels, context.locale), '')}${cells}${cell(figureContent(figure('collected_share'), 'exception_rate', context, '–'), null)}</tr>`,
      ],
    }),
    definitions: ['pickup_point_dwell'],
    sql: sql.dwell(code),
  });
}

function sayPromise(context: PageContext, code: string): string {
  const row = sections.currentRows(context).find((each) => each.carrier_code === code);
  if (!hasPromises(context)) return 'On time: not measurable, no promise in the data';
  const doubt = findDoubt(row, 'on_time_rate', context);
  if (doubt) return `The promise: ${doubt.words}, ${doubt.why}`;
  if ((row?.promise_kept_rate_n ?? 0) < context.thresholds.withheldBelow)
    return 'The promise: too few parcels';
  return `Customers got ${formatRate(row?.promise_kept_rate, context.locale)} by the promised day; the carrier kept ${formatRate(row?.on_time_rate, context.locale)} of what it had in time`;
}

const promiseMetrics = [
  'on_time_rate',
  'promise_kept_rate',
  'promise_kept_plus_1d_rate',
  'handed_over_late_rate',
  'edd_coverage_rate',
] as const;

function renderPromise(context: PageContext, code: string): Html {
  const row = sections.currentRows(context).find((each) => each.carrier_code === code);
  if (!row || !hasPromises(context))
    return html`<p class="empty">A promised date in the carriers’ answers would fill this.</p>`;
  return renderTable({
    label: 'The promise',
    caption: 'Judged by the first promised date that was seen.',
    columns: promiseMetrics.map((metric) => ({
      label: linkTo(context, 'methodology.html', metric, definitionOf(context.snapshot, metric).name),
      isNumber: true,
    })),
    rows: [html`<tr>${promiseMetrics.map((metric) => figureCell(row, metric, context))}</tr>`],
  });
}

/** One carrier's page: how it stands against the others on its lanes, its weeks, targets, lanes and open parcels; then each figure at length. */
export async function renderCarrierPage(context: PageContext, code: string): Promise<Html> {
  const tiles = renderSection(context, {
    id: 'tiles',
    isFirst: true,
    title: html`<span class="name">${nameOf(context, code)}</span> in this period`,
    body: renderTiles(context, code),
    definitions: [],
    sql: sql.tiles(code),
  });
  const changes = renderSection(context, {
    id: 'changes',
    title: sayChanges(context, code),
    body: renderChanges(context, code),
    definitions: [],
    sql: sql.changes(code),
  });
  const promise = renderSection(context, {
    id: 'promise',
    title: sayPromise(context, code),
    body: renderPromise(context, code),
    definitions: ['on_time_rate', 'promise_kept_rate'],
    sql: sql.promise(code),
  });
  const agreed = context.snapshot.targets.filter((row) => row.carrier_code === code);
  const targets =
    agreed.length === 0
      ? ''
      : renderSection(context, {
          id: 'targets',
          title: sayTargets(context, agreed),
          body: renderTargets(context, agreed),
          definitions: ['targets'],
          sql: sql.targets(code),
        });
  const owners = renderSection(context, {
    id: 'owners',
    title: 'Exceptions by owner',
    body: renderOwners(context, code),
    definitions: ['exception_rate'],
    sql: sql.exceptionGroups(code),
  });
  const codes = await sections.topCodes(context, code, null);
  const lanes = renderSection(context, {
    id: 'lanes',
    title: 'Lanes',
    body: renderLaneTable(context, code),
    definitions: ['on_time_rate', 'transit_p50_hours'],
    sql: sql.lanes(code),
  });
  const options = renderSection(context, {
    id: 'options',
    title: 'Shipping options',
    body: renderOptions(context, code),
    definitions: [],
    sql: sql.options(code),
  });
  return html`${tiles}${await sections.ownDifferences(context, code)}${await weeklyTrend(context, code)}${targets}${lanes}${renderAsking(context, code)}
${changes}${promise}${await sections.promiseDays(context, code)}${await sections.deliveredWithinOne(context, code)}${await sections.whereParcelsAre(context, code)}
${owners}${codes}${renderReports(context, code)}${options}${renderDwell(context, code)}`;
}
