import { createHash } from 'node:crypto';
import { addHours } from 'date-fns/addHours';
import { isBefore } from 'date-fns/isBefore';
import { formatCount, formatDateRange, formatInstant, formatList } from '../words.js';
import { nameOf, type PageContext } from './context.js';
import { type Html, type HtmlValue, html, join, trust } from './html.js';
import { renderPrintMargins } from './print-margins.js';

export interface PageName {
  file: string;
  label: string;
}

export interface PageParts {
  /** File name; marks the place in the navigation. */
  file: string;
  title: string;
  /** Small text beside the heading, such as a carrier's code. */
  code?: string;
  body: HtmlValue;
  /** Classic scripts beside the page, after the one that all pages share; in their order. */
  scripts?: readonly string[];
}

/** Texts that stand inside the one file of `--single-file`. */
export interface InlineAssets {
  css: string;
  script: string;
}

/** Seen only where the style sheet did not come along: the page was opened by itself, out of an e-mail or an archive. */
const aloneNotice = html`<p class="alone">This page was opened without the rest of its folder, which belongs to it: colours, the other pages and the tables are there. Copy the whole folder (parcelmetrics report --copy DIR), or make one file to send (parcelmetrics report --single-file).</p>`;

const staleAfterHours = 36;

/** The pages of this copy, in the order of the navigation. */
export function listPages(context: PageContext): PageName[] {
  if (context.forCarrier !== null)
    return [
      { file: 'index.html', label: 'Sheet' },
      { file: `carrier-${context.slugs.get(context.forCarrier)}.html`, label: 'In detail' },
      { file: 'first-scan.html', label: 'Hand-over' },
      { file: 'methodology.html', label: 'Methodology' },
    ];
  return [
    { file: 'index.html', label: 'Overview' },
    ...(context.evidence?.has('compare.html') ? [{ file: 'compare.html', label: 'Head to head' }] : []),
    { file: 'lanes.html', label: 'Lanes' },
    { file: 'first-scan.html', label: 'Hand-over' },
    { file: 'exceptions.html', label: 'Exceptions' },
    { file: 'open-parcels.html', label: 'Open parcels' },
    { file: 'targets.html', label: 'Targets' },
    { file: 'data-quality.html', label: 'Data quality' },
    { file: 'methodology.html', label: 'Methodology' },
  ];
}

/**
 * A link to a place of another page; its text alone where this copy has no such page. In the one file of `--single-file` it is turned
 * into one to that page's place there.
 */
export function linkTo(context: PageContext, file: string, anchor: string, text: HtmlValue): Html {
  const isThere = context.forCarrier === null || listPages(context).some((page) => page.file === file);
  if (!isThere) return html`${text}`;
  return html`<a href="${anchor === '' ? file : `${file}#${anchor}`}">${text}</a>`;
}

/** A carrier's name, linked to its page where there is one. */
export function linkCarrier(context: PageContext, code: string): Html {
  const name = html`<span class="name">${nameOf(context, code)}</span>`;
  const slug = context.slugs.get(code);
  return slug === undefined ? name : linkTo(context, `carrier-${slug}.html`, '', name);
}

/** An alert's mark: a shape that needs no colour. */
export const warningMark = html`<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d="M8 1.5 15.5 15H.5Z" fill="none" stroke="var(--ink)" stroke-width="1.5" stroke-linejoin="round"/><path d="M8 6v4.2M8 12v1.2" stroke="var(--ink)" stroke-width="1.6"/></svg>`;

function renderNavigation(context: PageContext, current: string): Html {
  const items = listPages(context).map(
    (page) =>
      html`<li><a href="${page.file}"${page.file === current ? trust(' aria-current="page"') : ''}>${page.label}</a></li>`,
  );
  return html`<header class="top"><a class="brand" href="index.html">parcelmetrics</a><nav aria-label="Pages"><ul>${items}</ul></nav></header>`;
}

/** Whether the data is older than 36 h at the run's clock, or the run says so. */
export function isStale(context: PageContext): boolean {
  const { as_of: asOf, data_as_of: dataAsOf } = context.snapshot.parameters;
  if (typeof context.runInfo.isStale === 'boolean') return context.runInfo.isStale;
  return dataAsOf !== null && isBefore(addHours(dataAsOf, staleAfterHours), asOf);
}

/** One line, on the pages that it is about: stale data makes all of them old, the night and its checks stand on the overview. */
export function renderNotice(context: PageContext, file: string): Html {
  const sentences: HtmlValue[] = [];
  const { data_as_of: dataAsOf } = context.snapshot.parameters;
  if (isStale(context)) {
    sentences.push(
      html`<strong>Not updated since ${formatInstant(dataAsOf, context.locale)}.</strong> Everything below is as old as that.`,
    );
  }
  const isOverview = file === 'index.html';
  if (isOverview) sentences.push(...(context.runInfo.status ?? []));
  if (isOverview || file === 'data-quality.html') sentences.push(...sayChecks(context, isOverview));
  if (sentences.length === 0) return html``;
  return html`<div class="notice" role="note" aria-label="Notices">${warningMark}<p>${join(sentences, ' ')}</p></div>`;
}

/** The checks that warned. */
function sayChecks(context: PageContext, isLinked: boolean): Html[] {
  const warned = context.snapshot.quality
    .filter((row) => row.is_warning)
    .map((row) => row.check_name.replaceAll('_', ' '));
  const checks = [...new Set([...(context.runInfo.failedChecks ?? []), ...warned])];
  if (checks.length === 0) return [];
  const shown = checks.slice(0, 4);
  const rest = checks.length > shown.length ? ` and ${checks.length - shown.length} more` : '';
  const link = isLinked ? html` ${linkTo(context, 'data-quality.html', '', 'See data quality')}.` : '';
  return [
    html`<strong>Data checks warned:</strong> ${rest === '' ? formatList(shown) : shown.join(', ')}${rest}.${link}`,
  ];
}

