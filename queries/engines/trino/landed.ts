/** A landed table as it lies in the lake. */
export interface LakeTable {
  name: string;
  /** Whether a number's rows lie in the file of the run that touched it last, which registry names. */
  isVersioned: boolean;
  /** The only columns that are there, where not all are. */
  only?: readonly string[];
}

/** The tables of the lake, and what the columns beside their own are called. */
export interface LakeLayout {
  tables: readonly LakeTable[];
  /** In every table: whose row it is. */
  account: string;
  /** In versioned tables: the file that a row lies in; in registry: the file that the number's rows lie in. */
  file: string;
  /** In registry: how many polls of the number the lake has. */
  pollCount: string;
  /** The folder, beside those of the tables, of what Trino writes for whoever builds: in it one a run. */
  fetched: string;
  /** The name of an account's file in a table's folder; of a versioned table, that of one of its files. */
  nameFile: (account: string, file?: string) => string;
}

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
};

/** Trino's type for one of DuckDB's. @throws RangeError for one that no table of ours has. */
export function toTrinoType(type: string): string {
  const found = types[type];
  if (found === undefined) throw new RangeError(`there is no Trino type for ${type}`);
  return found;
}
