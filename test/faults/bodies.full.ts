import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importFiles } from '../../pipelines/extract/import.js';
import { type Client, createClient } from '../../pipelines/sendcloud/client.js';
import { openLanding, readValue, registerNumbers } from '../pipelines/extract/harness.js';
import { pollDue } from '../pipelines/extract/night.js';
import { type Api, openApi, publicKey, secret } from './api.js';
import { noteFigure } from './figures.js';
import { createRandom, mutate } from './mutate.js';
import { eve, makeFolder } from './world.js';

// Ten thousand bodies with something wrong: each is landed, refused by name, or asked for again.

const share = Number(process.env.FAULTS_SHARE ?? 1);
const at = eve;
const name = (index: number) => `3S${String(index).padStart(5, '0')}`;

function openClient(api: Api, options: Parameters<typeof pollDue>[2]['clientOptions'] = {}): Client {
  return createClient({
    baseUrl: api.url,
    auth: 'basic',
    publicKey,
    secretKey: secret,
    ratePerMinute: 600_000,
    concurrency: 4,
    random: () => 0,
    attemptTimeoutMs: 400,
    headersTimeoutMs: 300,
    bodyTimeoutMs: 300,
    ...options,
  });
}

it('accounts for every mutated body', async () => {
  const each = Math.ceil(5000 * share);
  const random = createRandom(9);
  const connection = await openLanding();
  await connection.run(
    "insert into runs (run_id, command, clock_at, started_at) values ('run', 'extract', now(), now())",
  );
  await registerNumbers(
    connection,
    Array.from({ length: each }, (_, index) => name(index)),
  );
  const source = await import('../../pipelines/sandbox/simulate.js').then(({ simulateParcels }) =>
    simulateParcels({ seed: 3, count: 400, now: eve }),
  );
  const bodies = [...source.list(eve)].flatMap(
    ({ trackingNumber }) => source.find(trackingNumber, eve) ?? [],
  );
  const rename = (body: object, number: string) =>
    JSON.stringify(body).replaceAll(/"tracking_number":"[^"]*"/g, `"tracking_number":"${number}"`);
  const next = (number: string) =>
    mutate(rename(bodies[Math.floor(random() * bodies.length)] ?? {}, number), random);
  const sent = new Map<string, Buffer>();
  const api = await openApi((number, response) => {
    const body = sent.get(number) ?? next(number);
    sent.set(number, body);
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  const client = openClient(api, {
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
    circuitAfter: 1e6,
    maxAttempts: 2,
    retryQuota: { perSuccess: 5, reserve: 100_000 },
    attemptTimeoutMs: 30_000,
    headersTimeoutMs: 30_000,
    bodyTimeoutMs: 30_000,
  });
  const {
    polled,
    timelines,
    notFound,
    refused: dead,
    failed,
  } = await pollDue(connection, { url: api.url } as never, {
    at,
    client,
  });
  const landed = Number(await readValue(connection, 'select count(*) from landed_polls'));
  const refused = Number(
    await readValue(connection, "select count(*) from landed_refusals where source = 'api'"),
  );
  const due = Number(
    await readValue(
      connection,
      "select count(*) from registry where failure_count > 0 and state = 'active' and last_polled_at is null",
    ),
  );
  expect({ polled, landed, sum: landed + dead + due, dead, notFound, due }).toEqual({
    polled: each,
    landed: timelines,
    sum: each,
    dead: refused,
    notFound: 0,
    due: failed,
  });

  const lines = Array.from({ length: each }, (_, index) => {
    const observed_at = new Date(eve.getTime() + index * 1000).toISOString();
    const body = rename(bodies[index % bodies.length] ?? {}, `IMP${index}`);
    return mutate(`{"observed_at":"${observed_at}","response":${body}}`, random);
  });
  const archive = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  const file = join(makeFolder(), 'archive.ndjson');
  writeFileSync(file, archive);
  const received = archive
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '').length;
  const before = Number(await readValue(connection, 'select count(*) from landed_polls'));
  const imported = await importFiles(connection, {
    files: [file],
    runId: 'run',
    clock: () => eve,
    keepSourceId: false,
    batchSize: 1000,
  });
  const grown = Number(await readValue(connection, 'select count(*) from landed_polls')) - before;
  expect({ received: imported.lines, kept: imported.polls, sum: grown + imported.refused }).toEqual({
    received,
    kept: grown,
    sum: received,
  });
  noteFigure({
    part: '4',
    what: 'mutated bodies received = landed + refused + without an answer',
    tried: polled + received,
    bad: 0,
    reach: `API: ${landed} landed, ${dead} refused, ${due} not JSON and due again; import: ${grown} landed, ${imported.refused} refused`,
  });
});
