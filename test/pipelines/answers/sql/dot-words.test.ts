import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSqlCommand } from '../../../../pipelines/answers/sql/run.js';
import { openSqlWorld, type SqlWorld } from './world.js';

let world: SqlWorld;
beforeAll(async () => {
  world = await openSqlWorld();
});
afterAll(() => world.remove());

describe('a dot word on the command line', () => {
  it('answers as rows, in any format', async () => {
    const answer = {
      exitCode: 0,
      out: 'table,rows,meaning\nevents,30,\nparcels,30,one row a parcel\n',
      err: '',
    };
    expect(await world.sql('.tables')).toEqual(answer);
    expect(await world.sql(' .TABLES; ')).toEqual(answer);
    expect(await world.sql(undefined, {}, { stdin: Readable.from(['.tables\n']) })).toEqual(answer);
    const file = join(world.folder, 'tables.sql');
    writeFileSync(file, '.tables\n');
    expect(await world.sql(undefined, { file })).toEqual(answer);
    const { out } = await world.sql('.schema PARCELS', { format: 'json' });
    expect(JSON.parse(out)[1]).toEqual({
      column: 'carrier_code',
      type: 'VARCHAR',
      meaning: 'who carries it',
    });
  });

  it('answers as text on stdout', async () => {
    expect(await world.sql('help')).toEqual(await world.sql('.help'));
    expect((await world.sql('.help')).out).toMatch(/^A query may span lines[\s\S]*\.quit/);
    const { out } = await world.sql('.help', { format: 'json' });
    expect(JSON.parse(out)).toEqual({ text: (await world.sql('.help')).out });
    expect((await world.sql('.examples')).out).toContain('--examples lanes_to_move');
    expect((await world.sql('.examples lanes_to_move')).out).toMatch(/^-- Which lanes should move/);
    expect(await world.sql('.quit')).toEqual({ exitCode: 0, out: '', err: '' });
  });

  it.each([
    ['.nonsense', {}, 'there is no .nonsense\nThere are: .tables'],
    ['\\d parcels', {}, 'there is no \\d\nThere are: .tables'],
    ['.schema prcels', {}, 'there is no table prcels'],
    ['.mode csv', {}, '.mode is for the prompt\nUse --format csv.'],
    ['.tables', { parameters: { carrier: 'dpd' } }, '-p carrier: .tables takes no parameters'],
    [
      '.tables',
      { format: 'parquet', output: 'x.parquet', allowFiles: true },
      '.tables writes no Parquet\nLeave --format out.',
    ],
  ] as const)('refuses %s %j', async (word, options, message) => {
    const { exitCode, out, err } = await world.sql(word, options);
    expect(err).toContain(message);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  });

  it('leaves SQL alone that begins with a point', async () => {
    expect((await world.sql('.5 + 1')).err).toContain('syntax error');
  });
});

it('examples are an array under --json, with all that is needed to run them', async () => {
  const { out } = await world.sql(undefined, { format: 'json', examples: true });
  const found = JSON.parse(out).find(({ name }: { name: string }) => name === 'does_express_pay');
  expect(found).toMatchObject({
    question: expect.stringContaining('express'),
    parameters: ['extra_cost=4.50'],
    sql: expect.stringContaining('$extra_cost'),
  });
});

it('the prompt writes no Parquet', async () => {
  const { exitCode, err } = await world.sql(
    undefined,
    { format: 'parquet', output: 'x.parquet', allowFiles: true },
    { isTerminal: true },
  );
  expect({ exitCode, err }).toEqual({
    exitCode: 2,
    err: '--format parquet needs a query\nThe prompt shows rows and writes no file.',
  });
});

/** What a terminal shows that says this of its width. */
async function showOn(columns: number | undefined): Promise<string> {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns });
  const { config, signal } = world.context();
  const context = {
    config,
    signal,
    options: { parameters: {}, format: 'table', allowFiles: false, examples: false },
    args: ["select repeat('x', 200) as wide, 7 as n"],
    streams: { stdin: new PassThrough(), stdout, stderr: new PassThrough() },
  } as unknown as Parameters<typeof runSqlCommand>[0];
  expect(await runSqlCommand(context)).toBe(0);
  return String(stdout.read());
}

it('a terminal that does not tell its width, or none, gets a table of 80 columns', async () => {
  const usual = await showOn(80);
  expect(usual.split('\n')[2]).toMatch(/^x+… │ 7$/);
  expect(usual.split('\n')[2]).toHaveLength(80);
  expect(await showOn(0)).toBe(usual);
  expect(await showOn(undefined)).toBe(usual);
  expect((await showOn(120)).split('\n')[2]).toHaveLength(120);
});
