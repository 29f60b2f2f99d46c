import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import type { ChooseFault } from '../../../pipelines/sandbox/server.js';
import { simulateParcels } from '../../../pipelines/sandbox/simulate.js';
import { isObject, type Json, type ParcelSource } from '../../../pipelines/sandbox/source.js';
import { start } from '../sandbox/harness.js';
import { EXAMPLE } from '../sendcloud/example.js';
import { call, findInFiles, land, listFiles, makeFolder, openLanding, pointAt } from './harness.js';

const clock = new Date('2026-03-10T04:00:00Z');
const canary = 'kanarie';

/** The example of the API's reference with a canary in every text, and in fields at every level that nobody knows. */
function plantCanaries(value: unknown, path = 'body'): unknown {
  if (typeof value === 'string') return `${canary} at ${path}`;
  if (Array.isArray(value)) return value.map((entry, index) => plantCanaries(entry, `${path}.${index}`));
  if (!isObject(value)) return value;
  const planted = Object.entries(value).map(([name, field]) => [
    name,
    plantCanaries(field, `${path}.${name}`),
  ]);
  return {
    ...Object.fromEntries(planted),
    [`${canary}_field`]: `${canary} unknown`,
    parent_status: `${canary} parent`,
  };
}

/** Such a body, of a number that can be registered and asked for. */
function makeCanaryBody(number: string, changes: Json = {}): Json {
  const body = plantCanaries(EXAMPLE) as Json;
  const [entry] = body.tracking_numbers as Json[];
  // Carriers and options are slugs of what is written: kept on purpose.
  const numbers = [{ ...entry, carrier_code: 'postnl', tracking_number: number }];
  const ship_with = { ...EXAMPLE.ship_with, [`${canary}_field`]: canary };
  return { ...body, tracking_numbers: numbers, ship_with, announced_at: '2026-03-01T09:00:00Z', ...changes };
}

/** Every text of a body that is long enough not to be found by chance, but for what may be kept. */
function listTexts(value: unknown, name = ''): string[] {
  if (typeof value === 'string') {
    const isKept = /_at$|_code$|^(type|event_type|status_type|tracking_number|expected_delivery_date)$/.test(
      name,
    );
    return isKept && !/postal_code/.test(name) ? [] : value.length >= 6 ? [value] : [];
  }
  if (Array.isArray(value)) return value.flatMap((entry) => listTexts(entry, name));
  return isObject(value) ? Object.entries(value).flatMap(([key, field]) => listTexts(field, key)) : [];
}

/** All rows of all tables of a database file, or of a Parquet file, as text by table. */
async function readAll(path: string): Promise<Map<string, string>> {
  const isParquet = path.endsWith('.parquet');
  const instance = isParquet
    ? await DuckDBInstance.create(':memory:')
    : await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const tables = isParquet
    ? [`read_parquet('${path}')`]
    : (
        await connection.runAndReadAll(
          'select schema_name, table_name from duckdb_tables() where not internal',
        )
      )
        .getRows()
        .map(([schema, table]) => `"${schema}"."${table}"`);
  const texts = new Map<string, string>();
  for (const table of tables) {
    const reader = await connection.runAndReadAll(`select cast(data as varchar) from ${table} as data`);
    texts.set(`${path} ${table}`, reader.getRows().join('\n'));
  }
  connection.closeSync();
  instance.closeSync();
  return texts;
}

/** Looks for texts in every value of every database and Parquet file below a folder: their bytes are packed. */
async function findInDatabases(folder: string, texts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of listFiles(folder)) {
    if (!/\.(duckdb|parquet)$/.test(path)) continue;
    for (const [place, content] of await readAll(path)) {
      for (const text of texts) if (content.includes(text)) found.push(`${place}: ${text}`);
    }
  }
  return found;
}

