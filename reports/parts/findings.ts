import { definitionOf } from '../definitions.js';
import type { CaseRow } from '../snapshot.js';
import { deliveryTypeWords, formatCount, formatDayMonth } from '../words.js';
import { nameOf, type PageContext } from './context.js';
import { formatN, formatValue } from './figures.js';
import { type Html, html } from './html.js';
import { linkCarrier, linkTo } from './layout.js';

/** A piece of a sentence: words, a carrier's name, what is set in bold, or where the page says more. */
type Part =
  | string
  | { carrier: string }
  | { bold: string; isName?: boolean }
  | { see: string; file: string; anchor: string };

/** One of the sentences at the top; quiet when it says that nothing stands out. */
export interface Finding {
  sentence: readonly Part[];
  isQuiet: boolean;
}

/** The sentence on a page. */
export function renderSentence(context: PageContext, { sentence }: Finding): Html {
  const pieces = sentence.map((part) => {
    if (typeof part === 'string') return part;
    if ('carrier' in part) return linkCarrier(context, part.carrier);
    if ('see' in part) return html` ${linkTo(context, part.file, part.anchor, part.see)}.`;
    return part.isName
      ? html`<strong class="name">${part.bold}</strong>`
      : html`<strong>${part.bold}</strong>`;
  });
  return html`${pieces}`;
}

/** The sentence as plain text for a terminal, where there is nothing further to see. */
function saySentence(context: PageContext, { sentence }: Finding): string {
  const words = sentence.map((part) => {
    if (typeof part === 'string') return part;
    if ('carrier' in part) return nameOf(context, part.carrier);
    return 'see' in part ? '' : part.bold;
  });
  return words.join('').trim();
}

/** What a rate counts, after 'x of n'. */
const counted: Record<string, string> = {
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

/** 'NL to BE', with the delivery type where the case is about one; '' where it is about the whole carrier. */
function sayPlace({ kind, from_country, to_country, delivery_type }: CaseRow): string {
  if (from_country === null && to_country === null) return '';
  if (kind === 'target' && from_country === null) return `to ${to_country}`;
  if (kind === 'target' && to_country === null) return `from ${from_country}`;
  const lane = `${from_country ?? 'unknown'} to ${to_country ?? 'unknown'}`;
  return delivery_type === null ? lane : `${lane}, ${deliveryTypeWords(delivery_type)}`;
}

/** '26 parcels (18 to 33)', whichever way is good. */
function sayShort({ extra, extra_lo, extra_hi }: CaseRow, locale: string): string {
  const count = (parcels: number | null) => formatCount(Math.abs(parcels ?? 0), locale);
  const ends = [extra_lo, extra_hi].map((end) => Math.abs(end ?? 0)).sort((a, b) => a - b);
  return `${count(extra)} parcels (${count(ends[0] ?? 0)} to ${count(ends[1] ?? 0)})`;
}

/** A hand-over cut-off that came earlier: hours of the day, and the labels between the two. */
function sayCutOff({ locale }: PageContext, row: CaseRow): Part[] {
  const clock = (hour: number | null) => `${String(hour ?? 0).padStart(2, '0')}:00`;
  return [
    { carrier: row.carrier_code },
    ': ',
    { bold: `labels made from ${clock(row.value)} on wait for the next collection` },
    `, before from ${clock(row.usual)}: in the last 28 days ${formatCount(row.x ?? 0, locale)} of ${formatCount(row.n, locale)} made between.`,
    { see: 'See the weeks', file: 'index.html', anchor: 'trend' },
  ];
}

/** A case in one sentence with its numbers: 'PostNL, NL to BE: 8 of 38 on time since 19 Oct, before 91.9 %; elsewhere unchanged.' */
function sayCase(context: PageContext, row: CaseRow): Part[] {
  const { locale } = context;
  if (row.kind === 'cut_off') return sayCutOff(context, row);
  const { kind, name } = definitionOf(context.snapshot, row.metric);
  const place = sayPlace(row);
  const now =
    row.x === null
      ? `${name.toLowerCase()} ${formatValue(row.value, kind, locale)} (${formatN(row.n, locale)})`
      : `${formatCount(row.x, locale)} of ${formatCount(row.n, locale)} ${counted[row.metric] ?? name.toLowerCase()}`;
  const usual = formatValue(row.usual, row.x === null ? kind : 'rate', locale);
  const than =
    row.compared_with === 'target'
      ? `; agreed were ${usual}: short by ${sayShort(row, locale)}`
      : row.compared_with === 'before'
        ? ` since ${formatDayMonth(row.since, locale)}, before ${usual}`
        : `, where the others reach ${usual} on the same lanes`;
  const elsewhere = row.is_elsewhere_unchanged === true ? '; elsewhere unchanged' : '';
  return [
    { carrier: row.carrier_code },
    ...(place === '' ? [] : [', ', { bold: place, isName: true }]),
    ': ',
    { bold: now },
    `${than}${elsewhere}.`,
    place === ''
      ? { see: 'See the weeks', file: 'index.html', anchor: 'trend' }
      : { see: 'See the lanes', file: 'lanes.html', anchor: 'lanes' },
  ];
}

function sayQuietly(sentence: string): Finding {
  return { sentence: [sentence], isQuiet: true };
}

/** Why there is no case: what was looked at, or what there is too little of. */
function sayNoCase(context: PageContext): Finding {
  const { snapshot, thresholds, forCarrier } = context;
  const looked = snapshot.candidates.filter(
    ({ carrier_code }) => forCarrier === null || forCarrier === carrier_code,
  ).length;
  if (looked === 0) {
    return sayQuietly(
      `There is nothing to compare yet: a carrier needs a second one on its lanes, or ${thresholds.alertWeeks} complete weeks, with ${thresholds.rankedFrom} parcels each.`,
    );
  }
  const what =
    looked === 1 ? 'The one comparison that could be made' : `All ${looked} comparisons that could be made`;
  return sayQuietly(
    `No carrier stands out. ${what}, with the other carriers on the same lanes and with its own weeks before, ${looked === 1 ? 'is' : 'are'} within chance, all looks counted.`,
  );
}

/** The cases, at most three, the one that cost most parcels first; else one sentence that says what was looked at. */
export function findSentences(context: PageContext): Finding[] {
  const { snapshot, forCarrier } = context;
  const all = snapshot.carrierPerformance.find((row) => row.period === 'current' && row.carrier_code === '*');
  if (!all || all.labelled + all.scanned + all.due === 0) {
    return [
      sayQuietly(
        'No outbound parcel has its label, first scan or promised date in this window, so there is nothing to compare yet.',
      ),
    ];
  }
  // a copy for one carrier tells of that carrier, and nothing of the others that could be subtracted
  const cases = snapshot.cases.filter(
    (row) => forCarrier === null || (row.carrier_code === forCarrier && row.compared_with === 'before'),
  );
  if (cases.length === 0) return [sayNoCase(context)];
  return cases.map((row) => ({ sentence: sayCase(context, row), isQuiet: false }));
}

/** The first sentence that is news, as plain text for a terminal. */
export function summarise(context: PageContext): string {
  const [first] = findSentences(context);
  return first ? saySentence(context, first) : '';
}
