import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sandbox } from '../../../pipelines/sandbox/server.js';
import { readRunFile } from '../../../pipelines/store/runs.js';
import { openWarehouse } from '../../../pipelines/store/warehouse.js';
import { compilePackage } from '../compiled.js';
import { start } from '../sandbox/harness.js';
import { askFile, call, findInFiles, makeFolder, makeTimeline, pointAt } from './harness.js';

let compiled = '';
beforeAll(() => {
  compiled = compilePackage();
});
afterAll(() => rmSync(compiled, { recursive: true, force: true }));

const clock = new Date('2026-03-03T04:00:00Z');

/** A source in which every number is a parcel. */
const serveAll = (onRequest: () => void = () => {}) =>
  start({
    source: {
      find: (number) =>
        makeTimeline(
          number,
          [['2026-03-02T10:00:00Z', 'accepted', { status_description: 'signed by CANARY' }]],
          {
            to_address: { country_code: 'DE', postal_code: '10CANARY', name: 'CANARY' },
          },
        ),
      list: () => [],
    },
    now: clock,
    faults: () => {
      onRequest();
      return null;
    },
  });

/** Fills a registry of so many parcels, without asking anybody. */
async function fillRegistry(cwd: string, count: number): Promise<string> {
  const path = join(cwd, 'data', 'warehouse.duckdb');
  const warehouse = await openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'test' });
  await warehouse.connection.run(
    `insert into registry
       (tracking_number, carrier_code, registered_at, origin, state, phase, not_found_count, failure_count)
     select concat('3S', lpad(range::varchar, 9, '0')), 'postnl', timestamp '2026-03-01', 'known', 'active', 'new', 0, 0
     from range($1::bigint)`,
    [count],
  );
  await warehouse.close();
  return path;
}

/** The real program as a process; at its end it says how much memory it took. */
function startProgram(cwd: string, sandbox: Sandbox, ...argv: string[]): ChildProcess {
  const url = pathToFileURL(join(compiled, 'pipelines', 'cli.js')).href;
  const code = `import { main } from ${JSON.stringify(url)};
    const exitCode = await main(${JSON.stringify(argv)});
    process.send({ largestKilobytes: process.resourceUsage().maxRSS }, () => process.exit(exitCode));`;
  return spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd,
    env: { PATH: process.env.PATH, ...pointAt(sandbox) },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

it('loses at most the batch in flight when it is killed, and the next run goes on', async () => {
  const cwd = makeFolder();
  const path = await fillRegistry(cwd, 4800);
  let child: ChildProcess | null = null;
  const sandbox = await serveAll(() => {
    // The first batch of 2000 is committed, the second is being gathered or written.
    if ((readRunFile(path)?.done ?? 0) >= 2000) child?.kill('SIGKILL');
  });
  child = startProgram(cwd, sandbox, 'extract', '--as-of', clock.toISOString());
  await once(child, 'exit');
  expect(existsSync(`${path}.lock`)).toBe(true);
  // What lies on the disk is what a power cut leaves: no more of a body than the allow-list has.
  expect(findInFiles(cwd, ['CANARY', sandbox.secretKey, sandbox.publicKey])).toEqual([]);
  const { exitCode, out, err } = await call(['extract', '--as-of', clock.toISOString()], {
    cwd,
    environment: pointAt(sandbox),
  });
  expect(exitCode).toBe(0);
  expect(err).toContain('is gone without an end');
  const again = Number(/^(\d+) parcels polled/.exec(out)?.[1]);
  expect(again).toBeLessThanOrEqual(2800);
  expect(again).toBeGreaterThanOrEqual(800);
  expect(await askFile(path, 'select count(*) from landed_polls')).toBe('4800');
  expect(await askFile(path, 'select count(distinct tracking_number) from landed_events')).toBe('4800');
});

it('stays under 300 MB with 300,000 parcels in the registry', async () => {
  const cwd = makeFolder();
  const path = await fillRegistry(cwd, 300_000);
  const sandbox = await serveAll();
  const child = startProgram(
    cwd,
    sandbox,
    'extract',
    '--max-requests',
    '2000',
    '--as-of',
    clock.toISOString(),
  );
  const [[message], [exitCode]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  expect(exitCode).toBe(3);
  expect(await askFile(path, 'select count(*) from landed_polls')).toBe('2000');
  expect(message.largestKilobytes / 1024).toBeLessThan(300);
});
