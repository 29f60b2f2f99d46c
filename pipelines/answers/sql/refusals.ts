/** Why something is refused, and what to do instead. */
export interface Refusal {
  why: string;
  instead: string;
}

const shell = 'To do more, open the snapshot in the shell of DuckDB (docs/sql.md).';
const houseKeeping = {
  why: 'the snapshot is read-only, and the night looks after its files',
  instead: 'Nothing is to be done.',
};
const readOnly = {
  why: 'the snapshot is read-only: each night makes it anew',
  instead: 'Keep what you need in `create temp table NAME as select ...`, or write it out with --format csv.',
};
const writes = {
  why: 'it writes files',
  instead: 'Print the rows and redirect them (--format csv > FILE), or use `parcelmetrics export`.',
};
const oneDatabase = {
  why: 'a query sees the published snapshot and nothing else',
  instead: `For a CSV or Parquet file of your own, add --allow-files. ${shell}`,
};
const extensions = { why: 'no extension is loaded or fetched', instead: shell };
const locked = {
  why: 'the settings of the session are locked',
  instead: 'Memory and threads are set in parcelmetrics.config.json ("memoryLimit", "threads").',
};
const calls = {
  why: 'it changes how the database works',
  instead: 'To list tables and columns use SHOW TABLES, DESCRIBE, or duckdb_columns().',
};
const prepared = {
  why: 'queries are prepared for you',
  instead: 'Write $name in the query and give its value with -p name=value.',
};
const transactions = { why: 'every query sees the same snapshot', instead: 'Leave it out.' };

/** By the first word of a statement. */
const STATEMENTS: Readonly<Record<string, Refusal>> = {
  copy: writes,
  export: writes,
  import: oneDatabase,
  attach: oneDatabase,
  detach: oneDatabase,
  use: oneDatabase,
  install: extensions,
  load: extensions,
  force: extensions,
  set: locked,
  reset: locked,
  pragma: calls,
  call: calls,
  insert: readOnly,
  update: readOnly,
  delete: readOnly,
  truncate: readOnly,
  merge: readOnly,
  alter: readOnly,
  comment: readOnly,
  create: {
    why: 'the snapshot is read-only',
    instead: 'What passes is: create temp table NAME as select ...',
  },
  drop: {
    why: 'the snapshot is read-only',
    instead: 'What passes is: drop table NAME, of a temporary table.',
  },
  prepare: prepared,
  execute: prepared,
  deallocate: prepared,
  begin: transactions,
  start: transactions,
  commit: transactions,
  rollback: transactions,
  abort: transactions,
  end: transactions,
  checkpoint: houseKeeping,
  vacuum: houseKeeping,
  analyze: houseKeeping,
  pivot: {
    why: 'its columns depend on the data, which takes two statements',
    instead: "Name them: PIVOT parcels ON carrier_code IN ('dpd', 'gls') USING count(*)",
  },
  explain: { why: 'only queries are explained', instead: 'What passes is: explain [analyze] select ...' },
};

const otherStatement = {
  why: 'only queries pass',
  instead: `Use SELECT, EXPLAIN, DESCRIBE, SHOW, SUMMARIZE, or create temp table NAME as select. ${shell}`,
};

/** Why a statement that starts with a word is refused. */
export function refuseStatement(firstWord: string): Refusal {
  return STATEMENTS[firstWord] ?? otherStatement;
}

const file =
  /^(read_|sniff_|parquet_|glob$|getenv$|which_secret$|sql_auto_complete$|duckdb_(secrets|extensions))/;
const configures =
  /logg?(ing|s)?$|^write_log|^(enable|disable|force)_|checkpoint|^(nextval|currval|setseed|getvariable)$/;
const runsSql = /^(query|query_table|json_(de)?serialize_.*|json_execute_serialized_sql)$/;

/** Why a function is refused. */
export function refuseFunction(name: string, allowsFiles: boolean): Refusal {
  const lower = name.toLowerCase();
  if (file.test(lower)) {
    const why = 'it reads what is outside of the snapshot';
    return { why, instead: allowsFiles ? readable : `${readable} That takes --allow-files.` };
  }
  if (configures.test(lower)) return { why: 'it writes, or changes how the database works', instead: shell };
  if (runsSql.test(lower)) return { why: 'it runs SQL out of sight', instead: 'Write the query out.' };
  return { why: 'it is not among the functions that pass', instead: shell };
}

const readable = 'Files are read with read_csv, read_json and read_parquet, or by naming them as a table.';

/** Why a file cannot stand as a table. */
export function refuseFile(allowsFiles: boolean): Refusal {
  return {
    why: 'reading files is off',
    instead: allowsFiles
      ? 'Of files, CSV, JSON and Parquet are read: an open database file would be a locked one.'
      : 'To join a CSV or Parquet file of your own, add --allow-files.',
  };
}
