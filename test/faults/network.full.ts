import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type Client, createClient } from '../../pipelines/sendcloud/client.js';
import { makeTimeline, openLanding, readRows, registerNumbers } from '../pipelines/extract/harness.js';
import { pollDue } from '../pipelines/extract/night.js';
import { createQuietClock } from '../pipelines/extract/quiet-clock.js';
import { FAULTS } from '../pipelines/sendcloud/faulty-server.js';
import { type Api, openApi, publicKey, secret, sendJson } from './api.js';
import { noteFigure } from './figures.js';
import { createRandom } from './mutate.js';
import { eve, makeFolder, mustRun, runProgram, whenOver } from './world.js';

// A network that lies, stalls and floods, through the client and the whole extract. Nothing leaves the loopback interface.

const share = Number(process.env.FAULTS_SHARE ?? 1);
const at = eve;
const name = (index: number) => `3S${String(index).padStart(5, '0')}`;
const bodyOf = (number: string) => makeTimeline(number, [['2026-11-01T10:00:00Z', 'accepted']]);

type React = (response: ServerResponse) => void;

const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024), { level: 9 });

function flood(response: ServerResponse, bytes: number): void {
  const chunk = Buffer.alloc(256 * 1024, 0x20);
  response.writeHead(200, { 'content-type': 'application/json' });
  let sent = 0;
  const send = () => {
    while (sent < bytes && !response.destroyed) {
      sent += chunk.length;
      if (!response.write(chunk)) return void response.once('drain', send);
    }
    if (!response.destroyed) response.end('{}');
  };
  send();
}

/** What the faulty server does beside what it does already. */
const moreFaults = (witness: string): Record<string, React> => ({
  'a gzip bomb of 300 MB': (response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  'a body of 100 MB': (response) => flood(response, 100e6),
  'a depth of 100,000': (response) =>
    sendJson(response, `{"events":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  'a length that is too short': (response) => {
    response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{"events": []}');
  },
  'a redirect to another server': (response) => void response.writeHead(302, { location: witness }).end(),
  'a redirect to 169.254.169.254': (response) =>
    void response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  'headers of 1 MB': (response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\nx-flood: ${'x'.repeat(1e6)}\r\n\r\n{}`);
  },
  'a drip of a byte at a time': (response) => {
    response.writeHead(200, { 'content-length': '5000' });
    const timer = setInterval(() => response.write('{'), 30);
    response.on('close', () => clearInterval(timer));
  },
  '429 with a word to wait': (response) => void response.writeHead(429, { 'retry-after': '2' }).end(),
});

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

it('loses no parcel to any mix of faults, leaks no socket, and stays small', async () => {
  const count = Math.ceil(600 * share);
  const rounds = 2;
  const random = createRandom(20);
  const witness = await openApi((_number, response) => sendJson(response, {}));
  const faults = new Map<string, React>(Object.entries(moreFaults(witness.url)));
  for (const [label, { react }] of Object.entries(FAULTS))
    faults.set(label, (response) => react(response, {} as never));
  const labels = [...faults.keys()];
  const hits = new Map<string, number>();
  let most = 0;
  let arrived = 0;
  let isMended = false;
  const api = await openApi((number, response) => {
    arrived += 1;
    most = Math.max(most, process.memoryUsage.rss());
    const label = isMended || random() < 0.6 ? undefined : labels[Math.floor(random() * labels.length)];
    if (label === undefined) return sendJson(response, bodyOf(number));
    hits.set(label, (hits.get(label) ?? 0) + 1);
    faults.get(label)?.(response);
  });
  const connection = await openLanding();
  await connection.run(
    "insert into runs (run_id, command, clock_at, started_at) values ('run', 'extract', now(), now())",
  );
  await registerNumbers(
    connection,
    Array.from({ length: count }, (_, index) => name(index)),
  );
  const beforeBytes = process.memoryUsage.rss();
  const bad: string[] = [];
  const clock = createQuietClock(Date.now());
  for (let round = 0; round <= rounds; round++) {
    isMended = round === rounds;
    let done = 0;
    const client = openClient(api, {
      now: clock.now,
      sleep: clock.sleep,
      circuitAfter: 1000,
      retryQuota: { perSuccess: 5, reserve: 1000 },
      onRequest: () => {
        done += 1;
      },
    });
    const night = pollDue(connection, { url: api.url } as never, {
      at: new Date(at.getTime() + round * 1000),
      client,
    });
    const extracted = await clock.run(night, () => client.counters.requests === done);
    await client.close();
    const { polled, timelines, notFound, failed, refused } = extracted;
    if (round === 0 && polled !== timelines + notFound + failed + refused)
      bad.push(`polled ${polled} = ${timelines} + ${notFound} + ${failed} + ${refused}?`);
    await settle(api);
    if (api.sockets.size > 0) bad.push(`${api.sockets.size} sockets open after round ${round}`);
  }
  const states = await readRows(
    connection,
    'select state, state_reason as reason, last_success_at is not null as answered, count(*) as parcels from registry group by all',
  );
  for (const { state, reason, answered, parcels } of states)
    if (!(state === 'dead' || answered === 'true' || reason !== null))
      bad.push(`${parcels} parcels ${state} ${reason} without an answer`);
  if (witness.requests() > 0) bad.push('a redirect was followed');
  const grewMb = (most - beforeBytes) / 1e6;
  if (grewMb > 500) bad.push(`grew by ${Math.round(grewMb)} MB`);
  noteFigure({
    part: '4',
    what: 'requests answered by a random mix of faults: each parcel lands, is refused by name, or stays due and lands the next night',
    tried: arrived,
    bad: bad.length,
    reach: `${count} parcels, ${hits.size} kinds of fault; 0 sockets left, 0 redirects followed; grew by ${Math.round(grewMb)} MB, this server included`,
  });
  expect(bad).toEqual([]);
});

