import { definitionOf } from '../definitions.js';
import { exceptionGroupWords, formatCount, formatList } from '../words.js';
import { cell, figureCell, renderTable, rowHeader } from './cells.js';
import { nameOf, type PageContext } from './context.js';
import { claimBy, sortHeaps } from './heaps.js';
import { type Html, html } from './html.js';
import { linkTo } from './layout.js';
import { renderParcelTable } from './parcel-table.js';
import { renderSection } from './section.js';
import { sql } from './sql.js';

const askedShown = 10;

const kinds: readonly [kind: string, words: string][] = [
  ['acceptance', 'acceptance at hand-over'],
  ['attempt', 'failed delivery attempts'],
  ['pickup_point', 'arrival at a pick-up point'],
  ['exception', 'exceptions'],
  ['promise', 'promised dates'],
  ['sub_status', 'reasons of a status'],
];

/** What the carrier reports at all: a figure that rests on what it never reports says nothing. */
export function renderReports(context: PageContext, code: string): Html {
  const rows = context.snapshot.carrierReports.filter((row) => row.carrier_code === code);
  if (rows.length === 0) return html``;
  const silent = rows.filter((row) => row.is_reported === false).map(({ kind }) => kind);
  const names = kinds.filter(([kind]) => silent.includes(kind)).map(([, words]) => words);
  const title =
    names.length === 0
      ? html`What it reports`
      : html`<span class="name">${nameOf(context, code)}</span> never reports ${formatList(names)}`;
  const { locale } = context;
  const lines = kinds.flatMap(([kind, words]) => {
    const row = rows.find((each) => each.kind === kind);
    if (!row) return [];
    const standing =
      row.is_reported === null ? 'nobody can tell yet' : row.is_reported ? 'reported' : 'not reported';
    const share = row.parcels > 0 ? `${formatCount((row.reported / row.parcels) * 100, locale)} %` : '–';
    return [
      html`<tr>${rowHeader(words, words)}<td>${row.is_reported ? standing : html`<strong>${standing}</strong>`}</td>${cell(formatCount(row.reported, locale), row.reported)}${cell(formatCount(row.parcels, locale), row.parcels)}${cell(share, row.reported)}</tr>`,
    ];
  });
  return renderSection(context, {
    id: 'reports',
    title,
    body: renderTable({
      label: 'Reports by kind',
      caption:
        'Parcels scanned in the last 365 days. Figures that rest on what is never reported read “not reported”.',
      columns: [
        { label: 'Kind' },
        { label: 'Standing' },
        { label: 'Parcels with it', isNumber: true },
        { label: 'Of parcels', isNumber: true },
        { label: 'Share', isNumber: true },
      ],
      rows: lines,
    }),
    definitions: [],
    sql: sql.reports(code),
  });
}

const owners = ['carrier', 'recipient', 'sender', 'border', 'unattributed'] as const;

/** The carrier's exceptions by whose they are. */
export function renderOwners(context: PageContext, code: string): Html {
  const row = context.snapshot.carrierPerformance.find(
    (each) => each.period === 'current' && each.carrier_code === code,
  );
  if (!row || row.exception_rate_n === 0)
    return html`<p class="empty">No parcel was watched for 14 days after its first scan yet.</p>`;
  return renderTable({
    label: 'Exceptions in figures',
    caption:
      'Share of parcels with an exception within 14 days of the first scan, by whose it is. A parcel may stand under several.',
    columns: [
      { label: linkTo(context, 'methodology.html', 'exception_rate', 'Any'), isNumber: true },
      ...owners.map((owner) => ({
        label: linkTo(
          context,
          'methodology.html',
          `exception_rate_${owner}`,
          exceptionGroupWords(owner) || definitionOf(context.snapshot, `exception_rate_${owner}`).name,
        ),
        isNumber: true,
      })),
    ],
    rows: [
      html`<tr>${figureCell(row, 'exception_rate', context)}${owners.map((owner) => figureCell(row, `exception_rate_${owner}`, context))}</tr>`,
    ],
  });
}

/** The parcels to ask the carrier about: silent ones first by what is to be done, then where the rest is. */
export function renderAsking(context: PageContext, code: string): Html {
  if (context.forCarrier !== null) return html``;
  const { snapshot, locale } = context;
  const sorted = sortHeaps(snapshot, context.previous);
  const own = (heap: 'act' | 'claim') => sorted[heap].filter(({ row }) => row.carrier_code === code);
  const [act, claim] = [own('act'), own('claim')];
  const overdue = snapshot.overdue.filter((row) => row.carrier_code === code).length;
  const parcels = (count: number) => `${formatCount(count, locale)} ${count === 1 ? 'parcel' : 'parcels'}`;
  const fresh = new Set([...act, ...claim].filter(({ isNew }) => isNew).map(({ row }) => row));
  const file = `parcels-${context.slugs.get(code) ?? ''}.csv`;
  const hasFile = context.evidence?.has(file) ?? false;
  const all = linkTo(context, 'open-parcels.html', 'overdue', 'all open parcels');
  return renderSection(context, {
    id: 'ask',
    title:
      act.length + claim.length === 0
        ? 'No silent parcel to ask about'
        : `${parcels(act.length)} to ask about now, ${formatCount(claim.length, locale)} to claim`,
    intro: html`<p class="subject">${parcels(overdue)} past the promised day among ${all}.</p>`,
    body: renderParcelTable(context, {
      rows: [...act, ...claim].map(({ row }) => row),
      label: 'List: parcels to ask about',
      caption: 'To ask about now, then to claim',
      dayLabel: 'Silent, working days',
      daysOf: (row) => row.silent_working_days,
      isNew: (row) => fresh.has(row),
      claimBy: (row) => claimBy(row, snapshot),
      empty: 'Open parcels about which the carrier is silent will stand here.',
      limit: askedShown,
      file: 'stalled.csv',
      isOneCarrier: true,
    }),
    definitions: ['stalled_now', 'overdue_parcels'],
    files: hasFile ? [{ file, label: 'Its late, silent, lost and exception parcels (CSV)' }] : [],
  });
}
