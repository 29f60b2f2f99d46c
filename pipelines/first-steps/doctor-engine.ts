import { accessSync, constants, existsSync } from 'node:fs';
import type { Config } from '../config/config.js';
import { describeError } from '../errors.js';
import { connectTrino, requireEngine } from '../night/engine.js';
import { listAccounts } from '../store/lake.js';
import type { Finding } from './finding.js';

/** The lake, where one is set: a folder that this user may write, with all accounts that are to be built together. */
export function checkLake({ lake, account, accounts }: Config): Finding[] {
  const check = 'lake';
  if (lake === null) {
    const advice = 'Set "lake" to the folder that the accounts share, or leave "accounts" out.';
    const detail = 'accounts is set, and lake is not';
    return accounts === null ? [] : [{ check, status: 'failed', detail, advice, exitCode: 2 }];
  }
  const found = listAccounts(lake);
  const missing =
    accounts === null || accounts === 'all'
      ? []
      : accounts.filter((name) => !found.includes(name) && name !== account);
  if (missing.length > 0) {
    const advice = 'It comes there by its own runs, where "lake" and "account" are set.';
    return [
      {
        check,
        status: 'failed',
        detail: `${lake} has nothing of account ${missing.join(', ')}`,
        advice,
        exitCode: 2,
      },
    ];
  }
  if (!existsSync(lake)) return [{ check, status: 'ok', detail: `${lake} is made by the first run` }];
  try {
    accessSync(lake, constants.W_OK);
    return [
      {
        check,
        status: 'ok',
        detail: `${lake}, as account ${account}${accounts === null ? '' : `; built together: ${(accounts === 'all' ? found : accounts).join(', ') || 'none yet'}`}`,
      },
    ];
  } catch {
    const advice = 'Let this user write there, or name another folder.';
    return [{ check, status: 'failed', detail: `${lake} cannot be written`, advice, exitCode: 2 }];
  }
}

/** The engine, where it is another than DuckDB: it answers, takes the sign-in, and has the catalogs. */
export async function checkEngine(config: Config, signal: AbortSignal): Promise<Finding[]> {
  if (config.engine === 'duckdb') return [];
  const check = 'engine';
  const refuse = (detail: string, advice: string | undefined, exitCode: 2 | 4): Finding[] => [
    { check, status: 'failed', detail, ...(advice !== undefined && { advice }), exitCode },
  ];
  try {
    const { url, catalog } = requireEngine(config);
    const client = connectTrino(config, { signal, tries: 1 });
    try {
      const [node] = await client.readRows('select node_version from system.runtime.nodes limit 1');
      for (const [setting, name, connector] of [
        ['trinoCatalog', catalog, 'hive'],
        ['trinoTables', config.trinoTables, 'iceberg'],
      ] as const) {
        if (name === null) continue;
        const [found] = await client.readRows(
          `select connector_name from system.metadata.catalogs where catalog_name = '${name}'`,
        );
        if (found?.[0] === connector) continue;
        const detail =
          found === undefined ? `Trino has no catalog ${name}` : `${name} is a catalog of ${found[0]}`;
        const word = connector === 'hive' ? 'Hive' : 'Iceberg';
        return refuse(detail, `${setting} names a catalog of the ${word} connector.`, 2);
      }
      const detail = `Trino ${node?.[0]} at ${url}, catalog ${catalog}`;
      if (config.trinoTables === null) return [{ check, status: 'ok', detail }];
      const [retention] = await client.readRows(
        `show session like '${config.trinoTables}.expire_snapshots_min_retention'`,
      );
      const tables = `tables in ${config.trinoTables}, where what is erased is deleted after ${retention?.[1]}`;
      return [{ check, status: 'ok', detail: `${detail}; ${tables}` }];
    } finally {
      await client.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    const { message, hint, exitCode } = describeError(error);
    if (exitCode === 1) throw error;
    return refuse(message, hint, exitCode === 2 ? 2 : 4);
  }
}
