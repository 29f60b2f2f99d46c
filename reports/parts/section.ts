import { definitionOf } from '../definitions.js';
import { cleanText } from '../drawing/kit.js';
import { formatCount } from '../words.js';
import type { DrawnChart, PageContext } from './context.js';
import { type Html, type HtmlValue, html, join, trust } from './html.js';
import { linkTo, nameList } from './layout.js';

const namesShown = 8;

interface SectionParts {
  id: string;
  /** The heading; that of the first chart when missing. */
  title?: HtmlValue;
  /** Stands before the charts. */
  intro?: HtmlValue;
  charts?: readonly (DrawnChart | { drawn: DrawnChart; hasToggles?: boolean })[];
  /** The charts stand two in a row. */
  isGrid?: boolean;
  /** Stands after the charts: tables, lists. */
  body?: HtmlValue;
  /** Metrics whose definitions are linked. */
  definitions: readonly string[];
  /** Answers the section's question in `parcelmetrics sql` as it stands. */
  sql?: string;
  /** Lists of parcels beside the page. */
  files?: readonly { file: string; label: string }[];
  /** No hairline above. */
  isFirst?: boolean;
}

function renderNames(label: string, names: readonly string[], context: PageContext): Html {
  if (names.length === 0) return html``;
  const rest =
    names.length > namesShown
      ? html` and ${formatCount(names.length - namesShown, context.locale)} more`
      : '';
  return html` ${label}: ${nameList(names.slice(0, namesShown))}${rest}.`;
}

interface ChartSetting {
  hasToggles?: boolean;
  /** Said once for several drawings, elsewhere. */
  isExplained?: boolean;
}

/** A drawing, and the line that says how to read it; in words where there is nothing to draw. */
function renderChart(drawn: DrawnChart, context: PageContext, setting: ChartSetting): Html {
  const { chart, picture } = drawn;
  const withheld = renderNames(
    `Withheld, fewer than ${context.thresholds.withheldBelow} parcels`,
    chart.withheld,
    context,
  );
  if (chart.spec === null)
    return html`<p class="empty">${chart.empty ?? 'Nothing to draw yet.'}${withheld}</p>`;
  const carriers = JSON.stringify(
    context.chartCarriers.map(({ code, name }) => [cleanText(code), cleanText(name)]),
  );
  const toggles = setting.hasToggles ? html` data-carriers="${carriers}"` : '';
  const leftOut = renderNames('Not drawn', chart.leftOut, context);
  const how = setting.isExplained ? '' : html`<b>How to read</b> ${chart.howToRead}`;
  const caption = html`${how}${withheld}${leftOut}`;
  return html`<figure class="figure"${toggles}>${picture}${caption.markup === '' ? '' : html`<figcaption class="how">${caption}</figcaption>`}</figure>`;
}

/** SQL to read and copy. */
export function renderSql(sql: string): Html {
  return html`<details><summary>SQL</summary><div class="sql"><pre tabindex="0">${sql}</pre></div></details>`;
}

function renderMore(parts: SectionParts, context: PageContext): Html {
  const links = parts.definitions.map((id) =>
    linkTo(context, 'methodology.html', id, definitionOf(context.snapshot, id).name.toLowerCase()),
  );
  const label = links.length === 1 ? 'Definition' : 'Definitions';
  const definitions = links.length === 0 ? '' : html`<span>${label}: ${join(links, ', ')}</span>`;
  const files =
    context.isSingle || context.forCarrier !== null
      ? []
      : (parts.files ?? []).map(({ file, label }) => html`<a href="${file}" download>${label}</a>`);
  return html`<div class="more no-print">${definitions}${files}${parts.sql ? renderSql(parts.sql) : ''}</div>`;
}

/** A section: the finding as heading, the drawing, how to read it, and where its numbers come from. */
export function renderSection(context: PageContext, parts: SectionParts): Html {
  const charts = (parts.charts ?? []).map((each) => ('drawn' in each ? each : { drawn: each }));
  const first = charts[0]?.drawn.chart;
  const title = parts.title ?? html`<span class="name">${first?.title}</span>`;
  const subject = parts.title === undefined && first?.spec ? html`<p class="subject">${first.units}</p>` : '';
  const ways = new Set(
    charts
      .map(({ drawn }) => (drawn.chart.spec ? drawn.chart.howToRead : null))
      .filter((way) => way !== null),
  );
  const isExplained = charts.length > 1 && ways.size === 1;
  const how = isExplained ? html`<p class="how"><b>How to read</b> ${[...ways]}</p>` : '';
  const pictures = charts.map((each, index) => {
    const isTitled = index > 0 || parts.title !== undefined;
    const { chart } = each.drawn;
    const units = chart.spec ? html`<p class="subject">${chart.units}</p>` : '';
    const own = isTitled ? html`<h3><span class="name">${chart.title}</span></h3>${units}` : '';
    return html`<div class="drawing">${own}${renderChart(each.drawn, context, { hasToggles: each.hasToggles, isExplained })}</div>`;
  });
  const head = html`<h2 id="${parts.id}-title">${title}</h2>${subject}${parts.intro}`;
  const [leading, ...rest] = pictures;
  // a heading never stands alone at the foot of a printed page
  const top = parts.isGrid
    ? html`${head}<div class="pairs">${pictures}</div>`
    : html`<div class="keep">${head}${leading}</div>${rest}`;
  return html`<section id="${parts.id}"${parts.isFirst ? trust(' class="first"') : ''} aria-labelledby="${parts.id}-title">${top}${how}${parts.body}${renderMore(parts, context)}</section>
`;
}
