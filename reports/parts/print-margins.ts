import { formatDateRange, formatInstant } from '../words.js';
import type { PageContext } from './context.js';

/** A text as a string of CSS: whatever it holds, it ends neither the string nor the style element. */
function quoteCss(text: string): string {
  const escaped = [...text].map((letter) =>
    /[A-Za-z0-9 .,:·]/.test(letter) ? letter : `\\${letter.codePointAt(0)?.toString(16)} `,
  );
  return `"${escaped.join('')}"`;
}

const nameSheet = (title: string) => `@top-left{content:${quoteCss(`parcelmetrics · ${title}`)}}`;

/** What stands in the margins of each printed sheet: what it is about, its window, how old its data is; the number is in media.css. */
export function renderPrintMargins(context: PageContext, title: string): string {
  const { window_start_date: from, window_end_date: to, data_as_of: dataAsOf } = context.snapshot.parameters;
  const age =
    dataAsOf === null ? 'no successful poll yet' : `data as of ${formatInstant(dataAsOf, context.locale)}`;
  const boxes = { 'top-right': formatDateRange(from, to, context.locale), 'bottom-left': age };
  const rules = Object.entries(boxes).map(([box, text]) => `@${box}{content:${quoteCss(text)}}`);
  return `@page{${nameSheet(title)}${rules.join('')}}`;
}

/** Where several pages are printed as one document: what each one's sheets are about. `id` is the page's, [a-z0-9-]. */
export function renderSheetNames(pages: readonly { id: string; title: string }[]): string {
  return pages.map(({ id, title }) => `@page ${id}{${nameSheet(title)}}#${id}{page:${id}}`).join('');
}
