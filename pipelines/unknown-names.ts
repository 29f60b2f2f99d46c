import type { FileEntry } from './config-file.js';
import { environmentName, fileKey, OPTIONS, type OptionName } from './options.js';

/** One line for each key of the configuration file that is no setting, or must not stand there. */
export function findUnknownKeys(entries: ReadonlyMap<string, FileEntry>, path: string | null): string[] {
  const names = Object.keys(OPTIONS) as OptionName[];
  const known = names.map((name) => fileKey(OPTIONS[name])).filter((key) => key !== null);
  return [...entries]
    .filter(([key]) => !known.includes(key))
    .map(([key, { line }]) => {
      const where = `"${key}" in ${path}, line ${line}`;
      const spec = names.map((name) => OPTIONS[name]).find((one) => fileKey({ ...one, file: true }) === key);
      if (spec === undefined) return `${where}: there is no such setting${suggest(key, known)}`;
      const variable = environmentName(spec);
      const others = spec.secret ? `${variable} or ${variable}_FILE` : `--${spec.option} or ${variable}`;
      return `${where}: not read from a file${spec.secret ? ', as it is a secret' : ''}; use ${others}`;
    });
}

/** One line for each variable with our prefix that is no setting: a warning, since other versions may know it. */
export function findUnknownVariables(
  variables: Readonly<Record<string, string | undefined>>,
  suffix: string,
): string[] {
  const known = Object.values(OPTIONS).flatMap((spec) => {
    const variable = environmentName(spec);
    return spec.secret ? [variable, `${variable}_FILE`] : [variable];
  });
  return Object.keys(variables)
    .filter((name) => name.startsWith('PARCELMETRICS_') && !known.includes(name))
    .map((name) => `${name}${suffix} is not a setting: it is left out${suggest(name, known)}`);
}

/** ` (did you mean …?)`, or nothing where no candidate is near. */
function suggest(word: string, candidates: readonly string[]): string {
  const limit = Math.max(1, Math.floor(word.length * 0.4));
  const [nearest] = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.min(3, limit))
    .sort((a, b) => a.distance - b.distance);
  return nearest ? ` (did you mean ${nearest.candidate}?)` : '';
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
