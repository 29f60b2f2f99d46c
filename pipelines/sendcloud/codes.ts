/** What stands for a code that does not look like one. */
export const INVALID_CODE = 'invalid_code';
const CODE = /^[A-Za-z0-9_:./=-]{1,64}$/;
const longest = 64;

/** Whether a text can be a code: no sentence, no name. */
export function isCode(text: string): boolean {
  return CODE.test(text);
}

/**
 * The slug of a carrier or shipping option: trimmed, lower case, each character other than a-z, 0-9, `_:/=.-` a `_`; null where
 * nothing is left, `invalid_code` where it is longer than a code can be.
 */
export function toSlug(text: string): string | null {
  const slug = text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_:/=.-]/gu, '_');
  if (slug === '') return null;
  return slug.length > longest ? INVALID_CODE : slug;
}
