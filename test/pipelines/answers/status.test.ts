import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { ChooseFault, Sandbox } from '../../../pipelines/sandbox/server.js';
import { openWarehouse } from '../../../pipelines/store/warehouse.js';
import { type Called, call, makeFolder, makeTimeline, pointAt, showBodies } from '../extract/harness.js';
import { start } from '../sandbox/harness.js';

const clock = new Date('2026-03-03T04:00:00Z');
const at = ['--as-of', clock.toISOString()];

let cwd = '';
beforeEach(() => {
  cwd = makeFolder();
});

const name = (index: number) => `3S${String(index).padStart(5, '0')}`;

async function serve(count: number, faults?: ChooseFault): Promise<Sandbox> {
  const numbers = Array.from({ length: count }, (_, index) => name(index));
  writeFileSync(
    join(cwd, 'parcels.csv'),
    `tracking_number,carrier_code\n${numbers.map((number) => `${number},postnl\n`).join('')}`,
  );
  const bodies = numbers.map((number, index) => {
    const code = ['accepted', 'delivered', 'pup'][index % 3] ?? '';
    return [number, makeTimeline(number, [['2026-03-03T01:00:00Z', code]])];
  });
  const sandbox = await start({ source: showBodies(Object.fromEntries(bodies)), now: clock, faults });
  await call(['register', '--known', join(cwd, 'parcels.csv'), ...at], { cwd });
  return sandbox;
}

it('shows the backlog by state and phase, what is due, dead letters by reason, and the last runs', async () => {
  const detail = [{ loc: ['path', 'tracking_number'], type: 'string_type' }];
  const sandbox = await serve(12, ({ path }) => {
    const index = Number(path.slice(-5));
    if (index === 4 || index === 5) return { kind: 'status', status: 422, body: { detail } };
    return index === 6 ? { kind: 'status', status: 404, body: {} } : null;
  });
  const before = JSON.parse((await call(['status', '--json', ...at], { cwd })).out);
  expect(before).toMatchObject({
    running: null,
    dataAsOf: null,
    backlog: { states: { active: 12 }, due: 12, neverPolled: 12 },
  });

  await call(['extract', '--max-requests', '10', ...at], { cwd, environment: pointAt(sandbox) });
  // As the fifth night would.
  const path = join(cwd, 'data', 'warehouse.duckdb');
  const warehouse = await openWarehouse({ path, memoryLimit: '500MB', threads: 1, command: 'test' });
  await warehouse.connection.run(
    `update registry set state = 'dead', dead_since = refused_at where refused_nights = 1`,
  );
  await warehouse.close();
  const { exitCode, out } = await call(['status', '--as-of', '2026-03-03T16:00:00Z'], { cwd });
  expect(exitCode).toBe(0);
  const lines = out.split('\n');
  expect(lines).toContain('data as of 2026-03-03T04:00:00.000Z');
  expect(lines).toContain('registry: 10 active, 2 dead');
  expect(lines.join('\n')).toContain('  dead: dead letters: given up, since');
  expect(lines.join('\n')).not.toContain('abandoned');
  expect(lines).toContain('still polled: 2 delivered, 3 new, 3 under way, 2 waiting');
  // Those under way, and the two that the budget left.
  expect(lines).toContain('due now: 5 (2 never polled), about 1 min at the configured rate');
  expect(lines).toContain('dead letters: 2 http_422 path.tracking_number string_type');
  expect(out).toMatch(
    /^ {2}\S+Z {2}extract +exit code 3 in \d+ s: 10 requests, 0 retries, 7 landed, 0 refused, 0 dead letters$/m,
  );
  expect(out.indexOf('extract')).toBeLessThan(out.indexOf('register'));
});

it('shows how far a run is that holds the warehouse, batch by batch', async () => {
  const asked: Promise<Called>[] = [];
  let requests = 0;
  const sandbox = await serve(4400, () => {
    requests += 1;
    if (requests === 1 || requests === 4390)
      asked.push(call(['status', '--json', ...at], { cwd }), call(['status', ...at], { cwd }));
    return null;
  });
  expect((await call(['extract', ...at], { cwd, environment: pointAt(sandbox) })).exitCode).toBe(0);
  const [, , late, lateText] = await Promise.all(asked);
  const status = JSON.parse(late?.out ?? '');
  expect(status).toMatchObject({
    running: {
      holder: { pid: process.pid, command: 'extract' },
      state: { phase: 'extract', total: 4400, endedAt: null },
    },
    runs: null,
    backlog: null,
  });
  const { done, requests: sent, landed } = status.running.state;
  expect(done).toBeGreaterThanOrEqual(2000);
  expect(sent).toBeGreaterThanOrEqual(done);
  expect(landed).toBe(done);
  expect(lateText?.out).toMatch(
    /^running: "parcelmetrics extract" \(pid \d+, since .*\)\nextract: \d+ of 4400 at .*\nso far: [24],?\d{3}/,
  );
  const after = JSON.parse((await call(['status', '--json', ...at], { cwd })).out);
  expect(after).toMatchObject({
    running: null,
    last: { command: 'extract', exitCode: 0, requests: 4400, landed: 4400 },
  });
});
