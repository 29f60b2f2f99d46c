import { request } from 'undici';
import { onTestFinished } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../pipelines/sandbox/server.js';
import { isObject, type ParcelSource } from '../../../pipelines/sandbox/source.js';

export const noon = new Date('2026-11-03T12:00:00Z');

/** A parcel with one event an hour after its label, in the shape of the API. */
export function makeBody(
  trackingNumber: string,
  announcedAt = '2026-11-02T09:00:00Z',
): Record<string, unknown> {
  const eventAt = new Date(Date.parse(announcedAt) + 3_600_000).toISOString();
  return {
    announced_at: announcedAt,
    events: [{ event_at: eventAt, event_type: 'carrier', status_code: 'accepted' }],
    tracking_numbers: [{ carrier_code: 'postnl', tracking_number: trackingNumber }],
  };
}

/** A source that always shows the given bodies, whatever the clock. */
export function makeSource(bodies: Record<string, object>): ParcelSource {
  return {
    find: (trackingNumber) => bodies[trackingNumber] ?? null,
    list: () =>
      Object.keys(bodies).map((trackingNumber) => ({
        trackingNumber,
        carrierCode: 'postnl',
        announcedAt: '2026-09-30T09:00:00Z',
      })),
  };
}

/** Starts a sandbox that ends with the test. */
export async function start(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ source: makeSource({ A1: makeBody('A1') }), now: noon, ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

export function signBasic({ publicKey, secretKey }: { publicKey: string; secretKey: string }): string {
  return `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: unknown;
}

interface Call {
  method?: 'GET' | 'POST' | 'PATCH';
  body?: unknown;
  /** Absent: HTTP Basic with the sandbox's keys; null: none. */
  authorization?: string | null;
}

/** One request over HTTP, signed in unless said otherwise. `path` begins after /api/v3. */
export async function call(sandbox: Sandbox, path: string, options: Call = {}): Promise<Reply> {
  const authorization = options.authorization === undefined ? signBasic(sandbox) : options.authorization;
  const { statusCode, headers, body } = await request(sandbox.url + path, {
    method: options.method ?? 'GET',
    headers: authorization === null ? {} : { authorization },
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
  });
  const text = await body.text();
  const isJson = String(headers['content-type']).includes('json');
  return { status: statusCode, headers, text, json: isJson ? JSON.parse(text) : null };
}

/** The value at a path of keys, undefined where the way ends. */
export function at(value: unknown, ...keys: (string | number)[]): unknown {
  return keys.reduce<unknown>((found, key) => {
    if (Array.isArray(found)) return found[Number(key)];
    return isObject(found) ? found[String(key)] : undefined;
  }, value);
}
