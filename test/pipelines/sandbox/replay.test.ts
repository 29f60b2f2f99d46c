import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readReplay } from '../../../pipelines/sandbox/replay.js';
import { call, start } from './harness.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-replay-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(content: string | Buffer, name = 'replay.ndjson'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const early = { event_at: '2026-11-01T08:00:00Z', event_type: 'carrier', status_code: 'accepted' };
const late = {
  event_at: '2026-11-02T08:00:00+01:00',
  status_code: 'delivered',
  status_description: 'Signed: E. Mustermann',
};
const body = {
  announced_at: '2026-10-31T08:00:00Z',
  details: { expected_delivery_date: null, surprise: [1, { deep: true }] },
  events: [late, early, { status_code: 'no time' }],
  parent_status: 'shipped',
  to_address: { name: 'Erika Mustermann', postal_code: '50667' },
  tracking_numbers: [
    { carrier_code: 'dpd', tracking_number: 'A1' },
    { carrier_code: 'dhl', tracking_number: 'B/2' },
  ],
};

it('serves a body exactly as it came, plain or packed, by any of its numbers', async () => {
  const line = `${JSON.stringify(body)}\r\n\n`;
  for (const path of [await write(line), await write(gzipSync(line), 'replay.ndjson.gz')]) {
    const sandbox = await start({ source: await readReplay(path), now: new Date('2026-11-02T07:00:00Z') });
    expect((await call(sandbox, '/parcels/tracking/A1')).text).toBe(JSON.stringify(body));
    expect((await call(sandbox, '/parcels/tracking/B%2F2')).text).toBe(JSON.stringify(body));
    expect((await call(sandbox, '/parcels/tracking/C3')).status).toBe(404);
  }
});

it('hides what is later than the clock, and nothing else', async () => {
  const sandbox = await start({ source: await readReplay(await write(JSON.stringify(body))) });
  sandbox.setNow(new Date('2026-11-02T06:59:59Z'));
  const shown = { ...body, events: [early, { status_code: 'no time' }] };
  expect((await call(sandbox, '/parcels/tracking/A1')).text).toBe(JSON.stringify(shown));
  sandbox.setNow(new Date('2026-10-31T07:59:59Z'));
  expect((await call(sandbox, '/parcels/tracking/A1')).status).toBe(404);
});

it('shows the latest observation made by then, cut at the clock', async () => {
  const observe = (observedAt: string, promise: string) =>
    JSON.stringify({
      observed_at: observedAt,
      response: { ...body, details: { expected_delivery_date: promise } },
    });
  const path = await write(
    [observe('2026-11-02T05:00:00Z', '2026-11-04'), observe('2026-11-01T05:00:00Z', '2026-11-03')].join('\n'),
  );
  const source = await readReplay(path);
  const promiseAt = (now: string) => source.find('B/2', new Date(now));
  expect(promiseAt('2026-11-01T04:59:59Z')).toBeNull();
  expect(promiseAt('2026-11-01T05:00:00Z')).toMatchObject({
    details: { expected_delivery_date: '2026-11-03' },
  });
  expect(promiseAt('2026-11-02T05:00:00Z')).toMatchObject({
    details: { expected_delivery_date: '2026-11-04' },
    events: [early, { status_code: 'no time' }],
  });
});

it('lists a parcel once, by its first number, from its label on', async () => {
  const earlier = { ...body, tracking_numbers: body.tracking_numbers.slice(0, 1) };
  const turned = { ...body, tracking_numbers: body.tracking_numbers.toReversed() };
  const lines = [
    { observed_at: '2026-11-01T00:00:00Z', response: earlier },
    { observed_at: '2026-11-02T00:00:00Z', response: body },
    { observed_at: '2026-11-03T00:00:00Z', response: turned },
  ];
  const source = await readReplay(await write(lines.map((line) => JSON.stringify(line)).join('\n')));
  expect([...source.list(new Date('2026-10-31T23:00:00Z'))]).toEqual([]);
  expect([...source.list(new Date('2026-11-02T00:00:00Z'))]).toEqual([
    { trackingNumber: 'A1', carrierCode: 'dpd', announcedAt: '2026-10-31T08:00:00Z' },
  ]);
});

it.each([
  ['{"name": "Erika Mustermann"', 'not JSON'],
  ['"Erika Mustermann"', 'expected a JSON object'],
  ['{"tracking_numbers": [], "name": "Erika Mustermann"}', 'expected a number at $.tracking_numbers[0]'],
  ['{"observed_at": "Erika Mustermann", "response": {}}', 'expected a time at $.observed_at'],
  [
    '{"observed_at": "2026-11-01T00:00:00Z", "response": "Erika Mustermann"}',
    'expected a JSON object at $.response',
  ],
])('names file and line of the malformed line %s, and not what it holds', async (line, problem) => {
  const path = await write(`${JSON.stringify(body)}\n\n${line}\n`);
  const failure = await readReplay(path).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    name: 'ReplayError',
    code: 'REPLAY_MALFORMED',
    path,
    line: 3,
    message: `${path}, line 3: ${problem}`,
  });
  expect(failure).not.toHaveProperty('cause');
});

it('says so when a packed file is cut short', async () => {
  const path = await write(gzipSync(JSON.stringify(body)).subarray(0, 60), 'cut.gz');
  await expect(readReplay(path)).rejects.toThrow(`${path}: the gzip stream is damaged or cut short`);
});

it('passes on that a file is not there', async () => {
  await expect(readReplay(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
