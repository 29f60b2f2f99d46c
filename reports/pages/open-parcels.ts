import { nameOf, type PageContext } from '../parts/context.js';
import { askedUpTo, claimBy, type Heap, heaps, sortHeaps } from '../parts/heaps.js';
import { type Html, html } from '../parts/html.js';
import { type EvidenceFile, renderParcelFiles } from '../parts/parcel-files.js';
import { renderParcelTable } from '../parts/parcel-table.js';
import { renderSection } from '../parts/section.js';
import { openAges } from '../parts/sections.js';
import { sql } from '../parts/sql.js';
import { keyOfParcel, type OpenParcelRow, type OverdueRow, type StalledRow } from '../snapshot.js';
import { formatCount } from '../words.js';

const rowsShown = 50;

/** How the list spreads over the carriers, the most first. */
function sayByCarrier(context: PageContext, rows: readonly OpenParcelRow[]): string {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const name = nameOf(context, row.carrier_code);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const words = ranked.slice(0, 4).map(([name, count]) => `${name} ${formatCount(count, context.locale)}`);
  const others = ranked.slice(4).reduce((sum, [, count]) => sum + count, 0);
  return [...words, ...(others > 0 ? [`others ${formatCount(others, context.locale)}`] : [])].join(', ');
}

function sayCount(count: number, one: string, many: string, locale: string): string {
  return `${formatCount(count, locale)} ${count === 1 ? one : many}`;
}

/** One heap in words: what stands in the heading, and where there is none. */
const heapWords: Record<Heap, { one: string; many: string; none: string; empty: string }> = {
  act: {
    one: 'parcel to ask about now',
    many: 'parcels to ask about now',
    none: 'No parcel to ask about now',
    empty: '',
  },
  claim: {
    one: 'parcel to claim',
    many: 'parcels to claim',
    none: 'No parcel to claim',
    empty: `Parcels silent for more than ${askedUpTo} working days, while their claim time lasts, will stand here.`,
  },
  over: {
    one: 'parcel written off',
    many: 'parcels written off',
    none: 'No parcel is written off',
    empty: 'Parcels silent for as long whose claim time is over will stand here.',
  },
};

function sayEmpty({ thresholds }: PageContext, heap: Heap): string {
  if (heap !== 'act') return heapWords[heap].empty;
  return (
    `Parcels about which the carrier is silent for more than ${thresholds.stalledWorkingDays} working days ` +
    `(${thresholds.stalledWorkingDaysWaiting} at customs or at a pick-up point), up to ${askedUpTo}, will stand here.`
  );
}

function sayHeap({ snapshot, locale }: PageContext, heap: Heap, count: number): string {
  const { one, many, none } = heapWords[heap];
  if (count > 0) return sayCount(count, one, many, locale);
  return snapshot.stalled.length > 0 ? none : 'No open parcel is stalled';
}

function renderHeap(
  context: PageContext,
  heap: Heap,
  parcels: readonly { row: StalledRow; isNew: boolean }[],
): Html {
  const { locale, snapshot } = context;
  const rows = parcels.map(({ row }) => row);
  const fresh = new Set(parcels.filter(({ isNew }) => isNew).map(({ row }) => row));
  const news = context.previous === null ? '' : `; ${formatCount(fresh.size, locale)} new since last night`;
  const isUnknown = rows.some((row) => claimBy(row, snapshot) === null);
  const how =
    heap === 'claim' && isUnknown
      ? html`<p class="how">Where no claim time is given, a parcel is never written off: claim_days in carriers.csv of the settings gives it.</p>`
      : '';
  return renderSection(context, {
    id: heap,
    isFirst: heap === 'act',
    title: sayHeap(context, heap, rows.length),
    intro:
      rows.length > 0
        ? html`<p class="subject">By carrier: <span class="name">${sayByCarrier(context, rows)}</span>${news}</p>`
        : '',
    body: html`${renderParcelTable(context, {
      rows: byNews(rows, fresh),
      label: `List: ${heapWords[heap].many}`,
      caption:
        fresh.size > 0
          ? 'New ones first, then silent for the most working days'
          : 'Silent for the most working days first',
      dayLabel: 'Silent, working days',
      daysOf: (row) => row.silent_working_days,
      isNew: (row) => fresh.has(row),
      claimBy: (row) => claimBy(row, snapshot),
      empty: sayEmpty(context, heap),
      limit: rowsShown,
      file: 'stalled.csv',
    })}${how}`,
    definitions: heap === 'act' ? ['stalled_now', 'open_now'] : [],
    sql: heap === 'act' ? sql.stalled() : undefined,
    files:
      rows.length > 0 && !context.withoutParcels
        ? [{ file: 'stalled.csv', label: 'All stalled parcels (CSV)' }]
        : [],
  });
}

function byNews(rows: readonly StalledRow[], fresh: ReadonlySet<StalledRow>): StalledRow[] {
  const rank = (row: StalledRow) => Number(!fresh.has(row));
  return [...rows].sort((one, other) => rank(one) - rank(other));
}

function renderOverdue(context: PageContext): Html {
  const { overdue } = context.snapshot;
  const known = new Set((context.previous?.overdue ?? []).map((row) => keyOfParcel(row, context.previous)));
  return renderSection(context, {
    id: 'overdue',
    title:
      overdue.length > 0
        ? sayCount(
            overdue.length,
            'open parcel is past the promised day',
            'open parcels are past the promised day',
            context.locale,
          )
        : 'No open parcel is past its promised day',
    intro:
      overdue.length > 0
        ? html`<p class="subject">By carrier: <span class="name">${sayByCarrier(context, overdue)}</span></p>`
        : '',
    body: renderParcelTable<OverdueRow>(context, {
      rows: overdue,
      label: 'List: parcels past the promised day',
      caption: 'The longest overdue first',
      dayLabel: 'Overdue, days',
      daysOf: (row) => row.days_overdue,
      isNew: (row) => context.previous !== null && !known.has(keyOfParcel(row, context.previous)),
      empty:
        'Open parcels whose first promised date has passed without an attempt will stand here. Parcels without a promise never do.',
      limit: rowsShown,
      file: 'overdue.csv',
    }),
    definitions: ['overdue_parcels'],
    sql: sql.overdue(),
    files:
      overdue.length > 0 && !context.withoutParcels ? [{ file: 'overdue.csv', label: 'Parcels (CSV)' }] : [],
  });
}

/** Stalled parcels in three heaps by what is to be done, how long they are silent, and the overdue ones; all of them in the CSV beside it. */
export async function renderOpenParcels(
  context: PageContext,
  parcelFiles: readonly EvidenceFile[] = [],
): Promise<Html> {
  const sorted = sortHeaps(context.snapshot, context.previous);
  // without a stalled parcel one sentence says so, not three
  const shown = context.snapshot.stalled.length > 0 ? heaps : (['act'] as const);
  const lists = shown.map((heap) => renderHeap(context, heap, sorted[heap]));
  const [act, ...rest] = lists;
  return html`${act}${await openAges(context)}${rest}${renderOverdue(context)}${renderParcelFiles(context, parcelFiles)}`;
}
