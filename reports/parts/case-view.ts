import { getISOWeek } from 'date-fns/getISOWeek';
import { getISOWeekYear } from 'date-fns/getISOWeekYear';
import { parseISO } from 'date-fns/parseISO';
import { drawCaseStrip } from '../charts/case-strip.js';
import { definitionOf } from '../definitions.js';
import { isOfSeveral } from '../snapshot.js';
import { formatCount, formatDate, formatInstant, statusWords } from '../words.js';
import { type CaseFacts, makeStrip, readFacts, stripTarget } from './case-facts.js';
import { listFigures } from './case-figures.js';
import { sayMind, saySure } from './case-words.js';
import { cell, renderTable, rowHeader } from './cells.js';
import { type DrawnChart, nameOf, type PageContext } from './context.js';
import { type Finding, keepUnits, renderSentence, sayCounted, sayPlace } from './findings.js';
import { type Html, type HtmlValue, html, join } from './html.js';
import { linkTo } from './layout.js';

/** The page of a case, by its place in this report. */
export function casePage(place: number): string {
  return `case-${place}.html`;
}

/** 'PostNL, NL to BE': whom a case is about. */
export function nameCase(context: PageContext, { row }: CaseFacts): string {
  return [nameOf(context, row.carrier_code), sayPlace(context, row)].filter(Boolean).join(', ');
}

const startWords: Readonly<Record<string, string>> = {
  label: 'the label',
  scan: 'the first scan',
  due: 'the promised day',
};

async function drawStrip(
  context: PageContext,
  facts: CaseFacts,
  id: string,
  isHalf: boolean,
): Promise<DrawnChart> {
  const { row, evidence } = facts;
  const { weeks, weeksEach } = makeStrip(context, facts);
  const { kind } = definitionOf(context.snapshot, row.metric);
  const cohort = context.snapshot.metrics.find(({ name }) => name === row.metric)?.cohort ?? 'scan';
  const counted =
    kind === 'hours' ? definitionOf(context.snapshot, row.metric).name : sayCounted(context, row.metric);
  const title = `${counted.charAt(0).toUpperCase()}${counted.slice(1)}, ${sayPlace(context, row) || 'all lanes'}`;
  return context.draw(
    (chart) =>
      drawCaseStrip(weeks, chart, {
        ...{ id, title, weeksEach, carrierCode: row.carrier_code },
        startWords: startWords[cohort] ?? 'the start',
        isHours: kind === 'hours',
        isHighGood: facts.isHighGood,
        firstDate: evidence.first_date,
        lastDate: evidence.last_date,
        // of a cut-off the usual is an hour of the day
        usual: row.compared_with === 'before' && row.kind !== 'cut_off' ? row.usual : null,
        target: stripTarget(facts),
      }),
    { isHalf },
  );
}

function renderFigure({ chart, picture }: DrawnChart): Html {
  return chart.spec === null
    ? html`<p class="empty">${chart.empty}</p>`
    : html`<figure class="figure">${picture}</figure>`;
}

/** 'Sure because' and 'Would change our mind', a paragraph each. */
function renderWhy(context: PageContext, facts: CaseFacts): Html {
  return html`<p><b>Sure because</b> <span class="name">${keepUnits(saySure(context, facts))}</span></p>
<p><b>Would change our mind:</b> <span class="name">${keepUnits(sayMind(context, facts).join('; '))}.</span></p>`;
}

/** '2026-W43'. */
function sayWeek(date: string): string {
  const day = parseISO(date);
  return `${getISOWeekYear(day)}-W${String(getISOWeek(day)).padStart(2, '0')}`;
}

/** Head to head on the case's choice, where that page is there. */
function linkHeadToHead(context: PageContext, { row, evidence }: CaseFacts): HtmlValue[] {
  if (context.forCarrier !== null || !context.evidence?.has('compare.html')) return [];
  const lane =
    row.from_country === null && row.to_country === null
      ? []
      : [['lane', `${row.from_country ?? ''}-${row.to_country ?? ''}`]];
  const choice = [
    ['carrier', row.carrier_code],
    ['against', '*'],
    ...lane,
    ...(row.delivery_type === null ? [] : [['type', row.delivery_type]]),
    ['measure', row.metric],
    ['from', sayWeek(evidence.first_date)],
    ['to', sayWeek(evidence.last_date)],
  ].map(([key = '', value = '']) => `${key}=${encodeURIComponent(value)}`);
  return [html`<a href="compare.html#${choice.join('&')}">Head to head</a>`];
}

function listLinks(context: PageContext, facts: CaseFacts): HtmlValue[] {
  const slug = context.slugs.get(facts.row.carrier_code);
  const file = `parcels-${slug}.csv`;
  const parcels =
    slug !== undefined && context.evidence?.has(file)
      ? [html`<a href="${file}" download>Its parcels (CSV)</a>`]
      : [];
  return [...parcels, ...linkHeadToHead(context, facts)];
}