describe('what nobody may see', () => {
  it('is in no byte that is written, on no terminal and in no log, of good nights and of bad ones', async () => {
    const inputs = makeFolder();
    const cwd = makeFolder();
    const data = join(cwd, 'data');
    const parcels = simulateParcels({ seed: 3, count: 40, now: clock, days: 30 });
    const bad: Record<string, object> = {
      CANARY1: makeCanaryBody('CANARY1'),
      CANARY2: makeCanaryBody('CANARY2', { events: canary }),
      CANARY3: makeCanaryBody('CANARY3', { details: { brand_id: canary } }),
      CANARY4: [canary],
    };
    const source: ParcelSource = {
      find: (number, now) => bad[number] ?? parcels.find(number, now),
      *list(now) {
        yield* parcels.list(now);
        for (const trackingNumber of Object.keys(bad))
          yield { trackingNumber, carrierCode: 'postnl', announcedAt: '2026-03-01T09:00:00Z' };
      },
    };
    const text = `${canary} in an error`;
    const detail = [{ loc: ['path', canary], msg: text, type: text, input: text, ctx: { error: text } }];
    const faults: ChooseFault = ({ path, count }) => {
      const number = decodeURIComponent(path.split('/').at(-1) ?? '');
      if (number === 'CANARY5') return { kind: 'status', status: 422, body: { detail } };
      if (number === 'CANARY6') return { kind: 'status', status: 404, body: { detail: text } };
      if (number === 'CANARY7' && count < 2)
        return { kind: 'status', status: 500, body: { errors: [{ detail: text }] } };
      if (number === 'CANARY7' && count < 3)
        return { kind: 'status', status: 200, body: `<html>${text}</html>` };
      return null;
    };
    const sandbox = await start({ source, now: clock, faults, shipments: { updatedAt: 'events' } });
    const environment = pointAt(sandbox);
    const said: string[] = [];
    const run = async (line: string, more: Record<string, string> = {}) => {
      const argv = [...line.split(' '), '--as-of', clock.toISOString()];
      const { exitCode, out, err } = await call(argv, { cwd, environment: { ...environment, ...more } });
      said.push(out, err);
      return exitCode;
    };

    const archive = join(inputs, 'archive.ndjson');
    const lines = [
      makeCanaryBody('CANARY8'),
      makeCanaryBody('CANARY9', { tracking_numbers: text }),
      [text],
      text,
    ];
    lines.push(
      { observed_at: text, response: {} },
      { observed_at: '2026-03-02T00:00:00Z', response: makeCanaryBody('C10') },
    );
    writeFileSync(archive, [...lines.map((one) => JSON.stringify(one)), `{"${text}`, text].join('\n'));
    expect(await run(`import ${archive} -v`)).toBe(3);
    expect(await run(`import ${archive} --log-format json --json`)).toBe(3);

    const numbers = [...parcels.list(clock)].map(({ trackingNumber }) => trackingNumber);
    const listed = [...numbers, ...[1, 2, 3, 4, 5, 6, 7].map((index) => `CANARY${index}`)];
    const known = join(inputs, 'known.csv');
    writeFileSync(
      known,
      `tracking_number,carrier_code,name\n${listed.map((number) => `${number},postnl,${text}\n`).join('')}`,
    );
    expect(await run(`register --known ${known} -v`)).toBe(0);
    expect(await run('sync -v --log-format json')).toBe(0);
    expect(await run('sync -v --json --since 2026-01-01')).toBe(0);

    const cells =
      'announced_at,from_country,from_postal_code,to_country,to_postal_code,contract_id,source_id,order_number';
    const posted = join(inputs, 'posted.csv');
    const personal = `${text},DE,${text},517,${text},${text}`;
    writeFileSync(
      posted,
      `tracking_number,carrier_code,${cells}\nP1,dpd,2026-03-09T10:00:00Z,NL,${personal}\n`,
    );
    expect(await run(`register ${posted} -v --log-format json`)).toBe(0);
    writeFileSync(posted, `tracking_number,carrier_code,${cells}\nP2,dpd,${text},NL,${personal}\n"${text}`);
    expect(await run(`register ${posted} -v`)).toBe(2);

    expect(await run('extract -v')).toBe(3);
    // Refused answers are asked for again.
    expect(await run('nightly -v --log-format json')).toBe(3);
    expect(await run('report --single-file -v --json')).toBe(0);
    expect(await run('status -v')).toBe(0);
    expect(await run('status --json')).toBe(0);
    expect(await run('status --dead-letters')).toBe(0);
    expect(await run('retry-failed')).toBe(0);
    expect(await run('extract -v', { SENDCLOUD_SECRET_KEY: 'wrong-kanarie-key' })).toBe(4);
    expect(await run('doctor -v', { SENDCLOUD_SECRET_KEY: 'wrong-kanarie-key' })).toBe(4);
    expect(await run('doctor -v --json')).toBe(0);

    const { publicKey, secretKey } = sandbox;
    const keys = [publicKey, secretKey, Buffer.from(`${publicKey}:${secretKey}`).toString('base64')];
    const people = numbers.flatMap((number) => listTexts(parcels.find(number, clock)));
    const ofShipments = [
      'order-number-',
      'reference-3S',
      'Ring at the sandbox door',
      'Message about',
      'postal_code=sandbox',
    ];
    const hidden = [canary, ...keys, ...ofShipments, ...new Set(people)];
    expect(hidden.length).toBeGreaterThan(300);
    expect(findInFiles(cwd, hidden)).toEqual([]);
    expect(await findInDatabases(data, hidden)).toEqual([]);
    for (const secret of hidden) expect(said.filter((one) => one.includes(secret))).toEqual([]);

    // The search itself finds what may be there.
    const [kept = ''] = numbers;
    expect((await findInDatabases(data, [kept])).length).toBeGreaterThan(3);
  });

  it('is not in the bytes of the warehouse, its log included, before it is packed', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'data'));
    const connection = await openLanding(join(folder, 'data', 'plain.duckdb'));
    await connection.run("pragma force_compression = 'uncompressed'");
    await land(connection, [{ at: clock.toISOString(), body: makeCanaryBody('3SKEPTNUMBER') }]);
    expect(findInFiles(folder, [canary])).toEqual([]);
    expect(findInFiles(folder, ['3SKEPTNUMBER']).map((place) => place.includes('.wal'))).toContain(true);
    await connection.run('checkpoint');
    expect(findInFiles(folder, [canary])).toEqual([]);
    expect(findInFiles(folder, ['3SKEPTNUMBER', 'invalid_code'])).toHaveLength(2);
  });
});
