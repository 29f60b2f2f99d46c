import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../pipelines/config/values.js';
import type { Notice } from '../../../pipelines/night/lines.js';
import { addressFor, notify } from '../../../pipelines/night/notify.js';
import { openHouse } from '../house.js';
import { start } from '../sandbox/harness.js';

interface Received {
  url: string;
  notice: Notice;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A listener that keeps what it got; null: it takes the request and never answers. */
async function listen(status: number | null = 200): Promise<{ base: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', () => {
      received.push({ url: request.url ?? '', notice: JSON.parse(text) });
      if (status !== null) response.writeHead(status).end('a secret answer');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

const notice: Notice = { event: 'success', run_id: 'r1', exit_code: 0, text: 'all well' };

describe('where a notice goes', () => {
  it.each([
    ['https://hooks.example.com/T/token', 'start', null],
    ['https://hooks.example.com/T/token', 'success', 'https://hooks.example.com/T/token'],
    ['https://hooks.example.com/T/token?a=b', 'fail', 'https://hooks.example.com/T/token?a=b'],
    ['https://hc-ping.com/uuid', 'start', 'https://hc-ping.com/uuid/start'],
    ['https://hc-ping.com/uuid/', 'success', 'https://hc-ping.com/uuid'],
    ['https://hc-ping.com/uuid', 'fail', 'https://hc-ping.com/uuid/fail'],
    [
      'https://own.example.com/ping/uuid?create=1#healthchecks',
      'fail',
      'https://own.example.com/ping/uuid/fail?create=1',
    ],
  ] as const)('%s, %s: %s', (address, event, expected) => {
    expect(addressFor(address, event)).toBe(expected);
  });
});

describe('notify', () => {
  it('posts the notice as JSON', async () => {
    const { base, received } = await listen();
    const warnings: string[] = [];
    await notify(new Secret(`${base}/token`), notice, { warn: (message) => warnings.push(message) });
    expect(received).toEqual([{ url: '/token', notice }]);
    expect(warnings).toEqual([]);
    await notify(null, notice, { warn: (message) => warnings.push(message) });
    expect({ sent: received.length, warnings }).toEqual({ sent: 1, warnings: [] });
  });

  it('never throws, never waits long, and never names the address or the answer', async () => {
    const refusing = await listen(500);
    const silent = await listen(null);
    const said = async (address: string) => {
      const warnings: string[] = [];
      await notify(new Secret(`${address}/token`), notice, {
        timeoutMs: 150,
        warn: (text) => warnings.push(text),
      });
      return warnings;
    };
    expect(await said(refusing.base)).toEqual(['the notification was answered with HTTP 500']);
    expect(await said(silent.base)).toEqual(['the notification was not answered within 0.15 s']);
    expect(await said('http://127.0.0.1:1')).toEqual([
      'the notification could not be delivered (ECONNREFUSED)',
    ]);
  });
});

describe('nightly', () => {
  it('tells of a night that could not begin', async () => {
    const { base, received } = await listen();
    const house = openHouse();
    house.environment.PARCELMETRICS_NOTIFY_URL = `${base}/ping#healthchecks`;
    const { exitCode, err } = await house.call('nightly');
    expect(exitCode).toBe(2);
    expect(err).not.toContain('/ping');
    expect(received.map(({ url }) => url)).toEqual(['/ping/start', '/ping/fail']);
    expect(received[1]?.notice).toMatchObject({
      event: 'fail',
      exit_code: 2,
      text: expect.stringMatching(/no credentials/),
    });
    house.remove();
  });

  it('says in ten lines how it went, to the terminal, to night.json and to whoever watches; status knows it', async () => {
    const now = new Date('2026-11-03T04:12:00Z');
    const sandbox = await start({ now });
    const { base, received } = await listen();
    const house = openHouse(now);
    Object.assign(house.environment, {
      SENDCLOUD_BASE_URL: sandbox.url,
      SENDCLOUD_PUBLIC_KEY: sandbox.publicKey,
      SENDCLOUD_SECRET_KEY: sandbox.secretKey,
      PARCELMETRICS_NOTIFY_URL: `${base}/hook`,
      PARCELMETRICS_MAX_REQUESTS: '2',
    });
    const known = ['A1', 'B2', 'C3'].map((number) => `${number},postnl\n`).join('');
    await house.run(
      'register',
      '--known',
      house.write('known.csv', `tracking_number,carrier_code\n${known}`),
    );
    expect((await house.call('status')).out).toMatch(
      /^no night yet\ndata as of \(no successful poll yet\)\nnext night .*: 3 will be due; DOES NOT FIT: room for 2 /,
    );

    const night = await house.call('nightly', '--as-of', now.toISOString());
    expect(night.exitCode).toBe(3);
    const lines = night.out.trimEnd().split('\n');
    expect(lines).toHaveLength(10);
    expect(lines.map((line) => line.slice(0, 11).trimEnd())).toEqual([
      'night of 20',
      'run',
      'data as of',
      'inbox',
      'polled',
      'built',
      'published',
      'report',
      'to do',
      expect.any(String),
    ]);
    expect(lines[0]).toBe('night of 2026-11-03: good, with something left out');
    expect(lines[4]).toMatch(/2 parcels polled: 1 timeline.*1 not found; 1 due parcel left for the next run/);
    expect(lines[8]).toContain('nothing about those left');

    const file = JSON.parse(readFileSync(house.path('data', 'night.json'), 'utf8'));
    expect(file).toMatchObject({ exit_code: 3, lines, left: 1, due: 3, data_as_of: now.toISOString() });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      url: '/hook',
      notice: {
        event: 'success',
        exit_code: 3,
        run_id: file.run_id,
        text: lines.join('\n'),
        left: 1,
        published: true,
      },
    });
    // No tracking number leaves the machine.
    expect(JSON.stringify(received)).not.toMatch(/"[ABC]\d"/);

    const status = JSON.parse((await house.call('status', '--json')).out);
    expect(status).toMatchObject({
      lastGoodNight: { runId: file.run_id, exitCode: 3, due: 3, left: 1, isWhole: true },
      tonight: { startAt: '2026-11-04T04:12:00.000Z', room: 2, rateFrom: 'configured' },
      dataAsOf: now.toISOString(),
    });
    const text = (await house.call('status')).out;
    expect(text).toContain('every row made and checked anew: 2026-11-03 04:12 UTC, and each seventh day\n');
    expect(text).toMatch(
      /^last night: 2026-11-03 04:12 UTC, good, something left \(3\), \d+ s, 1 left over\ndata as of/,
    );
    house.remove();
  });
});
