import { type Definition, type DefinitionGroup, groupDefinitions } from '../definitions.js';
import { cell, renderTable, rowHeader } from '../parts/cells.js';
import type { PageContext } from '../parts/context.js';
import { type Html, type HtmlValue, html } from '../parts/html.js';
import { renderSql } from '../parts/section.js';
import { sql } from '../parts/sql.js';
import { formatNumber } from '../words.js';

function renderDefinition(definition: Definition): Html {
  const lines = [
    ['Counted', definition.numerator],
    ['Out of', definition.denominator],
    ['Cannot tell', definition.cannotTell],
  ];
  return html`<div class="definition" id="${definition.id}"><h3>${definition.name}<code>${definition.id}</code></h3><div><p>${definition.meaning}</p><dl>${lines.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl></div></div>
`;
}

function renderGroup(group: DefinitionGroup): Html {
  return html`<section id="about-${group.id}" aria-labelledby="about-${group.id}-title"><h2 id="about-${group.id}-title">${group.title}</h2>${group.definitions.map(renderDefinition)}</section>
`;
}

function renderExample(
  label: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): Html {
  return html`<div class="example">${renderTable({
    label,
    caption: label,
    columns: columns.map((column, index) => ({ label: column, isNumber: index > 0 })),
    rows: rows.map(
      ([first = '', ...rest]) =>
        html`<tr>${rowHeader(first, first)}${rest.map((text) => cell(text, null))}</tr>`,
    ),
  })}</div>`;
}

function renderEssay(id: string, title: string, body: HtmlValue, isFirst = false): Html {
  return html`<section id="${id}"${isFirst ? html` class="first"` : ''} aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>
`;
}

function renderEssays(context: PageContext): Html {
  const rate = (value: number) => `${formatNumber(value, 1, context.locale)} %`;
  const { withheldBelow, rankedFrom, standardisedFrom } = context.thresholds;
  const days = context.snapshot.parameters.window_days;
  const mix = renderExample(
    'Two carriers, two lanes: on-time rate, and parcels',
    ['Lane', 'Carrier A', 'Carrier B', 'All parcels'],
    [
      ['NL to NL', `${rate(95)} of 900`, `${rate(97)} of 100`, '1,000'],
      ['NL to ES', `${rate(80)} of 100`, `${rate(84)} of 900`, '1,000'],
      ['Raw', rate(93.5), rate(85.3), '2,000'],
      ['Adjusted: half of each lane', rate(87.5), rate(90.5), ''],
      ['Expected: the other’s rates on its mix', rate(95.7), rate(81.5), ''],
    ],
  );
  const open = renderExample(
    'Ten parcels scanned on the same day, two of them still open after 5 days',
    ['', 'After 1 day', 'After 2 days', 'After 3 days', 'After 5 days', 'Half within', '9 in 10 within'],
    [
      ['Attempted so far', '2', '5', '8', '8', '', ''],
      ['Of the 8 delivered', rate(25), rate(62.5), rate(100), rate(100), '2 days', '3 days'],
      ['Of all 10', rate(20), rate(50), rate(80), rate(80), '2 days', 'not reached'],
    ],
  );
  return html`${renderEssay(
    'reading',
    'How to read these figures',
    html`<p>A figure belongs to the parcels that <em>started</em> in the window of ${days} days, never to those that happened to finish in it: parcels labelled for the hand-over, parcels first scanned for transit and exceptions, parcels promised for on time. Returns and cancelled parcels are left out.</p>
<p>Fewer than ${withheldBelow} parcels: the figure is withheld (“too few”). Fewer than ${rankedFrom}: it is shown in grey, and neither ranked nor compared nor alerted.</p>
<p>A rate that needs 7, 14 or 30 days to show counts only parcels that are that old and were watched that long. The others are counted under data quality, not guessed.</p>`,
    true,
  )}${renderEssay(
    'open-parcels-count',
    'Why open parcels count',
    html`<p>An average over delivered parcels flatters whoever loses the most: what never arrives never enters it. Here an open parcel counts for as long as it was watched.</p>${open}<p>Of the delivered parcels, 9 in 10 came within 3 days. Of all parcels, 8 in 10 ever came: 9 in 10 is <strong>not reached</strong>, and that is what the report says. A parcel scanned yesterday counts for its one day, then leaves the reckoning; it is taken neither for fast nor for lost. (Aalen-Johansen estimate; returns and losses compete.)</p>`,
  )}${renderEssay(
    'adjusted-means',
    'What adjusted means',
    html`<p>A carrier with easy lanes has a good average. Adjusted, each carrier is judged as if it had everybody’s mix of lanes, delivery types and service levels.</p>${mix}<p>Carrier B is better on both lanes, and yet looks worse in the raw rate, because it has the hard one. <em>Support</em> says how much of everybody’s volume the comparison covers: a carrier takes part only where it has at least ${standardisedFrom} parcels. <em>Expected</em> turns it round: what the others achieve on this carrier’s own mix.</p>`,
  )}${renderEssay(
    'interval-says',
    'What the interval says',
    html`<p>“${rate(90)} (${formatNumber(88, 1, context.locale)} to ${formatNumber(91.7, 1, context.locale)})” is 900 parcels of 1,000. 9 of 10 is the same ${rate(90)}, but the range is ${formatNumber(59.6, 1, context.locale)} to ${formatNumber(98.2, 1, context.locale)}: ten parcels say little. Ranges made like this hold the true rate 19 times in 20 (Wilson for rates, Brookmeyer and Crowley for percentiles).</p><p>A change is <strong>clear</strong> when the range of the difference leaves out zero (for hours: when the two ranges do not overlap); else it is within chance. The sentences at the top of the overview ask for more: as the report looks at many figures, they name only what stays clear with all of them in view.</p>`,
  )}${renderEssay(
    'promise-judged',
    'Which promise is judged',
    html`<p>The first expected delivery date that a poll showed. When the carrier moves it later, the first one still counts; how far it was moved is shown as drift. The date is compared with the local date of the first attempt at the destination.</p><p>There are two views. The <em>carrier’s</em> leaves out parcels that it got after the promised day; the <em>customer’s</em> counts them all. Open, returned and lost parcels are late once the day has passed. A parcel that the platform closed without a scan leaves both: read its rate beside them.</p>`,
  )}`;
}

