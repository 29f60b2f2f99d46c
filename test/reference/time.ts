/**
 * Instants and days of the reference. Instants are whole microseconds since 1970-01-01T00:00:00Z (a number: exact
 * until the year 2255), days are whole days since 1970-01-01.
 */
import type { Seeds } from './types.js';

export const HOUR_US = 3_600_000_000;
export const DAY_US = 24 * HOUR_US;

const INSTANT =
  /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:?\d\d)?)?$/;

/** 'YYYY-MM-DD' to a day number; null for anything else, impossible dates included. */
export function parseDay(value: unknown): number | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return null;
  const ms = Date.parse(`${value}T00:00:00Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== value) return null;
  return ms / 86_400_000;
}

/** An instant, or a date that somebody wrote as one: then `at` is that date's 00:00 UTC. */
export interface Stamp {
  at: number;
  isDateOnly: boolean;
}

export interface WrittenStamp extends Stamp {
  /** Of the zone as written, microseconds east of UTC. */
  offset: number;
}

/**
 * ISO 8601 text, digits beyond microseconds cut off; without an offset it is UTC. A time of exactly 00:00:00 as written,
 * whatever its offset, and a text without a time are dates. Null for anything else.
 */
export function parseStamp(value: unknown): WrittenStamp | null {
  if (typeof value !== 'string') return null;
  const match = INSTANT.exec(value);
  if (!match) return null;
  const [, date, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match;
  const day = parseDay(date);
  if (day === null || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const offset = offsetMicros(zone);
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  if (seconds === 0 && Number(fraction) === 0) return { at: day * DAY_US, isDateOnly: true, offset };
  const micros = Number(fraction.padEnd(6, '0').slice(0, 6));
  return { at: day * DAY_US + seconds * 1_000_000 + micros - offset, isDateOnly: false, offset };
}

/** The date as written, of a date or of a date-time. */
export function readWrittenDay(value: unknown): number | null {
  return parseStamp(value) === null ? null : parseDay(String(value).slice(0, 10));
}

function offsetMicros(offset: string): number {
  if (offset === 'Z' || offset === 'z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -1 : 1) * minutes * 60_000_000;
}

/** 'YYYY-MM-DDTHH:MM:SS.ffffffZ', always six digits. */
export function formatInstant(at: number): string {
  const seconds = Math.floor(at / 1_000_000);
  const micros = String(at - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}Z`;
}

export function formatDay(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

export function utcDay(at: number): number {
  return Math.floor(at / DAY_US);
}

/** The Monday of a day's week. */
export function mondayOf(day: number): number {
  return day - isoWeekday(day) + 1;
}

/** 1 (Monday) to 7 (Sunday). */
export function isoWeekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

export interface Calendar {
  knowsCountry(country: string | null): boolean;
  /** Local day of an instant that is certainly a time (a poll). */
  dayOfInstant(at: number, country: string | null): number;
  /** Local hour of the day, 0 to 23, of an instant. */
  hourOfInstant(at: number, country: string | null): number;
  /** Local day of a stamp: a date keeps itself. */
  dayOfStamp(stamp: Stamp, country: string | null): number;
  /** Working days in (from, to]; 0 when `to` is not after `from`. */
  workingDays(from: number, to: number, carrier: string | null, country: string | null): number;
}

/** Local dates through Intl with the seed's zones; working days from the seed and the holidays handed in. */
export function createCalendar(
  seeds: Seeds,
  isHoliday: (countryCode: string, isoDate: string) => boolean,
): Calendar {
  const zones = new Map(seeds.countryZones.map((row) => [row.country_code, row.time_zone]));
  const formatters = new Map<string, Intl.DateTimeFormat>();
  const weekdays = new Map(
    seeds.operatingDays.map((row) => [`${row.carrier_code}|${row.country_code}`, row.operating_weekdays]),
  );
  const holidays = new Map<string, boolean>();

  function formatterOf(zone: string): Intl.DateTimeFormat {
    let formatter = formatters.get(zone);
    if (!formatter) {
      const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
      formatter = new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...parts });
      formatters.set(zone, formatter);
    }
    return formatter;
  }

  function dayOfInstant(at: number, country: string | null): number {
    const zone = country === null ? undefined : zones.get(country);
    if (zone === undefined) return utcDay(at);
    const day = parseDay(formatterOf(zone).format(Math.floor(at / 1000)));
    if (day === null) throw new Error(`Intl gave no ISO date for zone ${zone}`);
    return day;
  }

  const hourFormatters = new Map<string, Intl.DateTimeFormat>();

  function hourOfInstant(at: number, country: string | null): number {
    const zone = (country === null ? undefined : zones.get(country)) ?? 'UTC';
    const formatter =
      hourFormatters.get(zone) ??
      new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' });
    hourFormatters.set(zone, formatter);
    return Number(formatter.format(Math.floor(at / 1000)));
  }

  function isPublicHoliday(country: string | null, day: number): boolean {
    if (country === null) return false;
    const key = `${country}|${day}`;
    let known = holidays.get(key);
    if (known === undefined) {
      known = isHoliday(country, formatDay(day));
      holidays.set(key, known);
    }
    return known;
  }

  return {
    knowsCountry: (country) => country !== null && zones.has(country),
    dayOfInstant,
    hourOfInstant,
    dayOfStamp: ({ at, isDateOnly }, country) => (isDateOnly ? utcDay(at) : dayOfInstant(at, country)),
    workingDays(from, to, carrier, country) {
      const operating = weekdays.get(`${carrier}|${country}`) ?? '12345';
      let count = 0;
      for (let day = from + 1; day <= to; day += 1) {
        if (operating.includes(String(isoWeekday(day))) && !isPublicHoliday(country, day)) count += 1;
      }
      return count;
    },
  };
}