export function renderHead(context: PageContext, parts: PageParts): Html {
  const { parameters } = context.snapshot;
  const all = context.snapshot.carrierPerformance.find(
    (row) => row.period === 'current' && row.carrier_code === (context.forCarrier ?? '*'),
  );
  const range = formatDateRange(parameters.window_start_date, parameters.window_end_date, context.locale);
  const size = (column: 'labelled' | 'scanned' | 'due') => formatCount(all?.[column] ?? 0, context.locale);
  const promised =
    (all?.due ?? 0) > 0 ? html`<strong>${size('due')}</strong> promised` : html`none with a promised date`;
  const age =
    parameters.data_as_of === null
      ? 'No successful poll yet'
      : `Data as of ${formatInstant(parameters.data_as_of, context.locale)}`;
  const audience =
    context.forCarrier === null
      ? ''
      : html`<p>Made for <strong class="name">${nameOf(context, context.forCarrier)}</strong>, of its own parcels. No other carrier is named here, and none can be worked out.</p>`;
  const isCase = /^case-/.test(parts.file);
  const sizes =
    isCase || (context.isSingle && parts.file !== 'index.html')
      ? ''
      : html` ${context.forCarrier === null ? 'All carriers' : 'This carrier'}: <strong>${size('labelled')}</strong> parcels by label date, <strong>${size('scanned')}</strong> by first scan, ${promised} for a day in it.`;
  return html`<div class="head"><h1 id="title"><span class="name">${parts.title}</span>${parts.code ? html` <span class="code name">${parts.code}</span>` : ''}</h1>
<p><strong>${age}</strong> · ${range}, ${formatCount(parameters.window_days, context.locale)} days.${sizes}</p>${audience}</div>`;
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

export function renderFoot(context: PageContext, file: string): Html {
  const { parameters } = context.snapshot;
  const before = formatDateRange(
    parameters.previous_window_start_date,
    parameters.previous_window_end_date,
    context.locale,
  );
  const notes = [
    // the page of a case tells no change between windows, and is one sheet of paper
    // the sheet for a carrier has windows of its own choice
    ...(/^case-/.test(file) || (context.forCarrier !== null && file === 'index.html')
      ? []
      : [
          `Changes are against the ${formatCount(parameters.window_days, context.locale)} days before (${before}), seen with a clock as young as this one’s.`,
        ]),
    `Fewer than ${context.thresholds.withheldBelow} parcels: withheld. Fewer than ${context.thresholds.rankedFrom}: shown, neither ranked nor compared. Ranges are 95 % intervals.`,
  ];
  return html`<footer class="foot${/^case-/.test(file) ? ' no-print' : ''}">${notes.map((note) => html`<p>${note}</p>`)}<p>${linkTo(context, 'methodology.html', 'reading', 'How to read these figures')}</p></footer>`;
}

/** What a document is made of, beside its title. */
interface DocumentParts {
  title: string;
  /** Style of its own: the margins of its sheets. */
  margins: string;
  /** Stands in the file itself; null where style sheet and scripts lie beside it. */
  assets: InlineAssets | null;
  scripts?: readonly string[];
  /** All that stands below the link that skips the navigation. */
  body: Html;
}

/**
 * A whole document. Its policy lets nothing be fetched but the files beside it; what stands inside (the margins of its sheets; in the
 * single file style and script too) is named by its hash.
 */
export function renderDocument(context: PageContext, parts: DocumentParts): string {
  const { assets, margins } = parts;
  // Chromium takes a file: page's neighbours for 'self'
  const style = `${assets ? hashSource(assets.css) : "'self'"} ${hashSource(margins)}`;
  const script = assets ? hashSource(assets.script) : "'self'";
  const policy = `default-src 'none'; style-src ${style}; script-src ${script}; img-src 'self' data:; base-uri 'none'; form-action 'none'`;
  const links = assets
    ? html`<style>${trust(assets.css)}</style>`
    : html`<link rel="stylesheet" href="report.css">`;
  const scripts = assets
    ? html`<script>${trust(assets.script)}</script>`
    : html`${['report.js', ...(parts.scripts ?? [])].map((file) => html`<script src="${file}" defer></script>`)}`;
  const language = /^en(-|$)/i.test(context.locale) ? context.locale : 'en';
  const title = [parts.title, 'parcelmetrics'].join(' · ');
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trust(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
${links}
<style>${trust(margins)}</style>
${assets ? '' : scripts}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${parts.body}
${assets ? scripts : ''}
</body>
</html>
`.markup;
}

/** A page of the folder. */
export function renderPage(context: PageContext, parts: PageParts): string {
  return renderDocument(context, {
    title: parts.title,
    margins: renderPrintMargins(context, parts.title),
    assets: null,
    scripts: parts.scripts,
    body: html`${aloneNotice}
<div class="page">
${renderNavigation(context, parts.file)}
<main id="main" tabindex="-1">
${renderHead(context, parts)}
${renderNotice(context, parts.file)}
${parts.body}
</main>
${renderFoot(context, parts.file)}
</div>`,
  });
}

/** Names in a sentence, each kept apart from the direction of its neighbours. */
export function nameList(names: readonly string[]): Html {
  return join(
    names.map((name) => html`<span class="name">${name}</span>`),
    ', ',
  );
}
