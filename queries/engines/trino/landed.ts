/** What of the landed tables lies in the lake, and what their columns are called there. */

/** A landed table that staging reads. Of the last two, rows are few or replaced as a whole: a file an account, without versions. */
export interface LandedTable {
  name: string;
  /** Whether a number's rows lie in the file of the run that touched it last. */
  isVersioned: boolean;
  /** The only columns that leave the warehouse, where not all do. */
  only?: readonly string[];
}

export const landedTables: readonly LandedTable[] = [
  { name: 'landed_polls', isVersioned: true },
  { name: 'landed_responses', isVersioned: true },
  { name: 'landed_events', isVersioned: true },
  { name: 'registry', isVersioned: false },
  { name: 'landed_shipments', isVersioned: false },
  { name: 'landed_refusals', isVersioned: false, only: ['run_id', 'healed_at'] },
];

/** Columns of every file beside the table's own. */
export const accountColumn = 'account';
/** In versioned tables: the file that a row lies in; in registry: the file that the number's rows lie in. */
export const fileColumn = 'lake_file';
/** In registry: how many polls of the number the lake has. */
export const pollCountColumn = 'lake_poll_count';

const types: Readonly<Record<string, string>> = {
  VARCHAR: 'varchar',
  INTEGER: 'integer',
  BIGINT: 'bigint',
  DOUBLE: 'double',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIMESTAMP: 'timestamp(6)',
  // Trino has no unsigned numbers; as a decimal they keep their order.
  UBIGINT: 'decimal(20, 0)',
  'DECIMAL(20,0)': 'decimal(20, 0)',
};

/** Trino's type for one of DuckDB's. @throws RangeError for one that no table of ours has. */
export function toTrinoType(type: string): string {
  const found = types[type];
  if (found === undefined) throw new RangeError(`there is no Trino type for ${type}`);
  return found;
}