/** A case on the overview: the sentence, why, where it leads, and the strip beside it. */
export async function renderCase(
  context: PageContext,
  { sentence, row }: Finding,
  place: number,
): Promise<Html> {
  if (row === null) return html`<p class="empty">${renderSentence(context, { sentence })}</p>`;
  const facts = readFacts(context, row);
  const drawn = await drawStrip(context, facts, `strip-${place}`, true);
  const links = [linkTo(context, casePage(place), '', 'This case on one page'), ...listLinks(context, facts)];
  return html`<div class="case"><div class="case-words"><h3>${renderSentence(context, { sentence })}</h3>
${renderWhy(context, facts)}</div>
<div class="case-strip"><p class="subject"><span class="name">${drawn.chart.title}</span>. ${drawn.chart.spec === null ? '' : drawn.chart.units}</p>${renderFigure(drawn)}<p class="more">${join(links, ' ')}</p></div></div>
`;
}

function renderFigures(context: PageContext, facts: CaseFacts): Html {
  const lines = listFigures(context, facts);
  return renderTable({
    label: 'Figures of the case',
    caption:
      facts.othersNow && facts.row.compared_with !== 'others'
        ? 'Other carriers are raw: their services may differ, so that they show whether the lane changed, not who is better.'
        : 'Ranges are 95 % intervals.',
    columns: [
      { label: 'Who, where, when' },
      { label: 'Parcels', isNumber: true },
      {
        label: html`<span class="name">${facts.row.kind === 'cut_off' ? 'waited' : sayCounted(context, facts.row.metric)}</span>`,
        isNumber: true,
      },
      { label: 'Share', isNumber: true },
      { label: '95 % interval', isNumber: true },
    ],
    rows: lines.map(
      ({ label, n, x, value, interval }) =>
        html`<tr>${rowHeader(html`<span class="name">${label}</span>`, label)}${cell(n, null)}${cell(x, null)}${cell(value, null)}${cell(interval, null)}</tr>`,
    ),
  });
}

function renderParcels(context: PageContext, { evidence, row }: CaseFacts): Html {
  if (evidence.parcels.length === 0 || context.withoutParcels) return html``;
  const { locale } = context;
  const shown = formatCount(evidence.parcels.length, locale);
  const all = formatCount(evidence.parcel_count, locale);
  const which = row.compared_with === 'others' ? 'there in the window' : 'of the case';
  return renderTable({
    label: 'Parcels of the case',
    caption:
      evidence.parcel_count > evidence.parcels.length
        ? `The first ${shown} of ${all} parcels ${which} that count against the carrier; the query lists them all.`
        : `The ${all} parcels ${which} that count against the carrier.`,
    columns: [
      'Parcel',
      ...(isOfSeveral(context.snapshot) ? ['Account'] : []),
      'Service',
      'Label',
      'First scan',
      'Promised',
      'First attempt',
      'Status now',
    ].map((label) => ({ label })),
    rows: evidence.parcels.map((parcel) => {
      const texts = [
        ...(isOfSeveral(context.snapshot) ? [parcel.account ?? ''] : []),
        parcel.shipping_option_code,
        formatDate(parcel.label_date, locale),
        parcel.first_scan_at === null ? 'none' : formatInstant(parcel.first_scan_at, locale).slice(4, -4),
        parcel.edd_original === null ? 'no promise' : formatDate(parcel.edd_original, locale),
        parcel.first_attempt_at === null
          ? 'none yet'
          : formatInstant(parcel.first_attempt_at, locale).slice(4, -4),
        statusWords(context.statusWords, parcel.current_status),
      ];
      return html`<tr>${rowHeader(html`<span class="name">${parcel.tracking_number}</span>`, parcel.tracking_number)}${texts.map((text) => cell(html`<span class="name">${text}</span>`, null, false))}</tr>`;
    }),
  });
}

/** All of a case, made to print on one A4: the sentence, the strip, the figures, what they are, and the query that lists its parcels. */
export async function renderCaseBody(context: PageContext, finding: Finding, place: number): Promise<Html> {
  if (finding.row === null) return html``;
  const facts = readFacts(context, finding.row);
  const drawn = await drawStrip(context, facts, `case-${place}`, false);
  const definition = definitionOf(
    context.snapshot,
    finding.row.kind === 'cut_off' ? 'label_waiting' : finding.row.metric,
  );
  const { parcels_sql: query } = facts.evidence;
  const links = listLinks(context, facts);
  const how =
    drawn.chart.spec === null ? '' : html`<p class="how"><b>How to read</b> ${drawn.chart.howToRead}</p>`;
  return html`<section id="case-${place}" class="first case-page" aria-labelledby="case-${place}-title"><h2 id="case-${place}-title">${renderSentence(context, finding)}</h2>
<p class="subject"><span class="name">${drawn.chart.title}</span>. ${drawn.chart.spec === null ? '' : drawn.chart.units}</p>
${renderFigure(drawn)}${how}
<div class="case-why">${renderWhy(context, facts)}</div>
<div class="case-figures">${renderFigures(context, facts)}</div>
<p class="how"><b>${linkTo(context, 'methodology.html', definition.id, definition.name)}</b> ${definition.meaning} Counted: ${definition.numerator}; out of: ${definition.denominator}.</p>
${renderParcels(context, facts)}
${query === null ? '' : html`<h3>The query that lists its parcels</h3><div class="sql"><pre tabindex="0">${query}</pre></div>`}
${links.length === 0 ? '' : html`<p class="more no-print">${join(links, ' ')}</p>`}</section>
`;
}