/** Lets closed sockets be reported as closed. */
async function settle(api: Api): Promise<void> {
  for (let turn = 0; turn < 200 && api.sockets.size > 0; turn++)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

it('sends nothing before Retry-After', async () => {
  const waits = Math.ceil(300 * share);
  const random = createRandom(4);
  const clock = createQuietClock(Date.parse('2026-11-03T04:00:00Z'));
  let notBeforeMs = 0;
  let asked = 0;
  let early = 0;
  let arrived = 0;
  const api = await openApi((number, response) => {
    arrived += 1;
    if (clock.now() < notBeforeMs) early += 1;
    if (asked < waits && random() < 0.5) {
      asked += 1;
      const seconds = 1 + Math.floor(random() * 90);
      const isDate = random() < 0.3;
      notBeforeMs = isDate ? (Math.floor(clock.now() / 1000) + seconds) * 1000 : clock.now() + seconds * 1000;
      const value = isDate ? new Date(notBeforeMs).toUTCString() : String(seconds);
      response.writeHead(429, { 'retry-after': value, date: new Date(clock.now()).toUTCString() }).end();
      return;
    }
    sendJson(response, bodyOf(number));
  });
  const connection = await openLanding();
  await registerNumbers(
    connection,
    Array.from({ length: 4 * waits }, (_, index) => name(index)),
  );
  let done = 0;
  const client = openClient(api, {
    now: clock.now,
    sleep: clock.sleep,
    concurrency: 1,
    maxAttempts: 50,
    attemptTimeoutMs: 30_000,
    onRequest: () => {
      done += 1;
    },
  });
  const extracted = await clock.run(
    pollDue(connection, { url: api.url } as never, { at, client, concurrency: 1 }),
    () => client.counters.requests === done,
  );
  noteFigure({
    part: '4',
    what: 'requests after a 429 that arrived before its Retry-After',
    tried: asked,
    bad: early,
    reach: `${arrived} requests over one connection, seconds and HTTP dates`,
  });
  expect({ early, polled: extracted.polled }).toEqual({ early: 0, polled: 4 * waits });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

it.skipIf(!hasOpenssl)('gives no key to a server whose certificate it cannot check', async () => {
  const folder = makeFolder();
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    files.key,
    '-out',
    files.cert,
    '-days',
    '2',
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  ]);
  let requests = 0;
  const server = createSecureServer(
    { key: readFileSync(files.key), cert: readFileSync(files.cert) },
    (_request, response) => {
      requests += 1;
      response.end('{}');
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  whenOver(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
  const environment = {
    SENDCLOUD_BASE_URL: url,
    SENDCLOUD_PUBLIC_KEY: publicKey,
    SENDCLOUD_SECRET_KEY: secret,
  };
  writeFileSync(join(folder, 'parcels.csv'), 'tracking_number,carrier_code\nA1,postnl\n');
  await mustRun(['register', '--known', 'parcels.csv', '--as-of', eve.toISOString()], {
    folder,
    environment,
  });
  const ends = [];
  for (const command of ['extract', 'nightly', 'doctor'])
    ends.push(await runProgram([command, '--as-of', eve.toISOString()], { folder, environment }));
  const codes = ends.map(({ code }) => code);
  const leaks = ends.filter(({ out, err }) => (out + err).includes('CANARY')).length;
  noteFigure({
    part: '4',
    what: 'a self-signed certificate: no request reaches its server',
    tried: ends.length,
    bad: requests + leaks,
    reach: 'extract, nightly and doctor; exit code 4',
  });
  expect({ requests, codes, leaks }).toEqual({ requests: 0, codes: [4, 4, 4], leaks: 0 });
});
