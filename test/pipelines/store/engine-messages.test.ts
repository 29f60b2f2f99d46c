import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeError } from '../../../pipelines/errors.js';
import { firstLine } from '../../../pipelines/store/database.js';
import { ModelError } from '../../../queries/errors.js';
import { call, listFiles, makeFolder, makeTimeline } from '../extract/harness.js';

// The engine quotes the value that it could not use, and the value may be somebody's.
const canary = 'CANARY van Dijk';

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run('create table seen (value varchar unique)');
});
afterAll(() => connection.closeSync());

describe('an error of the engine', () => {
  const write = (name: string, text: string) => {
    const path = join(makeFolder(), name);
    writeFileSync(path, text);
    return path;
  };

  it.each([
    ['a cast', () => 'select cast($1 as integer)'],
    ['a cast to a time', () => 'select cast($1 as timestamp)'],
    ['a cast to a date', () => 'select cast($1 as date)'],
    ['JSON', () => 'select json($1)'],
    ['a path into JSON', () => "select json_extract($1, '$.a')"],
    ['a time zone', () => 'select timezone($1, now())'],
    ['a format', () => "select strptime($1, '%Y')"],
    ['a key that is there', () => 'insert into seen select $1 from range(2)'],
    ['a message of ours', () => 'select error($1)'],
    [
      'a line of JSON',
      () =>
        `select *, $1 from read_json('${write('a.ndjson', `{"a": "${canary}"}\n`)}', columns = {a: 'integer'})`,
    ],
    [
      'a line of CSV',
      () =>
        `select *, $1 from read_csv('${write('a.csv', `a,b\n${canary},1\n`)}', columns = {'a': 'integer', 'b': 'integer'})`,
    ],
  ])('of %s is told without the value, in a message, in its chain and within a model', async (_, sql) => {
    const error = await connection.run(sql(), [canary]).then(
      () => null,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toContain('CANARY');
    const told = [error, new ModelError('parcels', error), new Error('while landing', { cause: error })].map(
      (one) => describeError(one),
    );
    expect(JSON.stringify([told, firstLine(error)])).not.toContain('CANARY');
    expect(told[0]).toMatchObject({ exitCode: 1, line: expect.stringMatching(/Error.*withheld/) });
  });

  it('that speaks of our SQL or of a file is told whole', async () => {
    const error = await connection.run('select nothing from nowhere').catch((caught: unknown) => caught);
    expect(describeError(error).line).toContain('nowhere');
  });
});

describe('a file that the engine cannot read', () => {
  it('is named with its line by restore, and nothing of it is said or kept', {
    timeout: 120_000,
  }, async () => {
    const cwd = makeFolder();
    const data = join(cwd, 'data');
    const run = (line: string) =>
      call([...line.split(' '), '-v'], { cwd, environment: { PARCELMETRICS_DATA: data } });
    const landed = join(cwd, 'landed.ndjson');
    writeFileSync(
      landed,
      `${JSON.stringify({ observed_at: '2026-03-02T00:00:00Z', response: makeTimeline('A', []) })}\n`,
    );
    for (const [name, text] of [
      ['not JSON', `{"kind": "number"}\n{"kind": ${canary}\n`],
      ['a text for a time', `{"kind": "number", "tracking_number": "A", "registered_at": "${canary}"}\n`],
      ['a text for a number', `{"kind": "number", "tracking_number": "A", "failure_count": "${canary}"}\n`],
    ] as const) {
      writeFileSync(join(cwd, 'landed.registry.ndjson'), text);
      const { exitCode, out, err } = await run(`restore ${landed} --yes`);
      expect({ name, exitCode, err }).toEqual({
        name,
        exitCode: 2,
        err: expect.stringMatching(
          /landed\.registry\.ndjson(:\d+)? is not the registry of an export\n.*Nothing was changed/,
        ),
      });
      expect(out + err).not.toContain('CANARY');
    }
    expect(listFiles(data).filter((path) => readFileSync(path).includes('CANARY'))).toEqual([]);
  });
});
