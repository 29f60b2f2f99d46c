import { resolve } from 'node:path';
import {
  millisecondsInDay,
  millisecondsInHour,
  millisecondsInMinute,
  millisecondsInSecond,
} from 'date-fns/constants';

/** A text that an option cannot take. The message completes "VALUE is not …". */
export class WrongValueError extends Error {
  override readonly name = 'WrongValueError';
  readonly code = 'wrong_value';
}

function wrong(expected: string): never {
  throw new WrongValueError(expected);
}

/**
 * Turns what was typed into a value, or throws WrongValueError. `baseFolder` is where a relative path starts; `earlier` is
 * what a repeatable option has gathered so far.
 */
export interface Parse<T> {
  (raw: string, baseFolder: string, earlier: unknown): T;
  /** The words that it takes, where they are few. */
  choices?: readonly string[];
}

/** A secret that prints as `[secret]` wherever it is logged, joined or serialized; only `reveal` gives it away. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

export function parsePath(raw: string, baseFolder: string): string {
  return raw.trim() === '' ? wrong('a path (it is empty)') : resolve(baseFolder, raw);
}

export function parseSwitch(raw: string): boolean {
  if (/^(true|1|yes|on)$/i.test(raw)) return true;
  return /^(false|0|no|off)$/i.test(raw) ? false : wrong('true or false');
}

export function parseSecret(raw: string): Secret {
  // A line break inside a key would end up in a request header.
  return /^[\x21-\x7e]+$/.test(raw) ? new Secret(raw) : wrong('one line of visible ASCII characters');
}

/** Whole numbers between two limits, both included. */
export function parseWhole(smallest: number, largest: number): Parse<number> {
  return (raw) => {
    const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
    return value >= smallest && value <= largest
      ? value
      : wrong(`a whole number from ${smallest} to ${largest}`);
  };
}

/** One of a few words, which it tells as `choices`. */
export function parseChoice<const T extends string>(...choices: readonly T[]): Parse<T> {
  const parse = (raw: string) =>
    choices.find((choice) => choice === raw) ?? wrong(`one of ${choices.join(', ')}`);
  return Object.assign(parse, { choices });
}

const unitMs = {
  ms: 1,
  s: millisecondsInSecond,
  m: millisecondsInMinute,
  h: millisecondsInHour,
  d: millisecondsInDay,
} as const;

/** A length of time such as 2h, 90m, 30s or 1h30m, in milliseconds. */
export function parseDuration(raw: string): number {
  const expected = 'a length of time with its unit, such as 2h, 90m, 30s or 1h30m';
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(raw)) return wrong(expected);
  let totalMs = 0;
  for (const [, amount, unit] of raw.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    totalMs += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return totalMs > 0 && totalMs <= 30 * unitMs.d ? Math.round(totalMs) : wrong(`${expected}, up to 30 days`);
}

const perMinute = { s: 60, min: 1, h: 1 / 60 } as const;

/** Whole requests a minute, from 600, 600/min, 10/s or 36000/h. */
export function parseRate(raw: string): number {
  const match = /^(\d+(?:\.\d+)?)(?:\s*\/\s*(s|min|h))?$/.exec(raw.trim());
  const unit = (match?.[2] ?? 'min') as keyof typeof perMinute;
  const rate = match ? Math.floor(Number(match[1]) * perMinute[unit] + 1e-9) : 0;
  return rate >= 1 && rate <= 1_000_000 ? rate : wrong('a rate such as 600/min or 10/s, at least 1/min');
}

const instantShape =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** An ISO 8601 instant; without a zone it is UTC, a bare date is its midnight. Finer than a millisecond is cut off. */
export function parseInstant(raw: string): Date {
  const expected = 'an ISO 8601 instant such as 2026-03-01T04:00:00Z (without a zone it is UTC)';
  const [, day, time = '00:00', seconds = '00', fraction = '0', zone = 'Z'] =
    instantShape.exec(raw.trim()) ?? [];
  if (day === undefined) return wrong(expected);
  const local = new Date(`${day}T${time}:${seconds}.${fraction.slice(0, 3)}Z`);
  // Date rolls 30 February over to March: what comes back must be what went in.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${day}T${time}:${seconds}`)) {
    return wrong(expected);
  }
  const offset = zone.toUpperCase() === 'Z' ? '+0000' : zone.replace(':', '');
  const offsetMinutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3));
  return Math.abs(offsetMinutes) <= 14 * 60
    ? new Date(local.getTime() - Number(`${offset.slice(0, 1)}1`) * offsetMinutes * millisecondsInMinute)
    : wrong(expected);
}

/** A calendar date. */
export function parseDate(raw: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(raw) ? new Date(`${raw}T00:00:00Z`) : null;
  if (at === null || Number.isNaN(at.getTime()) || !at.toISOString().startsWith(raw)) {
    return wrong('a date such as 2026-11-03');
  }
  return raw;
}

