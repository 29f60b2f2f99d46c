import type { DuckDBConnection } from '@duckdb/node-api';
import { heldNames } from '../keeping.js';
import { keysOf, writeAccountOf } from '../keys.js';
import type { BuildOptions } from '../making.js';
import { models } from '../models.js';
import { gatheredNames } from './buckets.js';
import { type Engine, readSql } from './engine.js';
import { hideLake, showLake } from './lake.js';

const held = new Set([...models.map(({ name }) => name), ...gatheredNames, ...heldNames]);

/**
 * DuckDB in this process: steps and views are temporary, tables that stay go to the current catalog, which is the marts database;
 * the landed tables lie in the search path behind it, unless those of a lake take their place.
 */
export function openDuckDb(
  connection: DuckDBConnection,
  options: Pick<BuildOptions, 'account' | 'lake'> = {},
): Engine {
  const run = async (sql: string) => {
    await connection.run(sql);
  };
  return {
    name: 'duckdb',
    run,
    async prepare() {
      // Joins run as they are written, the side that is to be held in memory last: the optimizer takes the rows of a window for one
      // row, and would hold the events of a million parcels.
      await run(`set disabled_optimizers = 'join_order,build_side_probe_side'`);
      await run(readSql('prelude'));
      await run(readSql('prelude-light'));
      await run(`create or replace temp macro account_of(key) as ${writeAccountOf('key', keysOf(options))}`);
      if (options.lake) await showLake(connection, options.lake);
    },
    async readRows(sql) {
      return (await connection.runAndReadAll(sql)).getRows();
    },
    createView: (name, select) => run(`create or replace temp view ${name} as\n${select}`),
    createStep: (name, select) => run(`create or replace temp table ${name} as\n${select}`),
    createTable: (name, select) => run(`create or replace table ${name} as\n${select}`),
    async replaceRows(name, select) {
      await run(`delete from ${name} where tracking_number in (select tracking_number from changed_parcels)`);
      await run(`insert into ${name} by name\n${select}`);
    },
    async replaceWeeks(name, weekOf, select) {
      await run(`delete from ${name} where ${weekOf} not in (select week_start_date from kept_weeks)`);
      await run(`insert into ${name} by name\n${select}`);
    },
    // The view goes first by its name as long as the build lasts.
    keepPart: (name, { rows, without }) =>
      run(`create or replace table ${name} as select * exclude (${without}) from temp.${name} where ${rows}`),
    async rollBack() {
      const reader = await connection.runAndReadAll(`
        select 'table', table_name from duckdb_tables() where temporary
        union all
        select 'view', view_name from duckdb_views() where temporary and not internal`);
      for (const [kind, name] of reader.getRows()) {
        if (held.has(String(name))) await run(`drop ${kind} temp.${name}`);
      }
      if (options.lake) await hideLake(connection, options.lake);
      await run('reset disabled_optimizers');
    },
  };
}
