import { cell, figureCell, figureContent, renderTable, rowHeader } from '../parts/cells.js';
import { renderCodeMatrix } from '../parts/code-matrix.js';
import { nameOf, type PageContext } from '../parts/context.js';
import { type Figure, standingOf } from '../parts/figures.js';
import { type Html, html } from '../parts/html.js';
import { linkCarrier } from '../parts/layout.js';
import { renderSection } from '../parts/section.js';
import * as sections from '../parts/sections.js';
import { sql } from '../parts/sql.js';
import { weeklyTrend } from '../parts/trend.js';
import type { EpisodeSummaryRow } from '../snapshot.js';
import { exceptionGroupWords, formatCount, formatHours } from '../words.js';

function renderEpisode(context: PageContext, row: EpisodeSummaryRow): Html {
  const isShown = row.episodes >= context.thresholds.withheldBelow;
  const { locale } = context;
  const p50: Figure = {
    value: row.resolved_p50_hours,
    lo: row.resolved_p50_hours_lo,
    hi: row.resolved_p50_hours_hi,
    n: row.episodes,
  };
  const p90 = isShown ? formatHours(row.resolved_p90_hours, locale) : 'too few';
  const isRanked = standingOf(p50, context) === 'ranked';
  return html`<tr>${rowHeader(linkCarrier(context, row.carrier_code), nameOf(context, row.carrier_code))}<td>${exceptionGroupWords(row.exception_group)}</td>${cell(formatCount(row.episodes, locale), row.episodes)}${cell(figureContent(p50, 'exception_episodes', context, '–'), isRanked ? row.resolved_p50_hours : null)}${cell(p90, isRanked ? row.resolved_p90_hours : null)}</tr>`;
}

function renderEpisodes(context: PageContext): Html {
  const rows = context.snapshot.episodes
    .filter((row) => row.exception_group === '*' || row.exception_group === 'carrier')
    .sort((a, b) => Number(a.carrier_code === '*') - Number(b.carrier_code === '*'));
  if (rows.length === 0) return html`<p class="empty">No exception in the window, so none to resolve.</p>`;
  return renderTable({
    label: 'Time to resolve',
    isSortable: true,
    caption:
      'From the exception to the next scan that moves the parcel forward; episodes still open count for as long as they were watched.',
    columns: [
      { label: 'Carrier' },
      { label: 'Exceptions' },
      { label: 'Episodes', isNumber: true, first: 'descending' },
      { label: 'Half resolved within', isNumber: true },
      { label: '9 in 10 within', isNumber: true },
    ],
    rows: rows.map((row) => renderEpisode(context, row)),
  });
}

const outcomeMetrics = [
  'returned_30d_rate',
  'lost_30d_rate',
  'forced_30d_rate',
  'unresolved_30d_rate',
] as const;

function renderOutcomes(context: PageContext): Html {
  const rows = sections.currentRows(context);
  if (rows.every((row) => row.returned_30d_rate_n === 0)) {
    return html`<p class="empty">No parcel is 30 days old and was watched that long.</p>`;
  }
  return renderTable({
    label: 'Outcomes after 30 days',
    isSortable: true,
    caption:
      'Parcels first scanned at least 30 days ago and watched that long. Under each value: its 95 % interval and n.',
    columns: [
      { label: 'Carrier' },
      ...['Returned', 'Lost', 'Closed by the platform', 'Unresolved'].map((label) => ({
        label,
        isNumber: true,
      })),
    ],
    rows: rows
      .sort(
        (a, b) => Number(a.carrier_code === '*') - Number(b.carrier_code === '*') || b.scanned - a.scanned,
      )
      .map(
        (row) =>
          html`<tr${row.carrier_code === '*' ? html` class="total"` : ''}>${rowHeader(linkCarrier(context, row.carrier_code), nameOf(context, row.carrier_code))}${outcomeMetrics.map((metric) => figureCell(row, metric, context))}</tr>`,
      ),
  });
}

/** What goes wrong on the way, whose it is, how long it lasts, and how it ends. */
export async function renderExceptions(context: PageContext): Promise<Html> {
  const episodes = renderSection(context, {
    id: 'episodes',
    title: 'How long an exception lasts',
    body: renderEpisodes(context),
    definitions: ['exception_episodes'],
    sql: sql.episodes(null),
  });
  const outcomes = renderSection(context, {
    id: 'outcomes',
    title: 'How parcels end: returned, lost, closed, unresolved',
    body: renderOutcomes(context),
    definitions: [...outcomeMetrics],
    sql: sql.outcomes(null),
  });
  const funnel = await sections.differenceFunnel(context, 'exception_rate_carrier');
  const weeks = await weeklyTrend(context, '*', ['exception_rate_carrier', 'returned_30d_rate']);
  return html`${await sections.exceptionGroups(context)}${await sections.topCodes(context, null, renderCodeMatrix(context))}${funnel}${episodes}${outcomes}${weeks}`;
}
