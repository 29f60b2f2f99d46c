import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWarehouse } from '../../pipelines/store/warehouse.js';
import { compilePackage } from './compiled.js';

// What a short answer loads before it is given. Files are counted, not milliseconds: on a shared machine only these stand still.

let compiled = '';
let cwd = '';

beforeAll(async () => {
  compiled = compilePackage();
  cwd = mkdtempSync(join(tmpdir(), 'parcelmetrics-start-'));
  mkdirSync(join(cwd, 'data'));
  const path = join(cwd, 'data', 'warehouse.duckdb');
  const warehouse = await openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'test' });
  await warehouse.close();
  const hooks = join(cwd, 'hooks.mjs');
  writeFileSync(
    hooks,
    `import { appendFileSync } from 'node:fs';
     export async function load(url, context, next) {
       appendFileSync(process.env.LOADED, url + '\\n');
       return next(url, context);
     }`,
  );
  // A module that an import statement asks for passes the hook; one that is required stands in the cache at the end.
  writeFileSync(
    join(cwd, 'watch.mjs'),
    `import { appendFileSync } from 'node:fs';
     import { createRequire, register } from 'node:module';
     register(${JSON.stringify(pathToFileURL(hooks).href)});
     const { cache } = createRequire(import.meta.url);
     process.on('exit', () => appendFileSync(process.env.LOADED, Object.keys(cache).map((path) => path + '\\n').join('')));`,
  );
});

afterAll(() => {
  for (const folder of [compiled, cwd]) rmSync(folder, { recursive: true, force: true });
});

function listLoaded(...args: string[]): string[] {
  const loaded = join(cwd, `loaded-${args[0]}`);
  const ran = spawnSync(
    process.execPath,
    ['--import', join(cwd, 'watch.mjs'), join(compiled, 'pipelines', 'cli.js'), ...args],
    { cwd, encoding: 'utf8', env: { PATH: process.env.PATH, LOADED: loaded } },
  );
  expect(ran.stderr).toBe('');
  expect(ran.status).toBe(0);
  return readFileSync(loaded, 'utf8').trim().split('\n');
}

const packageOf = (path: string) =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1];

describe('a short answer', () => {
  it('of status loads the driver, few of our files, and neither what writes logs nor all of date-fns', () => {
    const loaded = listLoaded('status');
    const packages = loaded.map(packageOf);
    expect(packages).toContain('@duckdb/node-api');
    for (const absent of [
      'pino',
      'pino-pretty',
      'cli-progress',
      'kysely',
      'vega',
      'vega-lite',
      'undici',
      'zod',
    ])
      expect(packages).not.toContain(absent);
    expect(packages.filter((name) => name === 'date-fns').length).toBeLessThan(40);
    expect(loaded.filter((path) => /\/(pipelines|queries|reports)\//.test(path)).length).toBeLessThan(60);
  });

  it('of --version loads no driver', () => {
    const packages = listLoaded('--version').map(packageOf);
    expect(packages).toContain('commander');
    expect(packages).not.toContain('@duckdb/node-api');
  });
});
