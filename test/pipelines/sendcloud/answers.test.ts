import { describe, expect, it } from 'vitest';
import {
  ANSWERS,
  backoffMs,
  classify,
  type Fault,
  parseRetryAfter,
} from '../../../pipelines/sendcloud/answers.js';

const all = Array.from({ length: 500 }, (_, index) => 100 + index);
const unusual = {
  206: ['retry', 'reconcile'],
  401: ['sign_in', 'sign_in'],
  403: ['stop', 'stop'],
  404: ['not_found', 'reject'],
  408: ['retry', 'reconcile'],
  409: ['reject', 'known'],
  425: ['retry', 'retry'],
  429: ['pause', 'pause'],
} as const;
const families = {
  1: ['retry', 'reconcile'],
  2: ['read', 'read'],
  3: ['fail', 'fail'],
  4: ['reject', 'reject'],
  5: ['retry', 'reconcile'],
} as const;

describe('the table of answers', () => {
  it('knows every status for both methods', () => {
    for (const status of all) {
      const expected =
        Object.entries(unusual).find(([key]) => Number(key) === status)?.[1] ??
        Object.entries(families).find(([key]) => Number(key) === Math.floor(status / 100))?.[1];
      expect([status, classify('GET', status), classify('POST', status)]).toEqual([
        status,
        ...(expected ?? []),
      ]);
    }
    for (const status of [0, 99, 600, 999]) expect(classify('GET', status)).toBe('retry');
  });

  it('retries every fault, and looks before it repeats a POST that may have arrived', () => {
    const faults = ANSWERS.flatMap(({ on }) => on).filter((on): on is Fault => /^[a-z]/.test(String(on)));
    expect(faults.length).toBe(18);
    const isUnsent = (fault: Fault) =>
      /^(dns|dns_temporary|proxy|tls|refused_connection|timeout_connect)$/.test(fault);
    for (const fault of faults) {
      expect(classify('GET', fault)).toBe('retry');
      expect([fault, classify('POST', fault)]).toEqual([fault, isUnsent(fault) ? 'retry' : 'reconcile']);
    }
  });
});

describe('backoffMs', () => {
  it('doubles from 500 ms to 60 s, with full jitter', () => {
    expect([1, 2, 3, 7, 8, 9, 100].map((attempt) => backoffMs(attempt, () => 1))).toEqual([
      500, 1_000, 2_000, 32_000, 60_000, 60_000, 60_000,
    ]);
    expect(backoffMs(3, () => 0)).toBe(0);
    expect(backoffMs(3, () => 0.25)).toBe(500);
  });
});

describe('parseRetryAfter', () => {
  const nowMs = Date.parse('1994-11-06T08:49:00Z');
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['2024', 2_024_000],
    ['2024-01-01T00:00:00Z', null],
    ['', null],
    [null, null],
    [undefined, null],
  ])('reads %j', (header, expected) => {
    expect(parseRetryAfter(header, nowMs)).toBe(expected);
  });
});
