import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Runs one statement in a database of its own. */
export async function inDuckdb(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

/** A text packed with zstd, by the engine: a machine need not have the tool. */
export async function packZstd(text: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-test-'));
  const [plain, packed] = [join(folder, 'plain'), join(folder, 'packed')];
  try {
    writeFileSync(plain, text);
    await inDuckdb(
      `copy (select line from read_csv('${plain}', delim = '\u0001\u0002', quote = '', escape = '', header = false,
         auto_detect = false, columns = {'line': 'varchar'}))
       to '${packed}' (format csv, compression zstd, header false, quote '', escape '', delimiter '\u0001')`,
    );
    return readFileSync(packed);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
