import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSql } from '../../queries/engines/engine.js';
import { openTrino, type TrinoClient } from '../../queries/engines/trino/client.js';
import { listRoutines } from '../../queries/engines/trino/engine.js';
import { findTrino } from './harness.js';

// Each routine of Trino beside the macro that it stands for, on values at the edges and NULL, every one with every other.

const instants = [
  "timestamp '2026-06-30 09:41:00'",
  "timestamp '2026-06-30 00:00:00'",
  "timestamp '2026-06-30 00:00:00.000001'",
  "timestamp '2026-03-29 01:30:00.123456'",
  "timestamp '2025-12-31 23:59:59.999999'",
  "timestamp '1969-12-31 23:59:59.5'",
  "timestamp '2000-02-29 12:00:00'",
  'cast(null as timestamp)',
];
const wholeHours = ['0', '24', '-24', '575e-2', '-35e-1', '14 * 24', '1000000', 'cast(null as double)'];
const zones = [
  "'Europe/Amsterdam'",
  "'America/St_Johns'",
  "'Pacific/Auckland'",
  "'UTC'",
  'cast(null as varchar)',
];
const dates = [
  "date '2026-06-30'",
  "date '2001-01-01'",
  "date '2000-12-31'",
  "date '2024-02-29'",
  "date '1999-01-03'",
  'cast(null as date)',
];
const days = ['0', '1', '-371', '400', 'cast(null as bigint)'];
const weeks = ["'1234555'", "'0123456'", "'1111111'", 'cast(null as varchar)'];
const shares = [
  '0e0',
  '1e0',
  '5e-1',
  '1e-10',
  '999999999999e-12',
  '3333333333333333e-16',
  'cast(null as double)',
];
const variances = ['0e0', '1e-2', '1e-12', '-1e-9', 'cast(null as double)'];
const counts = ['0', '1', '7', '100', '123456789', 'cast(null as bigint)'];
const flags = ['true', 'false'];
const numbers = ['0', '-7', '14', '3', 'cast(null as bigint)'];
const doubles = ['0e0', '-15e-1', '336e0', '1e300', 'cast(null as double)'];

/** Routine | values of each argument. */
const routines: [string, ...string[][]][] = [
  ['hours_between', instants, instants],
  ['add_hours', instants, wholeHours],
  ['is_midnight', instants],
  ['utc_date', instants],
  ['local_date_of_clock', instants, zones],
  ['clock_shift_hours', instants, zones],
  ['shifted_date_of_clock', instants, zones, ['2', '-95e-1', 'cast(null as double)']],
  ['shifted_date', instants, flags, zones, ['2', '-95e-1', 'cast(null as double)']],
  ['local_hour', instants, zones],
  ['iso_weekday', dates],
  ['monday_of', dates],
  ['days_between', dates, dates],
  ['add_days', dates, days],
  ['operating_day_number', dates, weeks],
  ['lesser_of', instants, instants],
  ['lesser_of', dates, dates],
  ['lesser_of', numbers, numbers],
  ['lesser_of', doubles, doubles],
  ['greater_of', instants, instants],
  ['greater_of', dates, dates],
  ['greater_of', numbers, numbers],
  ['greater_of', doubles, doubles],
  ['is_no_number', ["cast('NaN' as double)", '15e-1', 'cast(null as double)']],
  ['z_95'],
  ['wilson_centre', counts, counts],
  ['wilson_half', ['0', '3', '7'], ['7', '100']],
  ['wilson_lo', ['0', '3', '7'], ['0', '7', '100', 'cast(null as bigint)']],
  ['wilson_hi', ['0', '3', '7'], ['0', '7', '100', 'cast(null as bigint)']],
  ['wilson_variance', ['0', '3', '7'], ['7', '100']],
  ['rate', counts, counts],
  ['incidence_limit', shares, variances, ['1', '-1']],
  ['incidence_lo', shares, variances],
  ['incidence_hi', shares, variances],
  ['summand', ['0e0', '-125e-3', '1234567891e-9', 'cast(null as double)']],
  [
    'total',
    ["cast('-0.125' as decimal(38, 18))", "cast('12.5' as decimal(38, 18))", 'cast(null as decimal(38, 18))'],
  ],
  ['rounded', ['1234567894999e-13', '1234567895001e-13', '-25e-1', '1e15', 'cast(null as double)']],
];

function cross(lists: string[][]): string[][] {
  return lists.reduce<string[][]>(
    (made, list) => made.flatMap((row) => list.map((value) => [...row, value])),
    [[]],
  );
}

/** The same value of both engines as one text: instants and dates as SQL writes them, numbers to twelve digits. */
function unify(value: unknown): string {
  if (value === null) return 'null';
  const text = String(value);
  if (/^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text)) return String(Number(Number(text).toPrecision(12)));
  return /:\d\d\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
}

describe('the prelude of Trino', () => {
  let client: TrinoClient;
  let connection: DuckDBConnection;
  const schema = `prelude_${Date.now()}`;

  beforeAll(async () => {
    const server = findTrino();
    client = openTrino({ url: server.url, user: 'test', catalog: server.catalog, schema });
    await client.run(`create schema ${server.catalog}.${schema}`);
    for (const routine of listRoutines(`${server.catalog}.${schema}`)) await client.run(routine);
    connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run("set TimeZone = 'UTC'");
    await connection.run(readSql('prelude'));
  });
  afterAll(async () => {
    await client?.run(`drop schema ${schema} cascade`);
    await client?.close();
  });

  it('has a twin of every function', () => {
    const ofDuckDb = [...readSql('prelude').matchAll(/temp (?:macro|view) (\w+)/g)].map(([, name]) => name);
    const ofTrino = listRoutines('home').map((routine) => /(?:home\.|view )(\w+)/.exec(routine)?.[1]);
    expect([...new Set(ofTrino)].sort()).toEqual([...new Set(ofDuckDb)].sort());
    // event_hash sets apart and stands for nothing: its numbers differ.
    const tested = [...routines.map(([name]) => name), 'integers', 'event_hash'];
    expect(ofDuckDb.filter((name) => !tested.includes(String(name)))).toEqual([]);
  });

  it.each(routines)('%s answers as the macro does', async (name, ...lists) => {
    const rows = cross(lists).map(
      (values, place) => `select ${place} as place, ${name}(${values.join(', ')}) as answer`,
    );
    const sql = `select place, cast(answer as varchar) from (${rows.join('\nunion all\n')}) order by place`;
    const theirs = (await client.readRows(sql)).map(([, value]) => unify(value));
    const ours = (await connection.runAndReadAll(sql)).getRows().map(([, value]) => unify(value));
    const differ = cross(lists).flatMap((values, at) =>
      ours[at] === theirs[at] ? [] : [`(${values.join(', ')}): ${ours[at]}, Trino ${theirs[at]}`],
    );
    expect(differ).toEqual([]);
  });

  it('sets events apart and counts from 0 to 400', async () => {
    const at = "timestamp '2026-06-30 09:41:00'";
    const [row] = await client.readRows(`
      select
        count(distinct event_hash(event_at, is_date_only, event_type, status_code, sub_status_code)),
        (select count(*) from integers),
        (select max(number) from integers)
      from (values (${at}, true, 'a', 'b', 'c'), (${at}, false, 'a', 'b', 'c'), (${at}, true, 'a', 'b', null), (null, true, 'a', 'b', 'c'),
        (${at}, true, null, 'b', 'c'), (${at}, true, 'a', 'b', 'c')) as events (event_at, is_date_only, event_type, status_code, sub_status_code)`);
    expect(row?.map(Number)).toEqual([5, 401, 400]);
  });
});
