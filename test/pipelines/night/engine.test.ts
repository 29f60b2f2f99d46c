import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTimeline } from '../extract/harness.js';
import { type House, openHouse } from '../house.js';

let house: House;
beforeEach(() => {
  house = openHouse();
});
afterEach(() => house.remove());

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server in Trino's place: it answers each statement by its text, and notes what it was asked. */
async function serve(answer: (sql: string) => { status?: number; body?: unknown }) {
  const statements: string[] = [];
  const server = createServer((request, response) => {
    let sql = '';
    request.on('data', (chunk) => {
      sql += chunk;
    });
    request.on('end', () => {
      statements.push(sql);
      const { status = 200, body = {} } = answer(sql);
      response.writeHead(status).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, statements };
}

function configure(settings: Record<string, unknown>): void {
  house.write('parcelmetrics.config.json', JSON.stringify(settings));
}

const number = 'ZQXJ7H3KWVY';
async function importOne(): Promise<void> {
  const body = makeTimeline([number], [['2026-06-02T10:00:00Z', 'accepted']]);
  house.write('archive.ndjson', JSON.stringify({ observed_at: '2026-06-03T00:00:00Z', response: body }));
  await house.run('import', house.path('archive.ndjson'));
}

const elsewhere = (url: string) => ({
  engine: 'trino',
  lake: './lake',
  trinoUrl: url,
  trinoCatalog: 'hive',
  trinoLake: 's3://bucket/lake',
});

describe('build --engine trino', () => {
  it('names the settings that are missing, and builds nothing', async () => {
    await importOne();
    const { exitCode, err } = await house.call('build', '--engine', 'trino');
    expect(exitCode).toBe(2);
    expect(err).toContain('trinoUrl, trinoCatalog, lake, trinoLake are not set');
    expect(existsSync(house.path('data', 'marts.duckdb'))).toBe(false);
  });

  it('that fails at any statement leaves the marts and the snapshot as they were, and drops its schema', async () => {
    await importOne();
    await house.run('build');
    await house.run('publish');
    const files = () =>
      [house.path('data', 'marts.duckdb'), house.path('data', 'published', 'manifest.json')].map((path) =>
        readFileSync(path, 'base64'),
      );
    const before = files();
    const { url, statements } = await serve((sql) => {
      if (sql.startsWith('create table events'))
        return {
          body: {
            id: 'q9',
            error: {
              message: 'a worker is gone',
              errorName: 'REMOTE_HOST_GONE',
              errorType: 'INTERNAL_ERROR',
            },
          },
        };
      // what a build tries first: a catalog that keeps microseconds
      if (sql.endsWith('from probed'))
        return {
          body: {
            id: 'q',
            columns: [{ name: 'at', type: 'varchar' }],
            data: [['2026-06-30 09:41:00.123456']],
          },
        };
      return { body: { id: 'q', columns: [{ name: 'n', type: 'bigint' }], data: [] } };
    });
    configure(elsewhere(url));
    const { exitCode, err } = await house.call('build');
    expect(err).toContain('model events: Trino: a worker is gone (REMOTE_HOST_GONE, query q9)');
    expect(err).toContain('What was published before still stands.');
    expect(exitCode).toBe(4);
    expect(files()).toEqual(before);
    const [schema] = statements.flatMap(
      (sql) => /^create schema (hive\.parcelmetrics_own_\w+)$/.exec(sql)?.[1] ?? [],
    );
    expect(schema).toMatch(/_\d{8}t\d{6}z_[0-9a-f]{6}$/);
    expect(statements.at(-1)).toBe(`drop schema if exists ${schema} cascade`);
    // A build here derives everything and is right.
    expect(await house.run('build', '--engine', 'duckdb')).toContain('checks passed');
  });

  it('drops what a build of this account that was killed has left, and nothing else', async () => {
    await importOne();
    const left = 'parcelmetrics_own_20260601t000000z_abc123';
    const others = ['parcelmetrics_own_mine', 'parcelmetrics_other_20260601t000000z_abc123', 'sales'];
    const { url, statements } = await serve((sql) => {
      if (sql.includes('information_schema.schemata'))
        return {
          body: { columns: [{ name: 'n', type: 'varchar' }], data: [left, ...others].map((name) => [name]) },
        };
      if (sql.startsWith('create schema')) return { status: 401 };
      return { body: {} };
    });
    configure(elsewhere(url));
    const { exitCode, err } = await house.call('build');
    expect(exitCode).toBe(2);
    expect(err).toContain('refuses the sign-in (401)');
    expect(statements.filter((sql) => sql.includes(`hive.${left}`))).toEqual([
      `drop schema if exists hive.${left} cascade`,
    ]);
    for (const other of others) expect(statements.filter((sql) => sql.includes(`hive.${other}`))).toEqual([]);
  });
});

describe('the lake', () => {
  it('is written after an import, and by export --landed; forget takes a number out of every file', async () => {
    configure({ lake: './lake', account: 'shop' });
    await importOne();
    const files = () =>
      (readdirSync(house.path('lake'), { recursive: true, encoding: 'utf8' }) as string[]).filter((name) =>
        name.endsWith('.parquet'),
      );
    expect(files().filter((name) => name.includes('/shop.')).length).toBe(files().length);
    const holding = () => files().filter((name) => readFileSync(house.path('lake', name)).includes(number));
    expect(holding().length).toBe(4);
    expect(await house.run('export', '--landed', house.path('out.ndjson'))).toContain(
      'lake: 0 numbers with news',
    );
    await house.run('forget', number);
    expect(holding()).toEqual([]);
  });
});

describe('forget', () => {
  it('drops what a build that was cut off has left on the engine, and says when it could not', async () => {
    await importOne();
    const left = 'parcelmetrics_own_20260601t000000z_abc123';
    let hasEnded = false;
    const { url, statements } = await serve((sql) => {
      const value = sql.includes('information_schema.schemata') ? left : 'q7';
      hasEnded ||= sql.startsWith('call');
      const data = value === 'q7' && hasEnded ? [] : [[value]];
      return { body: { columns: [{ name: 'n', type: 'varchar' }], data } };
    });
    configure(elsewhere(url));
    await house.run('forget', number);
    expect(statements).toContain(`drop schema if exists hive.${left} cascade`);
    // What is still at work there ends first.
    expect(statements.find((sql) => sql.startsWith('call'))).toContain("query_id => 'q7'");

    // What it wrote into the lake goes all the same, and what another account's builds did stays.
    const [own, other] = ['own', 'own_other'].map((account) =>
      house.path('lake', 'fetched', `parcelmetrics_${account}_20260601t000000z_abc123`, 'rows_1'),
    ) as [string, string];
    for (const folder of [own, other]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(own, '20260601_part'), number);
    configure({ ...elsewhere('http://127.0.0.1:9'), trinoTables: 'ice' });
    const { exitCode, err, out } = await house.call('forget', 'ANOTHER7H3KWVY');
    expect([own, other].map((folder) => existsSync(folder))).toEqual([false, true]);
    expect(exitCode).toBe(0);
    expect(err).toContain('may still hold them');
    expect(out).toContain('forgotten');
    expect(out).toContain('trinoTables');
  });
});

describe('doctor', () => {
  const findingsOf = async () => {
    const { out } = await house.call('doctor', '--json');
    return (JSON.parse(out) as { findings: { check: string; status: string; detail: string }[] }).findings;
  };

  it('says whether the engine answers, takes the sign-in and has the catalog', async () => {
    const { url } = await serve((sql) => {
      const value = sql.includes('node_version') ? '476' : 'hive';
      return { body: { columns: [{ name: 'n', type: 'varchar' }], data: [[value]] } };
    });
    configure(elsewhere(url));
    const found = (await findingsOf()).filter(({ check }) => check === 'engine' || check === 'lake');
    expect(found).toEqual([
      { check: 'lake', status: 'ok', detail: `${house.path('lake')} is made by the first run` },
      { check: 'engine', status: 'ok', detail: `Trino 476 at ${url}, catalog hive` },
    ]);
  });

  it('says how long the tables that last keep what is erased, and names a catalog that cannot have them', async () => {
    const serveCatalog = (connector: string) =>
      serve((sql) => {
        const value = sql.includes('node_version') ? '476' : sql.includes("'ice'") ? connector : 'hive';
        const row = sql.startsWith('show session')
          ? ['ice.expire_snapshots_min_retention', '7.00d']
          : [value];
        return { body: { columns: row.map((_, at) => ({ name: `c${at}`, type: 'varchar' })), data: [row] } };
      });
    const good = await serveCatalog('iceberg');
    configure({ ...elsewhere(good.url), trinoTables: 'ice' });
    const engineOf = async () => (await findingsOf()).find(({ check }) => check === 'engine');
    expect(await engineOf()).toMatchObject({
      status: 'ok',
      detail: `Trino 476 at ${good.url}, catalog hive; tables in ice, where what is erased is deleted after 7.00d`,
    });
    const other = await serveCatalog('memory');
    configure({ ...elsewhere(other.url), trinoTables: 'ice' });
    expect(await engineOf()).toMatchObject({
      status: 'failed',
      detail: 'ice is a catalog of memory',
      exitCode: 2,
    });
  });

  it('names another connector, a sign-in that is refused, and settings that are missing', async () => {
    const iceberg = await serve(() => ({
      body: { columns: [{ name: 'n', type: 'varchar' }], data: [['iceberg']] },
    }));
    const refusing = await serve(() => ({ status: 403 }));
    for (const [settings, detail] of [
      [elsewhere(iceberg.url), 'hive is a catalog of iceberg'],
      [elsewhere(refusing.url), 'refuses the sign-in (403)'],
      [{ engine: 'trino' }, 'are not set'],
    ] as const) {
      configure(settings);
      const [found] = (await findingsOf()).filter(({ check }) => check === 'engine');
      expect(found).toMatchObject({ status: 'failed', exitCode: 2 });
      expect(found?.detail).toContain(detail);
    }
  });
});
