import type { Snapshot } from '../snapshot.js';
import { formatCount, formatHours } from '../words.js';
import { below, cell, figureContent, renderTable, rowHeader } from './cells.js';
import { nameOf, type PageContext } from './context.js';
import { type Html, html } from './html.js';
import { linkCarrier } from './layout.js';

type CutOffRow = Snapshot['cutOffs'][number];

const clockOf = (hour: number) => `${String(hour).padStart(2, '0')}:00`;

function findCutOff(context: PageContext, code: string, period: string): CutOffRow | undefined {
  return context.snapshot.cutOffs.find((row) => row.carrier_code === code && row.period === period);
}

/** What the shipper's own lateness is: '453 of 1,918 labels were made after the cut-off: that is ours'. */
export function sayCutOffs(context: PageContext): string {
  const all = findCutOff(context, context.forCarrier ?? '*', 'current');
  if (!all || all.cut_off_hour === null || all.labelled_after === null) return 'Cut-off by carrier';
  const count = (labels: number) => formatCount(labels, context.locale);
  return `${count(all.labelled_after)} of ${count(all.labelled)} labels were made after the cut-off of ${clockOf(all.cut_off_hour)}: that is ours`;
}

function renderRow(context: PageContext, row: CutOffRow): Html {
  const { locale } = context;
  const name = rowHeader(
    html`${linkCarrier(context, row.carrier_code)}${below(`n\u00a0${formatCount(row.labelled, locale)}`)}`,
    nameOf(context, row.carrier_code),
  );
  if (row.cut_off_hour === null) {
    const why = row.hours_counted < 4 ? 'too few labels' : 'no clear step';
    return html`<tr>${name}${cell(html`<span class="muted">${why}</span>`, null)}${cell('', null)}${cell('', null)}${cell('', null)}</tr>`;
  }
  const wait = (which: 'before' | 'after') =>
    figureContent(
      {
        value: row[`hours_${which}`],
        lo: row[`hours_${which}_lo`],
        hi: row[`hours_${which}_hi`],
        n: row[`hours_${which}_n`] ?? 0,
      },
      'label_waiting',
      context,
      '–',
    );
  const after = row.labelled_after ?? 0;
  const share = row.labelled > 0 ? `${formatCount((after / row.labelled) * 100, locale)} %` : '';
  return html`<tr>${name}${cell(html`${clockOf(row.cut_off_hour)}${sayMove(context, row.carrier_code)}`, row.cut_off_hour)}${cell(wait('before'), row.hours_before)}${cell(wait('after'), row.hours_after)}${cell(html`${formatCount(after, locale)}${below(share)}`, after)}</tr>`;
}

/** Where it has moved in the last 28 days, and that passes the gate. */
function sayMove(context: PageContext, code: string): Html | '' {
  const [latest, before] = [findCutOff(context, code, 'latest'), findCutOff(context, code, 'before')];
  const isSure = context.snapshot.candidates.some(
    (row) => row.kind === 'cut_off' && row.carrier_code === code && row.is_sure,
  );
  if (!isSure || !latest?.moved_by_hours || before?.cut_off_hour == null || latest.cut_off_hour === null)
    return '';
  return below(`${clockOf(latest.cut_off_hour)} in the last 28 days, before ${clockOf(before.cut_off_hour)}`);
}

/** The hour from which labels wait for the next collection, carrier by carrier, and how many were made after it. */
export function renderCutOffs(context: PageContext): Html {
  const rows = context.snapshot.cutOffs
    .filter((row) => row.period === 'current' && row.labelled > 0)
    .filter((row) => context.forCarrier === null || row.carrier_code === context.forCarrier)
    .sort(
      (one, other) =>
        Number(one.carrier_code === '*') - Number(other.carrier_code === '*') ||
        (nameOf(context, one.carrier_code) < nameOf(context, other.carrier_code) ? -1 : 1),
    );
  if (rows.length === 0) return html`<p class="empty">Labels of Mondays to Thursdays would fill this.</p>`;
  const [all] = rows.filter((row) => row.carrier_code === '*');
  const wait = all ? formatHours(all.step_hours, context.locale) : null;
  return renderTable({
    label: 'Cut-off by carrier',
    isSortable: true,
    caption: html`Labels of Mondays to Thursdays, hours local to the origin. The cut-off is the first hour after the largest step between the median waits of neighbouring hours, of 6 hours or more${wait && all?.cut_off_hour !== null ? ` (here ${wait})` : ''}. What was labelled after it could not be collected that day.`,
    columns: [
      { label: 'Carrier' },
      { label: 'Cut-off', isNumber: true },
      { label: 'Wait, an hour earlier', isNumber: true },
      { label: 'Wait, from the cut-off', isNumber: true },
      { label: 'Labelled after it', isNumber: true, first: 'descending' },
    ],
    rows: rows.map((row) => renderRow(context, row)),
  });
}
