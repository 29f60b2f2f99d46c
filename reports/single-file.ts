import type { PageContext } from './parts/context.js';
import { type Html, html, trust } from './parts/html.js';
import {
  type InlineAssets,
  listPages,
  type PageParts,
  renderDocument,
  renderFoot,
  renderHead,
  renderNotice,
} from './parts/layout.js';
import { renderPrintMargins, renderSheetNames } from './parts/print-margins.js';

// One file has one space of names. A page is the anchor `lanes`, what stands on it `lanes.x`: no name of a page has a dot in it.

const idOf = (file: string) => file.replace(/\.html$/, '');

const tag = /<[a-z][^>]*>/gi;
const named = / (id|for|aria-labelledby|aria-describedby|aria-controls)="([^"]*)"/g;

/** Where a link of a page leads inside the file. @throws RangeError for a page or a file that is not in it. */
function placeLink(href: string, page: string, inFile: ReadonlySet<string>): string {
  const [file = '', anchor] = href.split('#');
  const id = file === '' ? page : idOf(file);
  if (!inFile.has(id)) throw new RangeError(`the single file has no place for ${href}, which ${page} links`);
  return anchor === undefined ? `#${id}` : `#${id}.${anchor}`;
}

/**
 * A page's markup with every name made its own, and every link one inside the file. Regions are told apart by their page too. Only tags
 * are touched: in texts and attributes `html` has escaped quotes and brackets.
 */
export function placeInFile(markup: string, page: string, title: Html, inFile: ReadonlySet<string>): string {
  return markup.replace(tag, (whole) => {
    const own = whole
      .replace(named, (_, name: string, ids: string) => {
        const placed = ids
          .split(/\s+/)
          .map((id) => `${page}.${id}`)
          .join(' ');
        return ` ${name}="${placed}"`;
      })
      .replace(/ href="([^"]*)"/, (_, href: string) => ` href="${placeLink(href, page, inFile)}"`)
      .replace(/url\(#/g, `url(#${page}.`);
    if (own.startsWith('<section'))
      return own.replace(
        / aria-labelledby="([^"]*)"/,
        (_, names: string) => ` aria-labelledby="${names} ${page}.title"`,
      );
    return own.includes(' role="region"')
      ? own.replace(/ aria-label="([^"]*)"/, (_, label: string) => ` aria-label="${label}, ${title}"`)
      : own;
  });
}

/** Head to head reckons in the browser from data of its own, and lists of parcels are files: both stay in the folder. */
const leftOut =
  'One file of all pages. Head to head and the lists of parcels as files are in the folder that parcelmetrics report makes.';

/** All pages in one document: a page a section, each on sheets of its own when printed. */
export function renderSingleFile(
  context: PageContext,
  pages: readonly PageParts[],
  assets: InlineAssets,
): string {
  const ids = new Set(pages.map(({ file }) => idOf(file)));
  const labels = new Map(listPages(context).map(({ file, label }) => [file, label]));
  const labelOf = ({ file, title }: PageParts) => {
    const place = /^case-(\d+)\.html$/.exec(file)?.[1];
    return place === undefined ? (labels.get(file) ?? title) : `Case ${place}`;
  };
  const sheets = pages.map((page, index) => {
    const id = idOf(page.file);
    // on the first sheet: below the last page it would be printed alone
    const foot = index === 0 ? renderFoot(context, page.file) : '';
    const sheet = html`${renderHead(context, page)}
${renderNotice(context, page.file)}
${page.body}
${foot}`;
    return html`<article class="sheet" id="${id}" aria-labelledby="${id}.title">
${trust(placeInFile(sheet.markup, id, html`${labelOf(page)}`, ids))}
<p class="back no-print"><a href="#contents">Contents</a></p>
</article>`;
  });
  const items = pages.map(
    (page) => html`<li><a href="#${idOf(page.file)}"><span class="name">${labelOf(page)}</span></a></li>`,
  );
  const [first, ...rest] = pages;
  const title = first?.title ?? '';
  // the first page is what the document is about: its sheets need no name of their own
  const names = renderSheetNames(rest.map((page) => ({ id: idOf(page.file), title: page.title })));
  return renderDocument(context, {
    title,
    margins: `${renderPrintMargins(context, title)}${names}`,
    assets,
    body: html`<div class="page single">
<header class="top"><span class="brand">parcelmetrics</span><nav id="contents" aria-label="Pages" tabindex="-1"><ul>${items}</ul></nav></header>
<main id="main" tabindex="-1">
${sheets}
</main>
<footer class="foot no-print"><p>${context.forCarrier === null ? leftOut : 'One file of all pages.'}</p></footer>
</div>`,
  });
}
