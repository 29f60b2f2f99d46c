import { definitionOf } from '../definitions.js';
import { type CaseRow, type ControlRow, keyOfParcel, type Snapshot } from '../snapshot.js';
import { formatCount, formatDate, formatInstant } from '../words.js';
import { nameOf, type PageContext } from './context.js';
import { formatValue } from './figures.js';
import { type Html, html } from './html.js';

const revisionsShown = 3;

/** How many entered and left a list of parcels. */
function compareLists(
  context: PageContext,
  read: (snapshot: Snapshot) => { tracking_number: string; account: string }[],
) {
  const numbers = (snapshot: Snapshot | null) =>
    new Set((snapshot ? read(snapshot) : []).map((row) => keyOfParcel(row, context.previous)));
  const [now, before] = [numbers(context.snapshot), numbers(context.previous)];
  return {
    total: now.size,
    entered: [...now].filter((number) => !before.has(number)).length,
    left: [...before].filter((number) => !now.has(number)).length,
  };
}

function sayList(word: string, list: { total: number; entered: number; left: number }, locale: string): Html {
  return html`<strong>${formatCount(list.total, locale)}</strong> ${word} (${formatCount(list.entered, locale)} new, ${formatCount(list.left, locale)} no longer)`;
}

/** Whether both are one case: its numbers may differ from night to night, and what it is set against stays. */
function isSameCase(one: CaseRow, other: CaseRow): boolean {
  const columns = [
    'carrier_code',
    'from_country',
    'to_country',
    'delivery_type',
    'metric',
    'compared_with',
  ] as const;
  return columns.every((column) => one[column] === other[column]);
}

/** Cases that entered and left: only what passed the gate is said. */
function sayCases(context: PageContext, previous: Snapshot): Html {
  const count = (rows: readonly CaseRow[], others: readonly CaseRow[]) =>
    rows.filter((row) => !others.some((other) => isSameCase(row, other))).length;
  const fresh = count(context.snapshot.cases, previous.cases);
  const gone = count(previous.cases, context.snapshot.cases);
  const words = (number: number, what: string) =>
    html`<strong>${formatCount(number, context.locale)}</strong> ${number === 1 ? 'case' : 'cases'} ${what}`;
  if (fresh === 0 && gone === 0) return html`no new case`;
  return html`${fresh === 0 ? html`no new case` : words(fresh, 'new')}${gone === 0 ? '' : html`, ${words(gone, 'no longer told')}`}`;
}

/** Full-grown weeks whose figure is another than the night before: a later scan revoked a loss, a late event came in. */
function findRevisions(context: PageContext, previous: Snapshot): { now: ControlRow; before: ControlRow }[] {
  const key = (row: ControlRow) => JSON.stringify([row.carrier_code, row.metric, row.week_start_date]);
  const known = new Map(previous.control.filter((row) => row.is_mature).map((row) => [key(row), row]));
  return context.snapshot.control.flatMap((now) => {
    const before = known.get(key(now));
    if (!before || !now.is_mature || now.carrier_code === '*') return [];
    return before.value === now.value ? [] : [{ now, before }];
  });
}

function sayRevisions(context: PageContext, previous: Snapshot): Html {
  const revisions = findRevisions(context, previous);
  if (revisions.length === 0) return html`No closed week changed.`;
  const words = revisions.slice(0, revisionsShown).map(({ now, before }) => {
    const { kind, name } = definitionOf(context.snapshot, now.metric);
    const [from, to] = [before, now].map((row) => formatValue(row.value, kind, context.locale));
    return `${nameOf(context, now.carrier_code)}, ${name.toLowerCase()}, week of ${formatDate(now.week_start_date, context.locale)}: ${from} to ${to}`;
  });
  const rest =
    revisions.length > revisionsShown
      ? `; ${formatCount(revisions.length - revisionsShown, context.locale)} more`
      : '';
  return html`<strong>${formatCount(revisions.length, context.locale)}</strong> ${revisions.length === 1 ? 'figure' : 'figures'} of closed weeks changed, because later scans came in: <span class="name">${words.join('; ')}${rest}</span>.`;
}

/** What is new against the snapshot of the night before; nothing where there is none. */
export function renderNight(context: PageContext): Html {
  const { previous } = context;
  if (!previous) return html``;
  const { locale } = context;
  const parcels = (snapshot: Snapshot) => snapshot.carriers.reduce((sum, row) => sum + row.parcels, 0);
  const open = (snapshot: Snapshot) =>
    snapshot.carrierPerformance.find((row) => row.period === 'current' && row.carrier_code === '*')
      ?.open_now ?? 0;
  const more = parcels(context.snapshot) - parcels(previous);
  const [openNow, openBefore] = [open(context.snapshot), open(previous)];
  const turn =
    openNow === openBefore
      ? 'as many as before'
      : `${formatCount(Math.abs(openNow - openBefore), locale)} ${openNow > openBefore ? 'more' : 'fewer'}`;
  const counts = [
    html`<strong>${formatCount(Math.max(0, more), locale)}</strong> parcels new`,
    html`<strong>${formatCount(openNow, locale)}</strong> open (${turn})`,
    sayList(
      'stalled',
      compareLists(context, (snapshot) => snapshot.stalled),
      locale,
    ),
    sayList(
      'overdue',
      compareLists(context, (snapshot) => snapshot.overdue),
      locale,
    ),
    sayCases(context, previous),
  ];
  const when = formatInstant(previous.parameters.as_of, locale);
  return html`<div class="night"><p>Since last night’s report (${when}): ${counts.map((count, index) => html`${index > 0 ? '; ' : ''}${count}`)}.</p><p>${sayRevisions(context, previous)}</p></div>`;
}
