import { definitionOf } from '../definitions.js';
import type { CaseRow, TargetRow } from '../snapshot.js';
import { deliveryTypeWords, formatAgreed, formatCount, formatDayMonth, formatRate } from '../words.js';
import { nameOf, type PageContext } from './context.js';
import { formatN, formatValue } from './figures.js';
import { type Html, html } from './html.js';
import { linkCarrier } from './layout.js';

/** A piece of a sentence: words, a carrier's name, or what is set in bold. */
type Part = string | { carrier: string } | { bold: string; isName?: boolean };

/** One of the sentences at the top, with its case; without one where it says that nothing stands out. */
export interface Finding {
  sentence: readonly Part[];
  row: CaseRow | null;
}

/** A text whose numbers keep their unit on the same line. */
export function keepUnits(text: string): string {
  return text.replace(/(\d) (%|h|days|points)(?!\p{L})/gu, '$1\u00a0$2');
}

/** The sentence on a page. */
export function renderSentence(context: PageContext, { sentence }: Pick<Finding, 'sentence'>): Html {
  const pieces = sentence.map((part) => {
    if (typeof part === 'string') return keepUnits(part);
    if ('carrier' in part) return linkCarrier(context, part.carrier);
    return part.isName
      ? html`<strong class="name">${part.bold}</strong>`
      : html`<strong>${keepUnits(part.bold)}</strong>`;
  });
  return html`${pieces}`;
}

/** The sentence as plain text, for a terminal or a title. */
export function saySentence(context: PageContext, { sentence }: Pick<Finding, 'sentence'>): string {
  const words = sentence.map((part) => {
    if (typeof part === 'string') return part;
    if ('carrier' in part) return nameOf(context, part.carrier);
    return part.bold;
  });
  return words.join('').trim();
}

/** What a rate counts, after 'x of n'. */
const countedWords: Record<string, string> = {
  on_time_rate: 'on time',
  promise_kept_rate: 'attempted by the promised day',
  transit_2_working_days_rate: 'attempted within 2 working days',
  transit_vs_others_2d: 'attempted within 2 days',
  transit_vs_others_5d: 'attempted within 5 days',
  first_attempt_success_rate: 'delivered at the first attempt',
  exception_rate_carrier: 'with an exception of the carrier’s making',
  never_scanned_7d_rate: 'without a scan within 7 days of the label',
  returned_30d_rate: 'returned within 30 days',
  lost_30d_rate: 'lost within 30 days',
};

/** What the figure of a case counts, in words that follow 'x of n'. */
export function sayCounted(context: PageContext, metric: string): string {
  return countedWords[metric] ?? definitionOf(context.snapshot, metric).name.toLowerCase();
}

/**
 * 'NL to BE', with the delivery type where the case is about one; '' where it is about the whole carrier. What was agreed may be about an
 * origin, a destination or a service alone.
 */
export function sayPlace({ snapshot }: PageContext, row: CaseRow): string {
  const { kind, from_country: from, to_country: to, delivery_type: type } = row;
  const agreed = kind === 'target' ? findAgreed(snapshot.targets, row) : undefined;
  const isOpen = kind === 'target' && (from === null || to === null);
  const open = [from === null ? '' : `from ${from}`, to === null ? '' : `to ${to}`].filter(Boolean).join(' ');
  const lane =
    from === null && to === null ? '' : isOpen ? open : `${from ?? 'unknown'} to ${to ?? 'unknown'}`;
  const service = agreed?.service_level ?? '';
  return [lane, type === null ? '' : deliveryTypeWords(type), service].filter(Boolean).join(', ');
}

function findAgreed(
  targets: readonly TargetRow[],
  { target_number: number }: CaseRow,
): TargetRow | undefined {
  return targets.find(({ target_number }) => target_number === number);
}

/** '12 to 31 parcels': by how many the agreed figure was missed, within its interval. */
export function sayShort({ extra, extra_lo: lo, extra_hi: hi }: CaseRow, locale: string): string {
  const [few = 0, many = 0] = [lo ?? extra, hi ?? extra]
    .map((end) => Math.abs(end ?? 0))
    .sort((a, b) => a - b);
  const [from, to] = [few, many].map((parcels) => formatCount(parcels, locale));
  return from === to ? `${to} ${to === '1' ? 'parcel' : 'parcels'}` : `${from} to ${to} parcels`;
}

/** '15:00'. */
export function sayHour(hour: number): string {
  return `${String(Math.round(hour)).padStart(2, '0')}:00`;
}

/** What stands before the colon: the carrier, and where. */
function sayWho(context: PageContext, row: CaseRow): Part[] {
  const place = sayPlace(context, row);
  return [
    { carrier: row.carrier_code },
    ...(place === '' ? [] : [', ', { bold: place, isName: true }]),
    ': ',
  ];
}

