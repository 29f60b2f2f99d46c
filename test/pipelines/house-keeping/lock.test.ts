import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { acquireLock, lockPath } from '../../../pipelines/store/lock.js';
import { call, makeFolder } from '../extract/harness.js';

it('keeps everything that writes away from a warehouse in use, and nothing that only reads', async () => {
  const cwd = makeFolder();
  const [list, copy] = [join(cwd, 'a.csv'), join(cwd, 'copy.duckdb')];
  writeFileSync(list, 'tracking_number\nA\n');
  const run = (...argv: string[]) => call(argv, { cwd });
  expect(await run('register', '--known', list)).toMatchObject({ exitCode: 0 });
  const warehouse = join(cwd, 'data', 'warehouse.duckdb');
  writeFileSync(copy, readFileSync(warehouse));
  const before = readFileSync(warehouse);

  const lock = await acquireLock(lockPath(warehouse), 'nightly');
  for (const argv of [
    ['restore', copy, '--yes'],
    ['forget', 'A'],
    ['vacuum'],
    ['build'],
    ['import', list],
    ['register', '--known', list],
    ['retry-failed'],
  ]) {
    const { exitCode, err } = await run(...argv);
    expect({ argv, exitCode, err }).toEqual({
      argv,
      exitCode: 6,
      err: expect.stringContaining(`"parcelmetrics nightly" (pid ${process.pid}`),
    });
  }
  expect(readFileSync(warehouse).equals(before)).toBe(true);
  expect(await run('status')).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('running: "parcelmetrics nightly"'),
  });
  expect((await run('doctor')).out).toContain('held by "parcelmetrics nightly"');
  // What is wrong with sql is that nothing was published yet.
  expect(await run('sql', 'select 1')).toMatchObject({
    exitCode: 2,
    err: expect.not.stringContaining('another run'),
  });
  lock.release();
  expect(await run('vacuum')).toMatchObject({ exitCode: 0 });
});
