import { createRequire } from 'node:module';

// Asked for as what it is, CommonJS: an import statement has Node search all of the driver's files for the names that they export
// before it runs one of them, which takes as long again as loading it and opening a database.
const driver = createRequire(import.meta.url)('@duckdb/node-api') as typeof import('@duckdb/node-api');

/** The parts of the driver that run; its types come from the package. */
export const {
  BOOLEAN,
  DuckDBArrayValue,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  DuckDBUnionValue,
  INTEGER,
  TIMESTAMP,
  listValue,
  version,
} = driver;

// Named, since the package has it from another one.
export const StatementType: typeof import('@duckdb/node-api').StatementType = driver.StatementType;

export type DuckDBInstance = import('@duckdb/node-api').DuckDBInstance;
export type DuckDBTypeId = import('@duckdb/node-api').DuckDBTypeId;
