/** The candidate that a word was probably meant to be, or null where none is near. */
export function findNearest(word: string, candidates: readonly string[]): string | null {
  const limit = Math.max(1, Math.floor(word.length * 0.4));
  const [nearest] = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.min(3, limit))
    .sort((a, b) => a.distance - b.distance);
  return nearest?.candidate ?? null;
}

/** ` (did you mean …?)`, or nothing where no candidate is near. */
export function suggest(word: string, candidates: readonly string[]): string {
  const nearest = findNearest(word, candidates);
  return nearest === null ? '' : ` (did you mean ${nearest}?)`;
}

// Levenshtein, one row at a time.
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