/** 'DHL, NL to DE: 86.2 % on time since 1 Oct (n 412), agreed 95 %: short by 12 to 31 parcels.' */
function sayMissed(context: PageContext, row: CaseRow): Part[] {
  const { locale, snapshot } = context;
  const agreed = findAgreed(snapshot.targets, row);
  const isHighGood = snapshot.metrics.find(({ name }) => name === row.metric)?.better !== 'lower';
  const from = agreed?.first_start_date ?? snapshot.parameters.window_start_date;
  return [
    ...sayWho(context, row),
    { bold: `${formatRate(row.value, locale)} ${sayCounted(context, row.metric)}` },
    ` since ${formatDayMonth(from, locale)} (${formatN(row.n, locale)}), agreed ${formatAgreed(row.usual, locale)}: ${isHighGood ? 'short' : 'over'} by ${sayShort(row, locale)}.`,
  ];
}

/** 'DPD: labels made from 15:00 on wait for the next collection, before it was 17:00; 36 of 36 made in between in the last 28 days.' */
function sayCutOff(context: PageContext, row: CaseRow): Part[] {
  const { locale } = context;
  return [
    ...sayWho(context, row),
    { bold: `labels made from ${sayHour(row.value)} on wait for the next collection` },
    `, before it was ${sayHour(row.usual)}; ${formatCount(row.x ?? 0, locale)} of ${formatCount(row.n, locale)} made in between did in the last 28 days.`,
  ];
}

/** A case in one sentence with its numbers: 'PostNL, NL to BE: 8 of 38 on time since 19 Oct, before 91.9 %; elsewhere unchanged.' */
export function sayCase(context: PageContext, row: CaseRow): Part[] {
  if (row.kind === 'target') return sayMissed(context, row);
  if (row.kind === 'cut_off') return sayCutOff(context, row);
  const { locale } = context;
  const { kind, name } = definitionOf(context.snapshot, row.metric);
  const now =
    row.x === null
      ? `${name.toLowerCase()} ${formatValue(row.value, kind, locale)} (${formatN(row.n, locale)})`
      : `${formatCount(row.x, locale)} of ${formatCount(row.n, locale)} ${sayCounted(context, row.metric)}`;
  const usual = formatValue(row.usual, row.x === null ? kind : 'rate', locale);
  const than =
    row.compared_with === 'before'
      ? ` since ${formatDayMonth(row.since, locale)}, before ${usual}`
      : `, where the others reach ${usual} on the same lanes`;
  const elsewhere = row.is_elsewhere_unchanged === true ? '; elsewhere unchanged' : '';
  return [...sayWho(context, row), { bold: now }, `${than}${elsewhere}.`];
}

function sayQuietly(sentence: string): Finding {
  return { sentence: [sentence], row: null };
}

/** '130 statements about 5 carriers on 12 lanes': what was looked at, '' where there was nothing to look at. */
export function sayLooked({ snapshot, locale }: PageContext): string {
  const { candidates } = snapshot;
  if (candidates.length === 0) return '';
  const count = (number: number, one: string) =>
    `${formatCount(number, locale)} ${number === 1 ? one : `${one}s`}`;
  // an agreed figure may be about all of them
  const named = candidates.filter(({ carrier_code }) => carrier_code !== '*');
  const carriers = new Set(named.map(({ carrier_code }) => carrier_code)).size;
  const lanes = new Set(
    candidates
      .filter(({ scope }) => scope === 'lane')
      .map(({ from_country, to_country }) => JSON.stringify([from_country, to_country])),
  ).size;
  const where = lanes === 0 ? '' : ` on ${count(lanes, 'lane')}`;
  return `${count(candidates.length, 'statement')} about ${count(carriers, 'carrier')}${where}`;
}

/** Why there is no case: what was looked at, or what there is too little of. */
function sayNoCase(context: PageContext): Finding {
  const looked = sayLooked(context);
  const { thresholds } = context;
  return looked === ''
    ? sayQuietly(
        `There is nothing to compare yet: a carrier needs a second one on its lanes, or ${thresholds.alertWeeks} complete weeks, with ${thresholds.rankedFrom} parcels each.`,
      )
    : sayQuietly(`No carrier stands out: looked at ${looked}; none is sure.`);
}

/** The cases, at most three, the one that cost most parcels first; else one sentence that says what was looked at. */
export function findSentences(context: PageContext): Finding[] {
  const { snapshot } = context;
  const all = snapshot.carrierPerformance.find((row) => row.period === 'current' && row.carrier_code === '*');
  if (!all || all.labelled + all.scanned + all.due === 0) {
    return [
      sayQuietly(
        'No outbound parcel has its label, first scan or promised date in this window, so there is nothing to compare yet.',
      ),
    ];
  }
  if (snapshot.cases.length === 0) return [sayNoCase(context)];
  return snapshot.cases.map((row) => ({ sentence: sayCase(context, row), row }));
}

/** The first sentence that is news, as plain text for a terminal. */
export function summarise(context: PageContext): string {
  const [first] = findSentences(context);
  return first ? saySentence(context, first) : '';
}
