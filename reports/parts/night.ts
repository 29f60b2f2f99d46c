import { definitionOf } from '../definitions.js';
import type { AlertRow, ControlRow, Snapshot } from '../snapshot.js';
import { formatCount, formatDate, formatInstant } from '../words.js';
import { nameOf, type PageContext } from './context.js';
import { formatValue } from './figures.js';
import { type Html, html } from './html.js';

const revisionsShown = 3;
const alertsShown = 3;

function isIn(context: PageContext, code: string | null): boolean {
  return context.forCarrier === null || code === context.forCarrier;
}

/** How many entered and left a list of parcels. */
function compareLists(
  context: PageContext,
  read: (snapshot: Snapshot) => { tracking_number: string; carrier_code: string | null }[],
) {
  const numbers = (snapshot: Snapshot | null) =>
    new Set(
      (snapshot ? read(snapshot) : [])
        .filter((row) => isIn(context, row.carrier_code))
        .map((row) => row.tracking_number),
    );
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

/** Whether both are one alert: its first week can move back, its last one on. */
function isSameAlert(one: AlertRow, other: AlertRow): boolean {
  return (
    one.carrier_code === other.carrier_code &&
    one.metric === other.metric &&
    one.side === other.side &&
    one.first_week <= other.last_week &&
    other.first_week <= one.last_week
  );
}

function sayAlerts(context: PageContext, previous: Snapshot): Html {
  const fresh = context.snapshot.alerts.filter(
    (alert) =>
      isIn(context, alert.carrier_code) && !previous.alerts.some((known) => isSameAlert(known, alert)),
  );
  if (fresh.length === 0) return html`no new alert`;
  const words = fresh
    .slice(0, alertsShown)
    .map(
      (alert) =>
        `${nameOf(context, alert.carrier_code)}, ${definitionOf(context.snapshot, alert.metric).name.toLowerCase()}, from the week of ${formatDate(alert.first_week, context.locale)}`,
    );
  const rest =
    fresh.length > alertsShown ? ` and ${formatCount(fresh.length - alertsShown, context.locale)} more` : '';
  return html`<strong>${formatCount(fresh.length, context.locale)}</strong> new ${fresh.length === 1 ? 'alert' : 'alerts'}: <span class="name">${words.join('; ')}${rest}</span>`;
}

/** Full-grown weeks whose figure is another than the night before: a later scan revoked a loss, a late event came in. */
function findRevisions(context: PageContext, previous: Snapshot): { now: ControlRow; before: ControlRow }[] {
  const key = (row: ControlRow) => JSON.stringify([row.carrier_code, row.metric, row.week_start_date]);
  const known = new Map(previous.control.filter((row) => row.is_mature).map((row) => [key(row), row]));
  return context.snapshot.control.flatMap((now) => {
    const before = known.get(key(now));
    if (!before || !now.is_mature || now.carrier_code === '*' || !isIn(context, now.carrier_code)) return [];
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
  const parcels = (snapshot: Snapshot) =>
    snapshot.carriers
      .filter((row) => isIn(context, row.carrier_code))
      .reduce((sum, row) => sum + row.parcels, 0);
  const open = (snapshot: Snapshot) =>
    snapshot.carrierPerformance.find(
      (row) => row.period === 'current' && row.carrier_code === (context.forCarrier ?? '*'),
    )?.open_now ?? 0;
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
    sayAlerts(context, previous),
  ];
  const when = formatInstant(previous.parameters.as_of, locale);
  return html`<div class="night"><p>Since last night’s report (${when}): ${counts.map((count, index) => html`${index > 0 ? '; ' : ''}${count}`)}.</p><p>${sayRevisions(context, previous)}</p></div>`;
}
