import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTrino } from './server.js';

/** One Trino for all test files of a run. */
export default async function setUp(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-trino-'));
  const server = await startTrino(join(folder, 'server'));
  if (typeof server === 'string') throw new Error(server);
  process.env.TRINO_FOR_TESTS = JSON.stringify({
    url: server.url,
    catalog: server.catalog,
    tables: server.tables,
    lake: server.lake,
    lakeUrl: server.lakeUrl,
    pid: server.pid,
  });
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
