import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DuckDBAppender, DuckDBConnection, DuckDBDateValue } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { millisecondsInDay } from 'date-fns/constants';
import { isMatch } from 'date-fns/isMatch';
import { SeedError } from './errors.js';
import { type Column, type Seed, seeds } from './seed-files.js';

type Cell = string | number | boolean | null;

function readCell(column: Column, text: string, where: string): Cell {
  const value = text.trim();
  if (value === '') {
    if (column.isOptional) return null;
    throw new SeedError(`${where}: ${column.name} is empty`);
  }
  if (column.allowed && !column.allowed.includes(value)) {
    throw new SeedError(
      `${where}: ${column.name} is "${value}", expected one of ${column.allowed.join(', ')}`,
    );
  }
  if (column.pattern && !column.pattern.test(value)) {
    throw new SeedError(
      `${where}: ${column.name} is "${value}", which does not fit ${column.pattern.source}`,
    );
  }
  if (column.type === 'varchar') return value;
  if (column.type === 'date') {
    if (/^\d{4}-\d\d-\d\d$/.test(value) && isMatch(value, 'yyyy-MM-dd')) return value;
    throw new SeedError(`${where}: ${column.name} is "${value}", expected a day as 2026-01-31`);
  }
  if (column.type === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw new SeedError(`${where}: ${column.name} is "${value}", expected true or false`);
  }
  const number = Number(value);
  if (!Number.isFinite(number) || (column.type === 'integer' && !Number.isInteger(number))) {
    throw new SeedError(`${where}: ${column.name} is "${value}", expected a number`);
  }
  const [least, most] = column.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (number < least || number > most) {
    throw new SeedError(`${where}: ${column.name} is ${value}, expected ${least} to ${most}`);
  }
  return number;
}

interface SeedRow {
  line: number;
  cells: Cell[];
}

interface SeedFile {
  seed: Seed;
  rows: SeedRow[];
  path: string;
}

