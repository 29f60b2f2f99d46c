import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSql } from '../../../../pipelines/answers/sql/run.js';
import { openSession } from '../../../../pipelines/answers/sql/session.js';
import { interruptedError } from '../../../../pipelines/errors.js';
import { openSqlWorld, type SqlWorld } from './world.js';

let world: SqlWorld;
beforeAll(async () => {
  world = await openSqlWorld();
});
afterAll(() => world.remove());

describe('where the query comes from', () => {
  it('takes a query, a file, and stdin', async () => {
    const file = join(world.folder, 'question.sql');
    writeFileSync(file, '\ufeff-- how many?\nselect count(*) as n from parcels;\n');
    const answer = { exitCode: 0, out: 'n\n30\n', err: '' };
    expect(await world.sql('select count(*) as n from parcels')).toEqual(answer);
    expect(await world.sql(undefined, { file })).toEqual(answer);
    const stdin = () => Readable.from(['select count(*)', ' as n from parcels']);
    expect(await world.sql(undefined, {}, { stdin: stdin() })).toEqual(answer);
    expect(await world.sql('-', {}, { stdin: stdin() })).toEqual(answer);
  });

  it.each<[string, Parameters<SqlWorld['sql']>, RegExp]>([
    ['nothing', ['  -- only a comment'], /there is no query/],
    [
      'a file that is not there',
      [undefined, { file: '/nowhere/q.sql' }],
      /\/nowhere\/q\.sql: there is no such file/,
    ],
    ['a folder', [undefined, { file: tmpdir() }], /it is a folder/],
    ['two queries', ['select 1', { file: 'q.sql' }], /given twice/],
    [
      'bytes that are no UTF-8',
      [undefined, {}, { stdin: Readable.from([Buffer.from([0xff, 0xfe])]) }],
      /not UTF-8/,
    ],
    [
      'an example that does not exist',
      ['nonsense', { examples: true }],
      /no example "nonsense"\nThere are: /,
    ],
    [
      'parquet without leave',
      ['select 1', { format: 'parquet', output: 'x.parquet' }],
      /takes --allow-files/,
    ],
    [
      'parquet without a file',
      ['select 1', { format: 'parquet', allowFiles: true }],
      /--output FILE\.parquet/,
    ],
    ['--output for text', ['select 1', { output: 'x.csv' }], /--output is for --format parquet/],
  ])('refuses %s', async (_, [query, options, context], message) => {
    const { exitCode, out, err } = await world.sql(query, options, context);
    expect(err).toMatch(message);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  });

  it('says how to make a snapshot where there is none', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'parcelmetrics-none-'));
    const config = { ...world.context().config, published: empty };
    const { exitCode, err } = await world.sql('select 1', {}, { config });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/nothing is published yet: there is no .*shipping\.duckdb\n.*parcelmetrics nightly/);
    rmSync(empty, { recursive: true });
  });

  it('runs several statements, temporary tables among them, and shows each answer', async () => {
    const script = `
      create or replace temporary table "late; ones" as (select * from parcels where exception_count > 27);
      create temp table if not exists more as from "late; ones";
      select count(*) as n from more; -- ; not the end
      drop table if exists more; drop table "late; ones";
      select 'a;b' as t`;
    expect(await world.sql(script, { format: 'markdown' })).toMatchObject({
      exitCode: 0,
      out: '| n |\n| ---: |\n| 2 |\n\n| t |\n| --- |\n| a;b |\n',
    });
    const { err } = await world.sql('select 1; select 2', { format: 'json' });
    expect(err).toMatch(/2 queries have 2 answers, and json holds one/);
  });
});

