import { type AgreedSheet, compareAgreed } from '../parts/agreed.js';
import { askedShown, countAsked, renderAskedTable } from '../parts/asked-parcels.js';
import { nameOf, type PageContext } from '../parts/context.js';
import { type Html, html } from '../parts/html.js';
import { linkTo } from '../parts/layout.js';
import type { OtherFigure } from '../parts/others.js';
import type { EvidenceRow } from '../parts/parcel-files.js';
import { renderSection } from '../parts/section.js';
import {
  renderFigures,
  renderHandOver,
  renderSheetLanes,
  renderSignatures,
  renderTerms,
  renderThenAndNow,
  sayDoubts,
  sayThenAndNow,
} from '../parts/sheet-tables.js';
import { renderTargets, sayTargets } from '../parts/targets.js';
import { formatCount, formatDateRange, formatInstant, formatList } from '../words.js';

/** What the sheet is made of, beside the rows of the carrier. */
export interface SheetFacts {
  others: readonly OtherFigure[];
  /** In the order in which they are asked about. */
  parcels: readonly EvidenceRow[];
  /** Left out of the list, as another carrier had a part in them. */
  shared: number;
  now: AgreedSheet;
  earlier: AgreedSheet | null;
  /** The workbook beside the page; null where there is none. */
  workbook: string | null;
}

function renderTermsSection(context: PageContext): Html {
  const { parameters, metrics } = context.snapshot;
  const { locale } = context;
  const window = formatDateRange(parameters.window_start_date, parameters.window_end_date, locale);
  const basis =
    metrics.length === 0
      ? html`<p class="empty">The snapshot does not say what its figures count.</p>`
      : renderTerms(context);
  return renderSection(context, {
    id: 'terms',
    isFirst: true,
    title: `${window}: what is counted`,
    intro: html`<p>A parcel belongs to the window by the day of its label for the hand-over, of its first scan for transit, exceptions, returns and losses, and of its first promised day for on time. What became of it was seen up to ${formatInstant(parameters.data_as_of ?? parameters.as_of, locale)}. Fewer than ${context.thresholds.withheldBelow} parcels: not shown.</p>`,
    body: basis,
    definitions: [],
  });
}

function renderTargetsSection(context: PageContext): Html {
  const { targets } = context.snapshot;
  const body =
    targets.length === 0
      ? html`<p class="empty">No figure was agreed with this carrier for these days.</p>`
      : renderTargets(context, targets);
  return renderSection(context, {
    id: 'targets',
    title: targets.length === 0 ? 'No figure is agreed' : sayTargets(context, targets),
    body: html`${body}<div class="beside"><h3>The shipper’s part</h3>${renderHandOver(context)}</div>`,
    definitions: ['targets', 'handed_over_late_rate'],
  });
}

/** '26 late, 8 with an exception of the carrier’s'. */
function sayCounts(rows: readonly EvidenceRow[], locale: string): string {
  const { late, exception, stalled, lost } = countAsked(rows);
  const say = (count: number, words: string) => (count > 0 ? [`${formatCount(count, locale)} ${words}`] : []);
  return formatList([
    ...say(stalled, 'silent now'),
    ...say(lost, 'lost'),
    ...say(late, 'late'),
    ...say(exception, 'with an exception of the carrier’s'),
  ]);
}

/** One file of all pages can link no other file, nor can paper. */
function nameWorkbook(context: PageContext, file: string): Html {
  if (context.isSingle) return html`${file}`;
  return html`<a class="no-print" href="${file}" download>${file}</a><span class="print-only-inline">${file}</span>`;
}

function renderParcels(context: PageContext, { parcels, shared, workbook }: SheetFacts): Html {
  const { locale } = context;
  const count = (number: number) => `${formatCount(number, locale)} ${number === 1 ? 'parcel' : 'parcels'}`;
  const left =
    shared === 0
      ? ''
      : ` ${count(shared)} that another carrier had a part in ${shared === 1 ? 'is' : 'are'} not listed, as the number may be the other’s.`;
  const title = parcels.length === 0 ? 'No parcel to answer for' : `${count(parcels.length)} to answer for`;
  const counts =
    parcels.length === 0
      ? html`<p>None of the window was late, had an exception of the carrier’s or was lost, and none is silent now.${left}</p>`
      : html`<p>${sayCounts(parcels, locale)}; a parcel may stand under several. Those late, lost or with an exception are the parcels of the window that the figures above count; those silent are of any age.${left}</p>`;
  const rest = parcels.length - Math.min(parcels.length, askedShown);
  const all =
    workbook === null
      ? ''
      : html` ${nameWorkbook(context, workbook)} has all of them, with a column for the answer.`;
  const body = context.withoutParcels
    ? html`<p class="how">This copy was made without tracking numbers: the counts alone are shown.</p>`
    : parcels.length === 0
      ? ''
      : html`<p class="how">${rest > 0 ? `The first ${formatCount(askedShown, locale)} are below.` : ''}${all} This copy keeps these numbers when the shipper erases them at home: delete it once it is answered.</p>${renderAskedTable(context, parcels)}`;
  return renderSection(context, {
    id: 'parcels',
    title,
    intro: counts,
    body,
    definitions: ['stalled_now', 'on_time_rate', 'exception_rate_carrier', 'lost_30d_rate'],
  });
}

/** The sheet that both sides sign: what is counted, targets, figures, lanes, and room to sign, and the parcels that the carrier is asked about. */
export function renderProtocol(context: PageContext, facts: SheetFacts): Html {
  const { others, now, earlier } = facts;
  const name = html`<span class="name">${nameOf(context, context.forCarrier)}</span>`;
  const figures = renderSection(context, {
    id: 'figures',
    title: html`The figures of ${name}`,
    body: html`${renderFigures(context, others)}${sayDoubts(context)}`,
    definitions: [],
  });
  const changes = earlier === null ? [] : compareAgreed(earlier, now);
  const beside =
    earlier === null
      ? ''
      : renderSection(context, {
          id: 'then',
          title: sayThenAndNow(context, earlier, changes),
          body: renderThenAndNow(context, earlier, now, changes),
          definitions: [],
        });
  const lanes = renderSection(context, {
    id: 'lanes',
    title: html`The lanes of ${name}`,
    body: renderSheetLanes(context, others),
    definitions: [],
  });
  const slug = context.slugs.get(context.forCarrier ?? '');
  const detail =
    slug === undefined
      ? ''
      : html`<p class="how no-print">Week by week, by exception and by shipping option: ${linkTo(context, `carrier-${slug}.html`, '', 'in detail')}.</p>`;
  const signed = html`<section id="signed" aria-labelledby="signed-title" class="keep"><h2 id="signed-title">Seen by both sides</h2>${renderSignatures(context)}</section>`;
  return html`${renderTermsSection(context)}${renderTargetsSection(context)}${figures}${beside}${lanes}${detail}${signed}${renderParcels(context, facts)}`;
}