function readSeed(seed: Seed, path: string): SeedRow[] {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(readFileSync(path, 'utf8'), {
      bom: true,
      comment: '#',
      comment_no_infix: true,
      info: true,
      skip_empty_lines: true,
    }) as unknown as typeof records;
  } catch (error) {
    throw new SeedError(`${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const header = records[0]?.record.map((name) => name.trim()) ?? [];
  const isRead = ({ name, isNew }: Column) => !isNew || header.includes(name);
  const expected = seed.columns.filter(isRead).map((column) => column.name);
  if (header.join() !== expected.join()) {
    throw new SeedError(`${path}: the header is "${header.join()}", expected "${expected.join()}"`);
  }
  const seen = new Map<string, number>();
  return records.slice(1).map(({ record, info }) => {
    const where = `${path}:${info.lines}`;
    const cells = seed.columns.map((column) =>
      readCell(column, record[expected.indexOf(column.name)] ?? '', where),
    );
    const key = JSON.stringify(seed.key.map((name) => cells[placeOf(seed, name)]));
    const before = seen.get(key);
    if (before !== undefined)
      throw new SeedError(`${where}: ${seed.key.join(', ')} already stands in line ${before}`);
    seen.set(key, info.lines);
    return { line: info.lines, cells };
  });
}

function placeOf(seed: Seed, name: string): number {
  return seed.columns.findIndex((column) => column.name === name);
}

/** A target is set for a rate of which one way is good, and for days that are some. */
function requireTargets(targets: SeedFile, metrics: SeedFile): void {
  const cellOf = ({ seed }: SeedFile, { cells }: SeedRow, name: string) => cells[placeOf(seed, name)] ?? null;
  const names = metrics.rows
    .filter((row) => cellOf(metrics, row, 'estimator') === 'rate' && cellOf(metrics, row, 'better') !== null)
    .map((row) => String(cellOf(metrics, row, 'name')));
  for (const row of targets.rows) {
    const where = `${targets.path}:${row.line}`;
    const metric = String(cellOf(targets, row, 'metric'));
    if (!names.includes(metric)) {
      throw new SeedError(
        `${where}: metric is "${metric}", expected a rate of which one way is good: ${names.join(', ')}`,
      );
    }
    const [from, to] = ['from_date', 'to_date'].map((name) => cellOf(targets, row, name));
    if (from && to && from > to)
      throw new SeedError(`${where}: from_date ${from} is later than to_date ${to}`);
  }
}

/** An own file may change words; which rows there are, and what the models know of them, is as in the built-in one. */
function requireFixed(seed: Seed, rows: readonly SeedRow[], path: string): void {
  const builtIn = findSeedFile(seed.name, null);
  if (!seed.fixed || path === builtIn) return;
  const places = seed.fixed.map((name) => seed.columns.findIndex((column) => column.name === name));
  const keyOf = ({ cells }: SeedRow) => String(cells[places[0] ?? 0]);
  const own = new Map(rows.map((row) => [keyOf(row), row]));
  for (const expected of readSeed(seed, builtIn)) {
    const found = own.get(keyOf(expected));
    if (!found) throw new SeedError(`${path}: ${keyOf(expected)} is missing; copy its row from ${builtIn}`);
    own.delete(keyOf(expected));
    const place = places.find((at) => found.cells[at] !== expected.cells[at]);
    if (place !== undefined) {
      throw new SeedError(
        `${path}:${found.line}: ${seed.columns[place]?.name} of ${keyOf(expected)} is "${found.cells[place] ?? ''}", expected "${expected.cells[place] ?? ''}": the models know it so`,
      );
    }
  }
  const [stranger] = own.values();
  if (stranger)
    throw new SeedError(`${path}:${stranger.line}: no model makes ${keyOf(stranger)}; leave the row out`);
}

/** The rows of a built-in seed, as objects. */
export function readBuiltInSeed<Row>(name: string): Row[] {
  const seed = seeds.find((each) => each.name === name);
  if (!seed) throw new RangeError(`there is no seed ${name}`);
  return readSeed(seed, findSeedFile(name, null)).map(
    ({ cells }) => Object.fromEntries(seed.columns.map((column, at) => [column.name, cells[at]])) as Row,
  );
}

/** The file of a seed: the analyst's own in `folder` where it exists, else the built-in one. */
export function findSeedFile(name: string, folder: string | null): string {
  const own = folder === null ? null : join(folder, `${name}.csv`);
  return own !== null && existsSync(own)
    ? own
    : fileURLToPath(new URL(`./seeds/${name}.csv`, import.meta.url));
}

/** Writes rows into a table; an insert with that many values would take ten times as long, to be planned. */
function appendRows(
  appender: DuckDBAppender,
  { columns }: Seed,
  rows: readonly SeedRow[],
  toDate: (day: string) => DuckDBDateValue,
): void {
  for (const { line, cells } of rows) {
    appender.appendInteger(line);
    for (const [place, cell] of cells.entries()) {
      const type = columns[place]?.type;
      if (cell === null) appender.appendNull();
      else if (type === 'integer') appender.appendInteger(Number(cell));
      else if (type === 'double') appender.appendDouble(Number(cell));
      else if (type === 'boolean') appender.appendBoolean(cell === true);
      else if (type === 'date') appender.appendDate(toDate(String(cell)));
      else appender.appendVarchar(String(cell));
    }
    appender.endRow();
  }
  appender.closeSync();
}

/**
 * Reads and checks every seed and writes it as table `seed_<name>`.
 * @returns a fingerprint of all seeds: another one means that everything derived from them is made again.
 * @throws SeedError naming file, line and value; no table is changed then.
 */
export async function loadSeeds(connection: DuckDBConnection, folder: string | null): Promise<string> {
  const read = seeds.map((seed) => {
    const path = findSeedFile(seed.name, folder);
    const rows = readSeed(seed, path);
    requireFixed(seed, rows, path);
    return { seed, rows, path };
  });
  const fileOf = (name: string) => read.find(({ seed }) => seed.name === name);
  const [targets, metrics] = [fileOf('targets'), fileOf('metrics')];
  if (targets && metrics) requireTargets(targets, metrics);
  const { DuckDBDateValue } = await import('./driver.js');
  const toDate = (day: string) => new DuckDBDateValue(Date.parse(`${day}T00:00:00Z`) / millisecondsInDay);
  for (const { seed, rows } of read) {
    const columns = seed.columns.map((column) => `${column.name} ${column.type}`).join(', ');
    await connection.run(`create or replace table seed_${seed.name} (seed_row integer, ${columns})`);
    appendRows(await connection.createAppender(`seed_${seed.name}`), seed, rows, toDate);
  }
  await requireKnownZones(connection, findSeedFile('country_zones', folder));
  return createHash('sha256')
    .update(
      JSON.stringify(
        read
          .filter(({ seed }) => !seed.isApart)
          .map(({ seed, rows }) => [seed.name, rows.map(({ cells }) => cells)]),
      ),
    )
    .digest('hex');
}

async function requireKnownZones(connection: DuckDBConnection, path: string): Promise<void> {
  const unknown = await connection.runAndReadAll(`
    select zones.country_code, zones.time_zone, zones.seed_row
    from seed_country_zones as zones
    left join pg_timezone_names() as known on zones.time_zone = known.name
    where known.name is null
    order by zones.seed_row
    limit 1`);
  const [row] = unknown.getRows();
  if (row)
    throw new SeedError(
      `${path}:${row[2]}: the zone of ${row[0]} is "${row[1]}", which is no time zone of the IANA database`,
    );
}
