import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DuckDBConnection } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { SeedError } from './errors.js';

type ColumnType = 'varchar' | 'integer' | 'double' | 'boolean';

interface Column {
  name: string;
  type: ColumnType;
  /** May be empty, which becomes null. */
  isOptional?: boolean;
  /** Came after files of analysts were written: these may lack it, which is as if it were empty. */
  isNew?: boolean;
  allowed?: readonly string[];
  pattern?: RegExp;
}

interface Seed {
  name: string;
  key: readonly string[];
  columns: readonly Column[];
  /** Columns that an analyst's own file has to take over as they are, row by row: the models know them. */
  fixed?: readonly string[];
}

const exceptionGroups = ['sender', 'recipient', 'carrier', 'border', 'unattributed'];
const serviceLevels = ['express', 'standard', 'economy', 'freight', 'unknown'];

/** Every seed: its file is `<name>.csv`, its table `seed_<name>` (with seed_row, the row's line in the file). */
const seeds: readonly Seed[] = [
  {
    name: 'status_codes',
    key: ['status_code'],
    columns: [
      { name: 'status_code', type: 'varchar', pattern: /^[a-z0-9_:./=-]{1,64}$/ },
      { name: 'phase', type: 'varchar' },
      { name: 'scan_order', type: 'integer', isOptional: true },
      { name: 'is_scan', type: 'boolean' },
      { name: 'is_exception', type: 'boolean' },
      { name: 'exception_group', type: 'varchar', isOptional: true, allowed: exceptionGroups },
      { name: 'words', type: 'varchar', isOptional: true, isNew: true },
    ],
  },
  {
    name: 'country_zones',
    key: ['country_code'],
    columns: [
      { name: 'country_code', type: 'varchar', pattern: /^[A-Z]{2}$/ },
      { name: 'time_zone', type: 'varchar' },
    ],
  },
  {
    name: 'service_levels',
    key: ['pattern'],
    columns: [
      { name: 'pattern', type: 'varchar' },
      { name: 'service_level', type: 'varchar', allowed: serviceLevels },
    ],
  },
  {
    name: 'operating_days',
    key: ['carrier_code', 'country_code'],
    columns: [
      { name: 'carrier_code', type: 'varchar', isOptional: true },
      { name: 'country_code', type: 'varchar', isOptional: true, pattern: /^[A-Z]{2}$/ },
      { name: 'operating_weekdays', type: 'varchar', pattern: /^(?!.*(.).*\1)[1-7]{1,7}$/ },
    ],
  },
  {
    name: 'carriers',
    key: ['carrier_code'],
    columns: [
      { name: 'carrier_code', type: 'varchar' },
      { name: 'carrier_name', type: 'varchar' },
      { name: 'colour_order', type: 'integer', isOptional: true },
    ],
  },
  {
    name: 'thresholds',
    key: ['name'],
    columns: [
      {
        name: 'name',
        type: 'varchar',
        allowed: [
          'withheld_below',
          'ranked_from',
          'stalled_working_days',
          'stalled_working_days_waiting',
          'standardised_from',
          'adjusted_support_from',
          'alert_weeks',
        ],
      },
      { name: 'value', type: 'double' },
      { name: 'meaning', type: 'varchar', isOptional: true },
    ],
  },
  {
    name: 'metrics',
    key: ['name'],
    fixed: ['name', 'unit', 'cohort', 'horizon_days', 'topic', 'estimator'],
    columns: [
      { name: 'name', type: 'varchar', pattern: /^[a-z][a-z0-9_]*$/ },
      { name: 'title', type: 'varchar' },
      { name: 'unit', type: 'varchar', allowed: ['share 0 to 1', 'hours', 'days', 'count'] },
      { name: 'better', type: 'varchar', isOptional: true, allowed: ['higher', 'lower'] },
      { name: 'cohort', type: 'varchar', isOptional: true, allowed: ['label', 'scan', 'due'] },
      { name: 'horizon_days', type: 'integer', isOptional: true },
      { name: 'alert_horizon', type: 'integer', isOptional: true },
      { name: 'meaning', type: 'varchar' },
      { name: 'counted', type: 'varchar' },
      { name: 'out_of', type: 'varchar' },
      { name: 'cannot_tell', type: 'varchar' },
      {
        name: 'topic',
        type: 'varchar',
        allowed: ['volume', 'first_scan', 'transit', 'promise', 'exceptions', 'adjusted'],
      },
      { name: 'estimator', type: 'varchar', allowed: ['count', 'duration', 'rate', 'adjusted'] },
    ],
  },
];

/** The names of the seed files, without `.csv`. */
export const seedNames: readonly string[] = seeds.map((seed) => seed.name);

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
  if (column.type === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw new SeedError(`${where}: ${column.name} is "${value}", expected true or false`);
  }
  const number = Number(value);
  if (!Number.isFinite(number) || (column.type === 'integer' && !Number.isInteger(number))) {
    throw new SeedError(`${where}: ${column.name} is "${value}", expected a number`);
  }
  return number;
}

interface SeedRow {
  line: number;
  cells: Cell[];
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
  const expected = seed.columns.map((column) => column.name);
  const earlier = seed.columns.filter((column) => !column.isNew).map((column) => column.name);
  if (![expected.join(), earlier.join()].includes(header.join())) {
    throw new SeedError(`${path}: the header is "${header.join()}", expected "${expected.join()}"`);
  }
  const seen = new Map<string, number>();
  return records.slice(1).map(({ record, info }) => {
    const where = `${path}:${info.lines}`;
    const cells = seed.columns.map((column, index) => readCell(column, record[index] ?? '', where));
    const key = JSON.stringify(seed.key.map((name) => cells[expected.indexOf(name)]));
    const before = seen.get(key);
    if (before !== undefined)
      throw new SeedError(`${where}: ${seed.key.join(', ')} already stands in line ${before}`);
    seen.set(key, info.lines);
    return { line: info.lines, cells };
  });
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
    return { seed, rows };
  });
  for (const { seed, rows } of read) {
    const columns = seed.columns.map((column) => `${column.name} ${column.type}`).join(', ');
    await connection.run(`create or replace table seed_${seed.name} (seed_row integer, ${columns})`);
    if (rows.length === 0) continue;
    const width = seed.columns.length + 1;
    const places = rows.map(
      (_, row) => `(${Array.from({ length: width }, (_, column) => `$${row * width + column + 1}`)})`,
    );
    await connection.run(
      `insert into seed_${seed.name} values ${places}`,
      rows.flatMap(({ line, cells }) => [line, ...cells]),
    );
  }
  await requireKnownZones(connection, findSeedFile('country_zones', folder));
  return createHash('sha256')
    .update(JSON.stringify(read.map(({ seed, rows }) => [seed.name, rows.map(({ cells }) => cells)])))
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
