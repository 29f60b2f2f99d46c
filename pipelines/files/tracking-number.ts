import { isTrackingNumber } from '../sendcloud/allow-list.js';

export type CleanNumber = { number: string } | { trouble: string };

// Zero-width marks, direction marks, soft hyphens: seen by nobody, and part of no number.
const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
const placeholder =
  /^(n\/?a|#n\/a|#(null|ref|value|name|num|div\/0)[!?]?|null|none|nil|nan|undefined|unknown|unbekannt|inconnu|tb[acd]|pending|empty|\(?(blank|leer|vide)\)?|true|false|[^\p{L}\p{N}]*|0+)$/iu;
const scientific = /^[+-]?(\d[.,]\d*e[+-]?\d+|\d+e[+]\d+)$/i;

// What our own CSV files put before a text that a spreadsheet would run.
const guarded = /^'(?=[=+\-@])/;

/** What a spreadsheet, a shell or a mail put around a number, without it: ="...", a leading apostrophe, quotes, spaces. */
function unwrap(raw: string): string {
  let text = raw.replace(invisible, '').trim();
  if (guarded.test(text) && !text.endsWith("'")) return text.slice(1).trim();
  for (const wrapper of [/^="(.*)"$/s, /^"(.*)"$/s, /^'(.*)'$/s, /^[']([^']*)$/s])
    text = (wrapper.exec(text)?.[1] ?? text).trim();
  return text;
}

/** Several numbers in one cell: two parts or more that are long enough to be one. */
function isSeveral(text: string): boolean {
  const parts = text
    .split(/[\s,;|/]+/)
    .filter((part) => part.length >= 8 && (part.match(/\d/g)?.length ?? 0) >= 4);
  return parts.length > 1;
}

/**
 * A tracking number as it stands in a file, freed of what was put around it, its digits as they are written; or why it is none.
 * Never guesses: a number that a spreadsheet rounded is another parcel's.
 */
export function cleanTrackingNumber(raw: string): CleanNumber {
  const text = unwrap(raw);
  if (text === '') return { trouble: 'is missing' };
  if (placeholder.test(text)) return { trouble: 'is a placeholder, not a number' };
  if (scientific.test(text))
    return {
      trouble: 'was rounded by a spreadsheet or a program: its digits are lost. Export the column as text',
    };
  if (/^[+-]?\d+[.,]\d+$/.test(text))
    return { trouble: 'is a decimal number: the column was saved as numbers. Export it as text' };
  if (/^\d{15}0{5,}$/.test(text))
    return {
      trouble: 'ends in zeros from its 16th digit on, as a spreadsheet rounds. Export the column as text',
    };
  if (/^([a-z][a-z0-9+.-]*:\/\/|www\.)/i.test(text))
    return { trouble: 'is a link: the number alone is needed' };
  if (/.@/.test(text)) return { trouble: 'is an e-mail address' };
  if (text.includes('\ufffd')) return { trouble: 'holds bytes that are not UTF-8: save the file as UTF-8' };
  if (isSeveral(text)) return { trouble: 'holds several numbers: one row for each' };
  if (text.startsWith('{') || text.startsWith('['))
    return { trouble: 'is a list or an object, where a text is expected' };
  const number = text.replace(/[\p{Zs}\t]+/gu, '');
  return isTrackingNumber(number)
    ? { number }
    : { trouble: 'should be 1 to 255 characters, none of them a control character' };
}

/** Whether a number has the look of one that lost its last digits: 16 digits or more, and zeros from the 16th on. */
export function looksRounded(number: string): boolean {
  return /^\d{15}0+$/.test(number);
}
