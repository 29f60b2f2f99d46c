import { below, cell, renderTable, rowHeader } from '../parts/cells.js';
import { nameOf, type PageContext } from '../parts/context.js';
import { type Html, html } from '../parts/html.js';
import { warningMark } from '../parts/layout.js';
import { renderSection } from '../parts/section.js';
import { sql } from '../parts/sql.js';
import { isOfSeveral } from '../snapshot.js';
import { formatCount, formatInstant, formatRate } from '../words.js';

function renderChecks(context: PageContext): Html {
  const { quality } = context.snapshot;
  if (quality.length === 0)
    return html`<p class="empty">The snapshot holds no data checks. The nightly build writes them.</p>`;
  const rows = [...quality].sort(
    (a, b) => Number(b.is_warning) - Number(a.is_warning) || (b.share ?? 0) - (a.share ?? 0),
  );
  return renderTable({
    label: 'Data checks',
    isSortable: true,
    caption: 'Warnings first, then the largest share of what the check looks at.',
    columns: [
      { label: 'Check' },
      { label: 'State' },
      { label: 'Count', isNumber: true, first: 'descending' },
      { label: 'Share', isNumber: true, first: 'descending' },
      { label: 'Most at' },
      { label: 'What it means', isUnsorted: true },
    ],
    rows: rows.map((row) => {
      const state = row.is_warning ? html`<span class="state">${warningMark}warns</span>` : 'fine';
      const worst =
        row.worst_carrier_code === null
          ? '–'
          : html`<span class="name">${nameOf(context, row.worst_carrier_code)}</span>${below(`${formatRate(row.worst_carrier_share, context.locale)} of its own`)}`;
      return html`<tr>${rowHeader(row.check_name.replaceAll('_', ' '), row.check_name)}<td data-value="${row.is_warning ? 0 : 1}">${state}</td>${cell(row.count === null ? '–' : formatCount(row.count, context.locale), row.count)}${cell(row.share === null ? '–' : formatRate(row.share, context.locale), row.share)}<td data-value="${row.worst_carrier_share ?? ''}">${worst}</td><td>${row.meaning}</td></tr>`;
    }),
  });
}

/** Whose parcels these are, and how fresh what is known of them: nothing where there is one account. */
function renderAccounts(context: PageContext): Html {
  const { snapshot, locale } = context;
  if (!isOfSeveral(snapshot)) return html``;
  return renderSection(context, {
    id: 'accounts',
    title: `Parcels of ${formatCount(snapshot.accounts.length, locale)} accounts`,
    body: renderTable({
      label: 'Accounts',
      isSortable: true,
      caption: 'When each account was last polled: what happened to its parcels later is not known yet.',
      columns: [
        { label: 'Account' },
        { label: 'Parcels', isNumber: true, first: 'descending' },
        { label: 'Last polled' },
      ],
      rows: snapshot.accounts.map(
        ({ account, parcel_count: parcels, data_as_of: polledAt }) =>
          html`<tr>${rowHeader(html`<span class="name">${account}</span>`, account)}${cell(formatCount(parcels, locale), parcels)}<td class="nowrap" data-value="${polledAt}">${polledAt === null ? 'never' : formatInstant(polledAt, locale)}</td></tr>`,
      ),
    }),
    definitions: [],
    sql: sql.accounts(),
  });
}

/** What the data checks found, and the run's own words; of several accounts, how each stands. */
export function renderDataQuality(context: PageContext): Html {
  const warnings = context.snapshot.quality.filter((row) => row.is_warning).length;
  const total = context.snapshot.quality.length;
  const title =
    total === 0
      ? 'Data checks'
      : warnings === 0
        ? `None of ${total} data checks warns`
        : `${warnings} of ${total} data checks ${warnings === 1 ? 'warns' : 'warn'}`;
  const status = context.runInfo.status ?? [];
  const said =
    status.length === 0
      ? ''
      : html`<h3>What the last run said</h3><ul>${status.map((line) => html`<li>${line}</li>`)}</ul>`;
  const checks = renderSection(context, {
    id: 'checks',
    isFirst: true,
    title,
    body: html`${renderChecks(context)}${said}`,
    definitions: ['edd_coverage_rate', 'transit_measurable_rate', 'promise_seen_late_rate'],
    sql: sql.quality(),
  });
  return html`${checks}${renderAccounts(context)}`;
}
