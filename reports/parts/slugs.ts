import { createHash } from 'node:crypto';

/** [a-z0-9-] of a code, at most 40 characters, '' when nothing is left. */
function simplify(code: string): string {
  return code
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
}

/**
 * A safe part of a file name for each code. A code that says the same once simplified, or that says nothing, gets the first 8 hex
 * digits of its SHA-256; the code that is its own slug keeps it.
 */
export function makeSlugs(codes: readonly string[]): Map<string, string> {
  const plain = new Set(codes.filter((code) => simplify(code) === code));
  const slugs = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(simplify(code), (counts.get(simplify(code)) ?? 0) + 1);
  for (const code of codes) {
    const slug = simplify(code);
    const isTaken = slug === '' || (slug !== code && (plain.has(slug) || (counts.get(slug) ?? 0) > 1));
    const hash = createHash('sha256').update(code).digest('hex').slice(0, 8);
    slugs.set(code, isTaken ? [slug, hash].filter(Boolean).join('-') : slug);
  }
  return slugs;
}
