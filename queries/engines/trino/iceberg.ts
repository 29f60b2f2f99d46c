import { quoteText } from '../../quoting.js';
import type { TrinoClient } from './client.js';

/** What tables of the Iceberg connector tell of themselves, and have done to them. */
export interface IcebergTables {
  /** The names of all there are. */
  list(): Promise<string[]>;
  readSnapshot(table: string): Promise<string>;
  /** How many writes led from a snapshot to the present one, each a snapshot whose parent is the one before; null where none of so many did. */
  countWrites(table: string, since: string, most: number): Promise<number | null>;
  /** Puts a table back to one of its snapshots. @returns whether that is still there. */
  rollBack(table: string, snapshot: string): Promise<boolean>;
  /** Whether so much of a table is of rows that were replaced that its files are to be written anew. */
  isWorn(table: string): Promise<boolean>;
  /** Writes files anew that hold rows which were deleted. */
  optimize(table: string): Promise<void>;
  /** Writes the lists of files anew, which name the least and greatest number of each. */
  optimizeManifests(table: string): Promise<void>;
  /** Deletes what no longer holds, as soon as the catalog allows it. */
  expire(tables: readonly string[]): Promise<void>;
}

const replacedShare = 0.2;

export function openIceberg(client: TrinoClient, catalog: string, schema: string): IcebergTables {
  const home = `${catalog}.${schema}`;
  const about = (table: string, what: string) => `${home}."${table}$${what}"`;
  const execute = (table: string, what: string) => client.run(`alter table ${home}.${table} execute ${what}`);

  const readSnapshot = async (table: string) => {
    const [row] = await client.readRows(
      `select cast(snapshot_id as varchar) from ${about(table, 'refs')} where name = 'main'`,
    );
    return String(row?.[0]);
  };
  const readParents = async (table: string) => {
    const rows = await client.readRows(
      `select cast(snapshot_id as varchar), cast(parent_id as varchar) from ${about(table, 'snapshots')}`,
    );
    return new Map(rows.map(([snapshot, parent]) => [String(snapshot), String(parent)]));
  };
  const readRetention = async (name: string) => {
    const [row] = await client.readRows(`show session like ${quoteText(`${catalog}.${name}`)}`);
    return quoteText(String(row?.[1] ?? '7d'));
  };

  return {
    readSnapshot,
    async list() {
      const rows = await client.readRows(
        `select table_name from ${catalog}.information_schema.tables where table_schema = ${quoteText(schema)}`,
      );
      return rows.map(String);
    },
    async countWrites(table, since, most) {
      let at = await readSnapshot(table);
      if (at === since) return 0;
      const parents = await readParents(table);
      for (let writes = 1; writes <= most; writes++) {
        at = parents.get(at) ?? '';
        if (at === since) return writes;
      }
      return null;
    },
    async rollBack(table, snapshot) {
      if ((await readSnapshot(table)) === snapshot) return true;
      if (!(await readParents(table)).has(snapshot)) return false;
      await execute(table, `rollback_to_snapshot(snapshot_id => ${snapshot})`);
      return true;
    },
    async isWorn(table) {
      const counts = await client.readRows(
        `select sum(case when content = 0 then record_count else 0 end), sum(case when content = 0 then 0 else record_count end)
         from ${about(table, 'files')}`,
      );
      const [rows = 0, deleted = 0] = (counts[0] ?? []).map(Number);
      return deleted > rows * replacedShare;
    },
    optimize: (table) => execute(table, 'optimize'),
    optimizeManifests: (table) => execute(table, 'optimize_manifests'),
    async expire(tables) {
      const snapshots = await readRetention('expire_snapshots_min_retention');
      const orphans = await readRetention('remove_orphan_files_min_retention');
      for (const table of tables) {
        await execute(table, `expire_snapshots(retention_threshold => ${snapshots})`);
        await execute(table, `remove_orphan_files(retention_threshold => ${orphans})`);
      }
    },
  };
}
