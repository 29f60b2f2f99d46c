import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Lake } from '../../queries/engines/lake.js';
import { quoteText } from '../../queries/quoting.js';
import { type Context, plural } from '../context.js';
import { configurationError } from '../errors.js';
import { lakeLayout, listAccounts } from '../store/lake.js';
import { lakeStep } from './engine.js';
import { allowForNumbers, type NightRun } from './run.js';

async function countNumbers(connection: DuckDBConnection, source: string): Promise<number> {
  return Number((await connection.runAndReadAll(`select count(*) from ${source}`)).getRows()[0]?.[0]);
}

/**
 * The accounts that a build reads together, from the lake, which has this run's own by then; null where none are set: a build of this
 * account's own parcels. From then on the database has what so many parcels ask for.
 * @throws ParcelmetricsError (exit code 2) where there is no lake, or it has nothing of one of them.
 */
export async function accountsStep(context: Context, run: NightRun): Promise<Lake | null> {
  const { config, log } = context;
  const { accounts: asked, lake: folder } = config;
  const ownCount = await countNumbers(run.connection, 'registry');
  if (asked === null) {
    await allowForNumbers(run.connection, config, ownCount);
    return null;
  }
  if (folder === null) {
    throw configurationError('accounts is set, and lake is not', {
      hint: 'Nothing was built. Set "lake" to the folder that the accounts share (docs/scale.md), or leave "accounts" out.',
    });
  }
  // A process that only builds has no parcels of its own, and must not say so in the lake: another may go by its name.
  if (ownCount > 0) await lakeStep(context, run.connection, run.runId);
  const found = listAccounts(folder);
  const accounts = asked === 'all' ? found : asked;
  const missing = accounts.filter((name) => !found.includes(name));
  if (missing.length > 0 || accounts.length === 0) {
    const whom = missing.length === 0 ? 'any account' : `account ${missing.join(', ')}`;
    const path = (name: string) => join(folder, 'registry', lakeLayout.nameFile(name));
    throw configurationError(
      `the lake ${folder} has nothing of ${whom}${missing.length === 0 ? '' : ` (no ${missing.map(path).join(', ')})`}`,
      {
        hint:
          'Nothing was built. An account comes into the lake by its own runs, where "lake" and "account" are set: by an extract or import, ' +
          `or \`parcelmetrics export --landed FILE\`. Found there: ${found.join(', ') || 'none'}.`,
      },
    );
  }
  const counts = await Promise.all(
    accounts.map((name) =>
      countNumbers(
        run.connection,
        `read_parquet(${quoteText(join(folder, 'registry', lakeLayout.nameFile(name)))})`,
      ),
    ),
  );
  const texts = accounts.map((name, place) => `${name} (${plural(counts[place] ?? 0, 'number')})`);
  log.info(`accounts ${asked === 'all' ? 'found in the lake' : 'read from the lake'}: ${texts.join(', ')}`);
  await allowForNumbers(
    run.connection,
    config,
    counts.reduce((sum, count) => sum + count, 0),
  );
  return { folder, accounts, layout: lakeLayout };
}