/** A quarter of a year, 2026Q3, as its first and last day. */
export function parseQuarter(raw: string): { from: string; to: string } {
  const [, year, quarter] = /^(20\d{2})-?Q([1-4])$/i.exec(raw.trim()) ?? [];
  if (year === undefined) return wrong('a quarter such as 2026Q3');
  const lastMonth = 3 * Number(quarter);
  const from = `${year}-${String(lastMonth - 2).padStart(2, '0')}-01`;
  return {
    from,
    to: `${year}-${String(lastMonth).padStart(2, '0')}-${[3, 12].includes(lastMonth) ? 31 : 30}`,
  };
}

/** A name that is a folder on every system, and no night's. */
export function parseName(raw: string): string {
  return /^[a-z][a-z0-9-]{0,39}$/.test(raw)
    ? raw
    : wrong('a name of lower-case letters, digits and hyphens that begins with a letter, such as q3');
}

/** A size as DuckDB takes it: 4GB, 512MB, 1.5GiB. */
export function parseSize(raw: string): string {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT])(i?)B$/i.exec(raw.trim());
  if (!match || Number(match[1]) === 0) return wrong('a size such as 4GB or 512MB');
  return `${match[1]}${match[2]?.toUpperCase()}${match[3]?.toLowerCase()}B`;
}

export function parseLocale(raw: string): string {
  try {
    const [locale] = Intl.DateTimeFormat.supportedLocalesOf(raw);
    return locale ?? wrong('a language that this Node.js knows, such as en-GB or de-DE');
  } catch {
    return wrong('a language tag such as en-GB or de-DE');
  }
}

/** Whether a URL leads to this machine itself, where plain http is no risk. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** The address of an API: https, or http on loopback; without sign-in data, query or fragment; kept without a last slash. */
export function parseApiUrl(raw: string): string {
  return parseEndpointUrl(raw).replace(/\/+$/, '');
}

/** Like parseApiUrl, but a last slash is kept: for one endpoint it may matter. */
export function parseEndpointUrl(raw: string): string {
  const url = parseUrl(raw, ['https:', 'http:']);
  if (url.protocol === 'http:' && !isLoopback(url.href))
    return wrong('an https address (http only on loopback)');
  if (url.username || url.password || url.search || url.hash) {
    return wrong('an address without user, password, query or fragment');
  }
  return url.href;
}

/** The address of a webhook. It usually contains a token, so it is a secret; http is allowed for hosts of one's own. */
export function parseSecretUrl(raw: string): Secret {
  return new Secret(parseUrl(raw, ['https:', 'http:']).href);
}

function parseUrl(raw: string, protocols: readonly string[]): URL {
  const url = URL.canParse(raw) ? new URL(raw) : wrong('an address such as https://example.com/api');
  return protocols.includes(url.protocol) ? url : wrong('an https address');
}

/** A query parameter `name=value`, added to the earlier ones. */
export function parseAssignment(
  raw: string,
  _baseFolder: string,
  earlier: unknown,
): Readonly<Record<string, string>> {
  const match = /^([A-Za-z_]\w*)=(.*)$/s.exec(raw);
  if (match?.[1] === undefined) return wrong('a parameter such as carrier=dpd');
  return { ...(earlier as Record<string, string> | undefined), [match[1]]: match[2] ?? '' };
}

/** A header of a file and the column that it is, `Header=column`, added to the earlier ones. */
export function parseColumn(
  raw: string,
  _baseFolder: string,
  earlier: unknown,
): Readonly<Record<string, string>> {
  const match = /^\s*(.+?)\s*=\s*([a-z_]+)\s*$/s.exec(raw);
  if (match?.[1] === undefined)
    return wrong('a header and its column, such as "Tracking number=tracking_number"');
  return { ...(earlier as Record<string, string> | undefined), [match[1]]: match[2] ?? '' };
}

/** A name that stands in SQL and in names of files. */
export function parseIdentifier(raw: string): string {
  const name = raw.trim().toLowerCase();
  return /^[a-z][a-z0-9_]{0,39}$/.test(name)
    ? name
    : wrong('a name of letters, digits and underscores, a letter first, at most 40');
}

/** The name of an account: no word that stands for several. */
export function parseAccount(raw: string): string {
  const name = parseIdentifier(raw);
  return name === 'all' ? wrong('the name of one account (all stands for all of a lake)') : name;
}

/** Names of accounts with commas between them, each once, or all. */
export function parseAccounts(raw: string): readonly string[] | 'all' {
  const names = raw.split(',').map(parseIdentifier);
  if (names.length === 1 && names[0] === 'all') return 'all';
  return [...new Set(names.map(parseAccount))].sort();
}

/** Any text but none. */
export function parseText(raw: string): string {
  return raw.trim() === '' ? wrong('a text') : raw.trim();
}
