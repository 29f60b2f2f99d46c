import type { DuckDBConnection } from '@duckdb/node-api';
import { type Extracted, type ExtractOptions, extract } from '../../../pipelines/extract/extract.js';
import { closeParcels, makePlan } from '../../../pipelines/extract/plan.js';
import type { Sandbox } from '../../../pipelines/sandbox/server.js';
import { type Client, type ClientOptions, createClient } from '../../../pipelines/sendcloud/client.js';

/** A client for a sandbox at a rate that no test waits for, and without backoff. */
export function createFastClient(sandbox: Sandbox, options: Partial<ClientOptions> = {}): Client {
  return createClient({
    baseUrl: sandbox.url,
    tokenUrl: sandbox.tokenUrl,
    auth: 'basic',
    publicKey: sandbox.publicKey,
    secretKey: sandbox.secretKey,
    ratePerMinute: 600_000,
    concurrency: 4,
    random: () => 0,
    ...options,
  });
}

export interface Polling extends Partial<ExtractOptions> {
  /** The run's frozen clock. */
  at: Date;
  client?: Client;
  clientOptions?: Partial<ClientOptions>;
}

/** One extract as the command runs it: closes, plans, polls and lands, at a frozen clock. */
export async function pollDue(
  connection: DuckDBConnection,
  sandbox: Sandbox,
  { at, client, clientOptions, ...options }: Polling,
): Promise<Extracted & { due: number; requests: number }> {
  const used = client ?? createFastClient(sandbox, clientOptions);
  try {
    await closeParcels(connection, { startAt: at, seedsFolder: null });
    const { due } = await makePlan(connection, { startAt: at, seedsFolder: null });
    const extracted = await extract(connection, {
      runId: 'run',
      client: used,
      clock: () => at,
      observe: () => at.getTime(),
      count: due,
      concurrency: 4,
      signal: new AbortController().signal,
      ...options,
    });
    return { ...extracted, due, requests: used.counters.requests };
  } finally {
    await used.close();
  }
}
