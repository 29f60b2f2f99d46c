import { htmlEscape } from 'escape-goat';

/** A piece of markup that is safe as it stands: made by `html`, or SVG that our own renderer made. */
export class Html {
  constructor(readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

// Control characters and lone surrogates are not allowed in HTML; a reader sees that something stood there.
const forbidden = /[^\P{Control}\t\n\r]|[\p{Surrogate}\p{Noncharacter_Code_Point}]/gu;

/** Escapes a text for element content and for quoted attributes. */
export function escapeText(text: string): string {
  return htmlEscape(text.replace(forbidden, '\ufffd'));
}

function toMarkup(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.markup;
  if (Array.isArray(value)) return value.map(toMarkup).join('');
  return escapeText(String(value));
}

/** Tagged template: every value is escaped unless it is Html already; lists are joined; null, undefined and false are nothing. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  let markup = strings[0] ?? '';
  for (const [index, value] of values.entries()) markup += toMarkup(value) + (strings[index + 1] ?? '');
  return new Html(markup);
}

/** Markup of our own making (the SVG renderer's) that is not to be escaped again. */
export function trust(markup: string): Html {
  return new Html(markup);
}

/** Joins pieces with a separator. */
export function join(pieces: readonly HtmlValue[], separator: string): Html {
  return new Html(pieces.map(toMarkup).join(escapeText(separator)));
}
