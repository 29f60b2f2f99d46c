// npm run generate: writes what is made of queries/seeds/metrics.csv, queries/dictionary.csv and the models, and draws docs/rooms.svg. Twice compiled without types, as
// the types are among what is made: once for the SQL that the models read, once for the tables that they make.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

const root = new URL('../', import.meta.url);
const run = (...args) => execFileSync(process.execPath, args, { cwd: fileURLToPath(root), stdio: 'inherit' });
const readText = (path) => readFileSync(new URL(path, root), 'utf8');
const copyAssets = () => run('.ci/copy-assets.mjs');

function write({ path, text }) {
  const file = new URL(path, root);
  const before = readFileSync(file, { encoding: 'utf8', flag: 'a+' });
  if (before === text) return;
  writeFileSync(file, text);
  process.stdout.write(`written: ${path}\n`);
}

run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck');
copyAssets();
// so that dist is whole, and makes a report
run('.ci/bundle.mjs');
const { readMetrics } = await import('../dist/queries/metrics.js');
const { makeRateSql } = await import('../dist/queries/generate/rate-sql.js');
for (const made of makeRateSql(readMetrics())) write(made);
copyAssets();

const { MIGRATIONS } = await import('../dist/pipelines/store/warehouse.js');
const { makeAll } = await import('../dist/queries/generate/generate.js');
const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
await connection.run(`attach ':memory:' as warehouse; attach ':memory:' as marts; use warehouse`);
for (const { file } of MIGRATIONS) await connection.run(readFileSync(file, 'utf8'));
await connection.run("set search_path = 'marts,warehouse'");
for (const made of await makeAll(connection, readText)) write(made);
connection.closeSync();
instance.closeSync();
run('.ci/draw-rooms.mjs');