describe('--allow-files', () => {
  it('joins files of the user, and says that it can', async () => {
    const csv = join(world.folder, "o'wn.csv");
    writeFileSync(csv, 'tracking_number,price\nT1,3.5\nT3,7\n');
    const path = csv.replaceAll("'", "''");
    const sql = `select carrier_code, price from parcels join '${path}' using (tracking_number) order by 1`;
    const answer = { exitCode: 0, out: 'carrier_code,price\ndpd,7\ngls,3.5\n' };
    const said = { err: expect.stringMatching(/^--allow-files: .*may read CSV.*\n$/) };
    expect(await world.sql(sql, { allowFiles: true })).toEqual({ ...answer, ...said });
    const read = sql.replace(`'${path}'`, `read_csv('${path}')`);
    expect(await world.sql(read, { allowFiles: true })).toMatchObject(answer);
    const { err } = await world.sql("from 'https://example.com/x.csv'", { allowFiles: true });
    expect(err).toMatch(/this machine only/);
  });

  it('writes Parquet whole or not at all, for the owner alone', async () => {
    const output = join(world.folder, 'answer.parquet');
    const options = { format: 'parquet', allowFiles: true, output, parameters: { c: 'dpd' } } as const;
    expect((await world.sql('from parcels where carrier_code = $c -- all', options)).exitCode).toBe(0);
    expect(statSync(output).mode & 0o777).toBe(0o600);
    const back = await world.sql(`select count(*) as n from '${output}'`, { allowFiles: true });
    expect(back.out).toBe('n\n10\n');
    const bytes = readFileSync(output);
    const failing = await world.sql("select error('no') from parcels where carrier_code = $c", options);
    expect(failing).toMatchObject({ exitCode: 2, err: expect.stringContaining('no') });
    expect(readFileSync(output).equals(bytes)).toBe(true);
    expect(readdirSync(world.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    rmSync(output);
  });
});

describe('beside the night', () => {
  it('holds the snapshot that it opened while another is swapped in', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-swap-'));
    const make = async (run: string) => {
      mkdirSync(join(folder, run));
      const instance = await DuckDBInstance.create(join(folder, run, 'shipping.duckdb'));
      const connection = await instance.connect();
      await connection.run(`create table run as select '${run}' as name`);
      connection.closeSync();
      instance.closeSync();
      symlinkSync(run, join(folder, 'next'));
      renameSync(join(folder, 'next'), join(folder, 'published'));
    };
    await make('monday');
    const config = { ...world.context().config, published: join(folder, 'published') };
    const session = await openSession(config, false);
    await make('tuesday');
    rmSync(join(folder, 'monday'), { recursive: true });
    const [held] = (await session.connection.runAndReadAll('select name from run')).getRows();
    session.close();
    expect(held).toEqual(['monday']);
    expect((await world.sql('select name from run', {}, { config })).out).toBe('name\ntuesday\n');
    rmSync(folder, { recursive: true });
  });

  it('reads a snapshot that it may not write, and leaves nothing behind', async () => {
    const published = join(world.folder, 'published');
    const before = world.listFiles();
    chmodSync(published, 0o500);
    try {
      expect((await world.sql('select count(*) as n from parcels')).out).toBe('n\n30\n');
    } finally {
      chmodSync(published, 0o755);
    }
    expect(world.listFiles()).toEqual(before);
  });

  it('spills into a folder of its own, mode 0700, that is gone afterwards', async () => {
    const base = world.context().config;
    const config = {
      ...base,
      memoryLimit: '64MB',
      sources: { ...base.sources, memoryLimit: 'file' } as const,
    };
    const session = await openSession(config, false);
    const named = await session.connection.runAndReadAll("select current_setting('temp_directory')");
    const folder = String(named.getRows()[0]?.[0]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await session.connection.run('create temp table big as select md5(range::varchar) from range(2000000)');
    expect(readdirSync(folder)).not.toEqual([]);
    session.close();
    expect(() => statSync(folder)).toThrow('ENOENT');
  });
});

describe('stopping', () => {
  const endless = 'select sum(a.range * b.range) from range(10000000) a, range(10000000) b';

  it('stops a query that computes, with the reason of the signal', async () => {
    const stop = new AbortController();
    const ran = runSql(world.context({ signal: stop.signal }), {
      query: endless,
      parameters: {},
      format: 'csv',
      allowFiles: false,
      examples: false,
    });
    // The query reaches DuckDB some time after the start; an abort before that has to work as well.
    setImmediate(() => stop.abort(interruptedError('SIGTERM')));
    await expect(ran).rejects.toMatchObject({ exitCode: 143 });
  });

  it('stops a query whose rows are being written', async () => {
    const stop = new AbortController();
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        stop.abort(interruptedError('SIGINT'));
        done();
      },
    });
    expect(await world.sql('from range(1000000000)', {}, { stdout, signal: stop.signal })).toMatchObject({
      exitCode: 130,
    });
  });

  it('ends quietly when the reader of the pipe leaves', async () => {
    let count = 0;
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        count++;
        done(count > 3 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null);
      },
    });
    expect(await world.sql('from range(1000000000)', {}, { stdout })).toEqual({
      exitCode: 0,
      out: '',
      err: '',
    });
    expect(count).toBeLessThan(10);
  });

  it('waits for a slow reader, so that many rows take little memory', async () => {
    let bytes = 0;
    let mostWaiting = 0;
    const stdout = new Writable({
      highWaterMark: 65_536,
      write(chunk, _encoding, done) {
        bytes += chunk.length;
        mostWaiting = Math.max(mostWaiting, stdout.writableLength);
        setImmediate(done);
      },
    });
    const { exitCode } = await world.sql(
      "select range, 'some text or other' from range(300000)",
      {},
      { stdout },
    );
    expect(exitCode).toBe(0);
    expect(bytes).toBeGreaterThan(7e6);
    expect(mostWaiting).toBeLessThan(300_000);
  });
});

describe('stdin that never ends', () => {
  it('is given up at the signal', async () => {
    const stop = new AbortController();
    const ran = world.sql(undefined, {}, { stdin: new PassThrough(), signal: stop.signal });
    stop.abort(interruptedError('SIGINT'));
    expect((await ran).exitCode).toBe(130);
  });
});
