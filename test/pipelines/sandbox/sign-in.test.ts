import { request } from 'undici';
import { expect, it } from 'vitest';
import type { Sandbox } from '../../../pipelines/sandbox/server.js';
import { call, signBasic, start } from './harness.js';

async function askForToken(sandbox: Sandbox, fields: Record<string, string>, authorization?: string) {
  const { statusCode, body } = await request(sandbox.tokenUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(authorization ? { authorization } : {}),
    },
    body: new URLSearchParams(fields).toString(),
  });
  return { status: statusCode, json: (await body.json()) as Record<string, unknown> };
}

const grant = { grant_type: 'client_credentials', scope: 'api' };

it('lets HTTP Basic in with the right keys only', async () => {
  const sandbox = await start({ publicKey: 'public', secretKey: 'se:cret' });
  expect((await call(sandbox, '/parcels/tracking/A1')).status).toBe(200);
  const wrong = signBasic({ publicKey: 'public', secretKey: 'other' });
  const refused = await call(sandbox, '/parcels/tracking/A1', { authorization: wrong });
  expect(refused.status).toBe(401);
  expect(refused.json).toEqual({
    errors: [{ status: '401', code: 'authentication_failed', detail: 'Invalid username/password.' }],
  });
});

it('answers 401 in JSON:API form when no credentials come', async () => {
  const sandbox = await start();
  const refused = await call(sandbox, '/parcels/tracking/A1', { authorization: null });
  expect(refused.status).toBe(401);
  expect(refused.json).toEqual({
    errors: [
      {
        status: '401',
        code: 'authentication_failed',
        detail: 'Authentication credentials were not provided.',
      },
    ],
  });
});

it('makes keys at random when none are given', async () => {
  const [one, other] = [await start(), await start()];
  expect(one.secretKey).toMatch(/^[0-9a-f]{32}$/);
  expect(one.secretKey).not.toBe(other.secretKey);
  expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v3$/);
});

it('grants a token for credentials in the body or by HTTP Basic, another one each time', async () => {
  const sandbox = await start();
  const inBody = await askForToken(sandbox, {
    ...grant,
    client_id: sandbox.publicKey,
    client_secret: sandbox.secretKey,
  });
  const byBasic = await askForToken(sandbox, grant, signBasic(sandbox));
  expect(inBody.json).toMatchObject({ expires_in: 3600, scope: 'api', token_type: 'Bearer' });
  expect(byBasic.status).toBe(200);
  expect(byBasic.json.access_token).not.toBe(inBody.json.access_token);
  for (const { json } of [inBody, byBasic]) {
    const authorization = `Bearer ${json.access_token}`;
    expect((await call(sandbox, '/parcels/tracking/A1', { authorization })).status).toBe(200);
  }
  expect(sandbox.stats()).toMatchObject({ requests: 2, tokenRequests: 2 });
});

it('forgets a token after an hour of its own clock', async () => {
  let nowMs = 1_000_000;
  const sandbox = await start({ clock: () => nowMs });
  const { json } = await askForToken(sandbox, grant, signBasic(sandbox));
  const authorization = `Bearer ${json.access_token}`;
  nowMs += 3_599_999;
  expect((await call(sandbox, '/parcels/tracking/A1', { authorization })).status).toBe(200);
  nowMs += 1;
  const late = await call(sandbox, '/parcels/tracking/A1', { authorization });
  expect(late.status).toBe(401);
  expect(late.text).toContain('authentication_failed');
});

it.each([
  ['a wrong secret', { ...grant, client_id: 'x', client_secret: 'y' }, 401, 'invalid_client'],
  ['no credentials', grant, 401, 'invalid_client'],
])('refuses a token for %s', async (_, fields, status, error) => {
  const sandbox = await start();
  expect(await askForToken(sandbox, fields)).toEqual({ status, json: { error } });
});

it.each([
  ['another grant', { grant_type: 'password', scope: 'api' }, 'unsupported_grant_type'],
  ['another scope', { grant_type: 'client_credentials', scope: 'admin' }, 'invalid_scope'],
])('refuses a token for %s', async (_, fields, error) => {
  const sandbox = await start();
  expect(await askForToken(sandbox, fields, signBasic(sandbox))).toEqual({ status: 400, json: { error } });
});

it('refuses a token that it never gave', async () => {
  const sandbox = await start();
  const refused = await call(sandbox, '/parcels/tracking/A1', { authorization: 'Bearer guessed' });
  expect(refused.status).toBe(401);
});
