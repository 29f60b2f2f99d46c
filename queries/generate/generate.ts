import type { DuckDBConnection } from '@duckdb/node-api';
import { build } from '../build.js';
import { readMetrics } from '../metrics.js';
import { makeDictionaryPage } from './dictionary-page.js';
import { makeMethodologyTable } from './methodology-table.js';
import { type Made, makeRateSql } from './rate-sql.js';
import { makeSchema } from './schema-file.js';

/**
 * Everything that is made of metrics.csv, the dictionary and the built tables, as it has to stand in git. The connection has empty landed
 * tables, and an empty marts database as its current catalog; a model that reads generated SQL must have it already (see makeRateSql).
 * `readText` reads a file of the project by its path from the root.
 */
export async function makeAll(
  connection: DuckDBConnection,
  readText: (path: string) => string,
): Promise<Made[]> {
  const metrics = readMetrics();
  await build(connection, { asOf: new Date('2026-01-01T00:00:00Z'), days: 90 });
  return [
    ...makeRateSql(metrics),
    await makeSchema(connection, metrics),
    makeDictionaryPage(metrics),
    makeMethodologyTable(metrics, readText),
  ];
}
