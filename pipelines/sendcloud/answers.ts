export type Method = 'GET' | 'POST';

/** What can go wrong instead of a usable answer. */
export type Fault =
  | 'dns'
  | 'dns_temporary'
  | 'proxy'
  | 'tls'
  | 'refused_connection'
  | 'timeout_connect'
  | 'timeout_headers'
  | 'timeout_body'
  | 'timeout_attempt'
  | 'connection_reset'
  | 'bad_http'
  | 'network'
  | 'truncated'
  | 'empty'
  | 'not_json'
  | 'too_large'
  | 'too_deep'
  | 'bad_encoding';

/**
 * read: the answer is in the body. known: registered already. not_found: no such parcel. reject: the request is at
 * fault, and would be again. sign_in: renew the token once, else stop. stop: the run ends. pause: everything waits,
 * then again. retry: again, after a backoff. reconcile: again, but look first whether it was done. fail: give up.
 */
export type Meaning =
  | 'read'
  | 'known'
  | 'not_found'
  | 'reject'
  | 'sign_in'
  | 'stop'
  | 'pause'
  | 'retry'
  | 'reconcile'
  | 'fail';

interface Row {
  on: readonly (number | `${number}xx` | Fault)[];
  GET: Meaning;
  POST: Meaning;
}

/** Every answer there can be; the first row that names it counts. A status beyond the table is `bad_http`. */
export const ANSWERS: readonly Row[] = [
  { on: [206], GET: 'retry', POST: 'reconcile' }, // a part of a body, which nobody asked for
  { on: ['2xx'], GET: 'read', POST: 'read' },
  { on: ['3xx'], GET: 'fail', POST: 'fail' }, // followed, a redirect could carry the credentials elsewhere
  { on: [401], GET: 'sign_in', POST: 'sign_in' },
  { on: [403], GET: 'stop', POST: 'stop' },
  { on: [404], GET: 'not_found', POST: 'reject' },
  { on: [408], GET: 'retry', POST: 'reconcile' },
  { on: [409], GET: 'reject', POST: 'known' },
  { on: [425], GET: 'retry', POST: 'retry' }, // refused unread
  { on: [429], GET: 'pause', POST: 'pause' },
  { on: ['4xx'], GET: 'reject', POST: 'reject' },
  { on: ['5xx'], GET: 'retry', POST: 'reconcile' },
  // nothing was sent
  {
    on: ['dns', 'dns_temporary', 'proxy', 'tls', 'refused_connection', 'timeout_connect'],
    GET: 'retry',
    POST: 'retry',
  },
  // it was sent, and the answer is lost
  {
    on: ['timeout_headers', 'timeout_body', 'timeout_attempt', 'connection_reset', 'bad_http', 'network'],
    GET: 'retry',
    POST: 'reconcile',
  },
  // it was answered, by a body that says nothing
  {
    on: ['truncated', 'empty', 'not_json', 'too_large', 'too_deep', 'bad_encoding'],
    GET: 'retry',
    POST: 'reconcile',
  },
];

/** Looks up what an HTTP status or a fault means for a request. */
export function classify(method: Method, answer: number | Fault): Meaning {
  const family = typeof answer === 'number' ? (`${Math.floor(answer / 100)}xx` as const) : null;
  const row = ANSWERS.find(({ on }) => on.includes(answer) || (family !== null && on.includes(family)));
  return row ? row[method] : classify(method, 'bad_http');
}

const BACKOFF_BASE_MS = 500;
const BACKOFF_CAP_MS = 60_000;

/**
 * Exponential backoff with full jitter, in milliseconds: uniform between 0 and 500 ms doubled with each attempt, at
 * most 60 s. Source: AWS Architecture Blog, "Exponential Backoff And Jitter", 2015.
 * @param attempt how many attempts have failed, from 1.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1));
}

const HTTP_DATE =
  /^(?:\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT|\w{6,9}, \d{2}-\w{3}-\d{2} \d{2}:\d{2}:\d{2} GMT|\w{3} \w{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/;

/**
 * Reads Retry-After (RFC 9110, 10.2.3): seconds, or a date in one of its three forms.
 * @param nowMs what the date is compared with: the answer's own Date header where there is one, for clocks differ.
 * @returns how long to wait in milliseconds, never negative; null if there is no such header or it cannot be read.
 */
export function parseRetryAfter(header: string | null | undefined, nowMs: number): number | null {
  const value = (header ?? '').trim();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const dateMs = parseHttpDate(value);
  return dateMs === null ? null : Math.max(0, dateMs - nowMs);
}

/** Epoch milliseconds of an HTTP date, null if it is none. */
export function parseHttpDate(value: string | null | undefined): number | null {
  if (!value || !HTTP_DATE.test(value)) return null;
  // The oldest form names no zone and means GMT.
  const dateMs = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(dateMs) ? null : dateMs;
}
