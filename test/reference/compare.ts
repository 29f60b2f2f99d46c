/** Two versions of a table, row by row and value by value. */
type Value = unknown;
export type Row = Record<string, Value>;

export interface Comparison {
  keys: readonly string[];
  /** Of numbers, absolute up to 1 and relative beyond. */
  tolerance: 1e-9 | 1e-6;
  leaveOut?: readonly string[];
  /** A row that says nothing (null, 0) may be missing on either side. */
  isEmptyMissing?: boolean;
  /** Of counts: none may be written as null. */
  isNullZero?: boolean;
}

function isSame(ours: Value, theirs: Value, tolerance: number): boolean {
  if (typeof ours === 'number' && typeof theirs === 'number') {
    return Math.abs(ours - theirs) <= tolerance * Math.max(1, Math.abs(theirs));
  }
  return (ours ?? null) === (theirs ?? null);
}

/** Instants get six digits, so that both write them alike; 64-bit counts become numbers. */
function plain(value: Value, name: string): Value {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string' || !name.endsWith('_at')) return value;
  const [whole = '', fraction = ''] = value.replace('Z', '').replace(' ', 'T').split('.');
  return `${whole}.${fraction.padEnd(6, '0')}Z`;
}

function indexRows(rows: readonly Row[], keys: readonly string[], side: string): Map<string, Row> {
  const index = new Map<string, Row>();
  for (const row of rows) {
    const key = keys.map((name) => String(plain(row[name], name) ?? null)).join(' ');
    if (index.has(key)) throw new Error(`${side}: two rows of ${keys.join(', ')} = ${key}`);
    index.set(key, row);
  }
  return index;
}

/**
 * Every column of theirs (the reference), in every row of either side: a list of differences, each with its key. Columns
 * that only ours has are not compared. Throws where a key is not unique.
 */
export function compareTables(
  ours: readonly Row[],
  theirs: readonly Row[],
  { keys, tolerance, leaveOut = [], isEmptyMissing = false, isNullZero = false }: Comparison,
): string[] {
  const ourRows = indexRows(ours, keys, 'ours');
  const theirRows = indexRows(theirs, keys, 'theirs');
  const left = new Set([...keys, ...leaveOut]);
  const compared = [...new Set(theirs.flatMap((row) => Object.keys(row)))].filter((name) => !left.has(name));
  const saysNothing = (row: Row) =>
    compared.every((name) => [null, undefined, 0].includes(row[name] as null));
  const differences: string[] = [];
  for (const name of ours[0] ? compared : []) {
    if (ours[0] && !(name in ours[0])) differences.push(`${name}: no such column`);
  }
  for (const key of new Set([...ourRows.keys(), ...theirRows.keys()])) {
    const [our, their] = [ourRows.get(key), theirRows.get(key)];
    if (!our || !their) {
      const only = our ?? their ?? {};
      if (!(isEmptyMissing && saysNothing(only))) {
        differences.push(`${key}: only in ${our ? 'ours' : 'theirs'}`);
      }
      continue;
    }
    for (const name of compared) {
      if (!(name in our)) continue;
      const known = (found: Value) => plain(found, name) ?? (isNullZero ? 0 : null);
      const [value, expected] = [known(our[name]), known(their[name])];
      if (!isSame(value, expected, tolerance)) {
        differences.push(`${key}.${name}: ${String(value)} but ${String(expected)}`);
      }
    }
  }
  return differences;
}
