import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { quoteText } from '../../queries/quoting.js';
import { makeTimeline } from '../pipelines/extract/harness.js';

/** In all that must not be kept or said. */
export const canary = 'CANARY';

/** A body as the API answers it, with a canary in every field that is left out on purpose. */
export function makeCanaryBody(number: string): object {
  const person = (country_code: string, postal_code: string) => ({
    country_code,
    postal_code: `${postal_code}${canary}`,
    name: `${canary} van Dijk`,
    company_name: `${canary} BV`,
    email: `${canary}@example.org`,
    phone_number: `+31 6 ${canary}`,
    address_line_1: `${canary}straat`,
    address_line_2: canary,
    house_number: canary,
    city: `${canary}dam`,
    po_box: canary,
    state_province_code: canary,
  });
  return makeTimeline(
    number,
    [
      ['2026-10-30T10:00:00Z', 'accepted', { status_description: `signed by ${canary}`, location: canary }],
      ['2026-10-31T10:00:00Z', `not a code ${canary}`],
      ['2026-11-01T10:00:00Z', 'delivered', { carrier_message: canary }],
    ],
    {
      from_address: person('NL', '1012'),
      to_address: person('DE', '10115'),
      tracking_url: `https://example.org/${canary}`,
      parcel_items: [{ description: canary }],
      parent_status: canary,
      source_id: canary,
      [`${canary}_field`]: canary,
    },
  );
}

/** Every value of every table of a DuckDB or Parquet file, as text: what is compressed hides from a search of bytes. */
async function readAllText(path: string): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const quoted = quoteText(path);
    let tables = [quoted];
    if (!path.endsWith('.parquet')) {
      await connection.run(`attach ${quoted} as looked (read_only)`);
      const found = await connection.runAndReadAll(
        `select table_name from duckdb_tables() where database_name = 'looked'`,
      );
      tables = found.getRows().map(([name]) => `looked."${String(name)}"`);
    }
    const texts: string[] = [];
    for (const table of tables) {
      const rows = await connection.runAndReadAll(`select shown::varchar from ${table} as shown`);
      texts.push(JSON.stringify(rows.getRows()));
    }
    return texts.join('\n');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The files below a folder in which one of the words is, by bytes and, in tables, by value. */
export async function findWords(
  folder: string,
  words: readonly string[],
  except: readonly string[] = [],
): Promise<string[]> {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const hit = words.find((word) => entry.name.includes(word));
    if (hit !== undefined) found.push(`${path} by its name`);
    if (!entry.isFile() || except.some((start) => path.startsWith(start))) continue;
    const bytes = readFileSync(path);
    const isTable = /\.(duckdb|parquet)$/.test(path) || bytes.subarray(8, 12).toString('latin1') === 'DUCK';
    const text = isTable ? await readAllText(path) : '';
    for (const word of words) if (bytes.includes(word) || text.includes(word)) found.push(`${path}: ${word}`);
  }
  return found;
}
