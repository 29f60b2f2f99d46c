import { request } from 'undici';
import { expect, it } from 'vitest';
import type { ChooseFault, Fault } from '../../../pipelines/sandbox/server.js';
import { call, makeBody, signBasic, start } from './harness.js';

const path = '/parcels/tracking/A1';

/** A fault the first time that a path is asked for. */
function onceFault(fault: Fault): ChooseFault {
  return ({ count }) => (count === 1 ? fault : null);
}

it.each<[Fault, number, string]>([
  [{ kind: 'status', status: 503, body: { errors: [] } }, 503, '{"errors":[]}'],
  [{ kind: 'status', status: 418 }, 418, ''],
  [{ kind: 'garbage' }, 200, '{"announced_at": "2026-'],
  [{ kind: 'empty' }, 200, ''],
  [{ kind: 'empty', status: 404 }, 404, ''],
])('answers %j, then as usual', async (fault, status, text) => {
  const sandbox = await start({ faults: onceFault(fault) });
  const { statusCode, body } = await request(sandbox.url + path, {
    headers: { authorization: signBasic(sandbox) },
  });
  expect(statusCode).toBe(status);
  expect(await body.text()).toBe(text);
  expect((await call(sandbox, path)).json).toEqual(makeBody('A1'));
});

it('sends the headers of a fault', async () => {
  const headers = { 'retry-after': '7' };
  const sandbox = await start({ faults: onceFault({ kind: 'status', status: 429, headers }) });
  expect((await call(sandbox, path)).headers['retry-after']).toBe('7');
});

it('answers with the HTML of a gateway', async () => {
  const sandbox = await start({ faults: onceFault({ kind: 'html' }) });
  const reply = await call(sandbox, path);
  expect(reply.status).toBe(502);
  expect(reply.headers['content-type']).toBe('text/html');
  expect(reply.text).toMatch(/^<html>/);
});

it('resets the connection', async () => {
  const sandbox = await start({ faults: onceFault({ kind: 'reset' }) });
  await expect(call(sandbox, path)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect((await call(sandbox, path)).status).toBe(200);
});

it('cuts an answer in half', async () => {
  const sandbox = await start({ faults: onceFault({ kind: 'truncate' }) });
  const { statusCode, headers, body } = await request(sandbox.url + path, {
    headers: { authorization: signBasic(sandbox) },
  });
  expect(statusCode).toBe(200);
  expect(Number(headers['content-length'])).toBe(JSON.stringify(makeBody('A1')).length);
  await expect(body.text()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
});

it('hangs until the client gives up, and closes nevertheless', async () => {
  const sandbox = await start({
    faults: ({ path: asked }) => (asked.endsWith('A1') ? { kind: 'hang' } : null),
  });
  const hanging = request(sandbox.url + path, { headers: { authorization: signBasic(sandbox) } });
  const outcome = expect(hanging).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  // The answer to a later request shows that the first has arrived.
  expect((await call(sandbox, '/parcels/tracking/B2')).status).toBe(404);
  await sandbox.close();
  await outcome;
});

it('tells the choice what was asked, and how often', async () => {
  const seen: unknown[] = [];
  const sandbox = await start({
    faults: (asked) => {
      seen.push(asked);
      return null;
    },
  });
  await call(sandbox, path);
  await call(sandbox, `${path}?x=1`);
  await call(sandbox, path, { method: 'PATCH' });
  expect(seen).toEqual([
    { method: 'GET', path: '/api/v3/parcels/tracking/A1', count: 1 },
    { method: 'GET', path: '/api/v3/parcels/tracking/A1', count: 2 },
    { method: 'PATCH', path: '/api/v3/parcels/tracking/A1', count: 1 },
  ]);
});

it('has faults for the token endpoint too', async () => {
  const sandbox = await start({ faults: onceFault({ kind: 'html', status: 500 }) });
  const { statusCode, body } = await request(sandbox.tokenUrl, { method: 'POST' });
  await body.dump();
  expect(statusCode).toBe(500);
});