const sources = [
  'CEN/TS 15472: parcel transit time from track-and-trace events.',
  'Aalen-Johansen cumulative incidence; variance after Marubini and Valsecchi (1995); limits of percentiles after Brookmeyer and Crowley (1982).',
  'Wilson (1927) for rates, Newcombe (1998) for their differences; direct standardisation for adjusted rates.',
  'Laney (2002), p′ chart, and Wheeler, XmR chart, for weekly limits; Spiegelhalter (2005) for funnel plots.',
];

function renderThresholds(context: PageContext): Html {
  const { thresholds } = context.snapshot;
  return html`<section id="thresholds" aria-labelledby="thresholds-title"><h2 id="thresholds-title">Thresholds in use</h2>${renderTable(
    {
      label: 'Thresholds',
      caption: 'They come from a seed file that an analyst can change.',
      columns: [{ label: 'Name' }, { label: 'Value', isNumber: true }, { label: 'Meaning' }],
      rows: thresholds.map(
        (row) =>
          html`<tr>${rowHeader(row.name.replaceAll('_', ' '), row.name)}${cell(String(row.value), row.value)}<td>${row.meaning}</td></tr>`,
      ),
    },
  )}<div class="more">${renderSql(sql.thresholds())}</div></section>`;
}

/** Every metric in plain words, and the five ideas behind them. */
export function renderMethodology(context: PageContext): Html {
  return html`${renderEssays(context)}${groupDefinitions(context.snapshot).map(renderGroup)}${renderThresholds(context)}<section id="sources" aria-labelledby="sources-title"><h2 id="sources-title">Sources</h2><ul>${sources.map((source) => html`<li>${source}</li>`)}</ul></section>`;
}
