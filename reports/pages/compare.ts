import type { CompareFolding } from '../parts/compare-frame.js';
import type { PageContext } from '../parts/context.js';
import { type Html, html } from '../parts/html.js';
import { linkTo } from '../parts/layout.js';
import { isOfSeveral } from '../snapshot.js';

/** What can be chosen, in the order of the form and of the keyboard; the script fills the options. */
const fields = [
  { key: 'carrier', label: 'Carrier' },
  { key: 'against', label: 'Against' },
  { key: 'measure', label: 'Measure' },
  { key: 'lane', label: 'Lane' },
  { key: 'type', label: 'Delivery type' },
  { key: 'service', label: 'Service level' },
  { key: 'brand', label: 'Brand' },
  { key: 'account', label: 'Account' },
  { key: 'from', label: 'From week' },
  { key: 'to', label: 'To week' },
] as const;

/** The files of the page, in the order that they are read in. */
export const compareScripts = ['compare-data.js', 'compare.js'] as const;

function renderForm(hasAccounts: boolean): Html {
  const shown = fields.filter(({ key }) => hasAccounts || key !== 'account');
  const selects = shown.map(
    ({ key, label }) =>
      html`<div class="field"><label for="choose-${key}">${label}</label><select id="choose-${key}" autocomplete="off"></select></div>`,
  );
  return html`<form id="choose" class="choose no-print" aria-label="What to compare" autocomplete="off">
<div class="fields">${selects}</div>
<div class="presets" id="presets" role="group" aria-label="Weeks"></div>
<p class="how">Weeks are ISO weeks, from Monday to Sunday, by the day that the measure counts from. A quarter here is 13 ISO weeks (W01 to W13, W14 to W26, W27 to W39, and the rest): it begins and ends up to some days beside the calendar’s.</p>
</form>`;
}

function sayFolding(folding: CompareFolding): Html {
  const said = [
    folding.hasBrands ? null : 'brands are put together',
    folding.hasAccounts ? null : 'accounts are put together',
    folding.hasServices
      ? null
      : 'service levels are put together, so that lanes and delivery types alone are alike',
    folding.lanes > 0
      ? `the ${folding.lanes} smallest lanes are put together as “all small lanes”, counted but never compared`
      : null,
    folding.weeks > 0 ? `the first ${folding.weeks} weeks are left out` : null,
    folding.binHours > 1 ? `hours are read in steps of ${folding.binHours}` : null,
  ].filter((part) => part !== null);
  if (said.length === 0) return html``;
  return html`<p class="how" id="folded">To keep this page small: ${said.join('; ')}. The tables cells and cell_hours have it all.</p>`;
}

/** A drawing's place: heading, units, the two widths, how to read it. */
function renderFigure(id: 'weeks' | 'curve'): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><div class="keep"><h2 id="${id}-title"></h2>
<p class="subject" id="${id}-units"></p>
<figure class="figure"><div class="wide" id="${id}-wide"></div><div class="narrow" id="${id}-narrow"></div>
<figcaption class="how"><b>How to read</b> <span id="${id}-how"></span> <span id="${id}-mix"></span></figcaption></figure></div></section>
`;
}

function renderSqlPlace(id: string, label: string): Html {
  return html`<details><summary>${label}</summary><div class="sql"><pre tabindex="0" id="${id}" aria-label="${label}"></pre></div></details>`;
}

/** Head to head: the page is a form and empty places, reckoned by compare.js from compare-data.js. `folding` is null where nothing is counted. */
export function renderCompare(context: PageContext, folding: CompareFolding | null): Html {
  if (folding === null)
    return html`<section class="first"><p class="empty">Nothing to compare yet: this page begins with the first parcels that a carrier scanned or promised in the last 400 days.</p></section>`;
  const lanes = linkTo(context, 'lanes.html', '', 'Lanes');
  const carriers = linkTo(context, 'index.html', 'carriers', 'Carriers');
  return html`<noscript><section class="first"><p>This page reckons what you choose, and needs its script for that. Without it, open ${lanes}: every carrier against the others on every lane of the last ${context.snapshot.parameters.window_days} days; or ${carriers}. Any other choice is a query of the tables cells and cell_hours (parcelmetrics sql).</p></section></noscript>
<div id="compare" hidden>
${renderForm(isOfSeveral(context.snapshot))}${sayFolding(folding)}
<section id="answer" class="answer" aria-labelledby="answer-title"><h2 id="answer-title"></h2>
<p class="subject" id="answer-subject"></p>
<p class="finding" id="answer-sentence" role="status"></p>
<div class="remarks" id="answer-remarks"></div>
<p class="print-only small" id="answer-address"></p></section>
${renderFigure('weeks')}<section id="lanes" aria-labelledby="lanes-title"><h2 id="lanes-title">Which lanes make the difference</h2>
<div class="table" tabindex="0" role="region" aria-label="Table of lanes"><table><caption><span>Parcels more (+) or fewer (−) than the others would have had of the same parcels, lane by lane; no lane here passed a test of its own.</span></caption>
<thead><tr><th scope="col">Lane</th><th scope="col" class="num">Compared</th><th scope="col" class="num">Carrier</th><th scope="col" class="num">Others, like with like</th><th scope="col" class="num">Difference (95 %)</th><th scope="col" class="num">Parcels</th></tr></thead>
<tbody id="lanes-body"></tbody></table></div>
<p class="how" id="lanes-rest"></p></section>
${renderFigure('curve')}<section id="evidence" class="no-print" aria-labelledby="evidence-title"><h2 id="evidence-title">The parcels behind it</h2>
<p id="sql-note"></p>
<div class="more"><span class="files" id="evidence-files"></span>${renderSqlPlace('sql-parcels', 'SQL that lists these parcels')}${renderSqlPlace('sql-counts', 'SQL of the counts of both')}</div></section>
</div>
<p id="waiting" class="needs-script">Reckoning…</p>
<script type="application/json" id="figures"></script>
`;
}
