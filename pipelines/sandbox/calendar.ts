import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';
import Holidays from 'date-holidays';

export type Country = 'NL' | 'BE' | 'DE' | 'FR' | 'GB' | 'US';

/** The zone of each capital. */
const zones: Record<Country, string> = {
  NL: 'Europe/Amsterdam',
  BE: 'Europe/Brussels',
  DE: 'Europe/Berlin',
  FR: 'Europe/Paris',
  GB: 'Europe/London',
  US: 'America/New_York',
};

/** Days are whole numbers since 1970-01-01; minutes count from local midnight. */
export interface Calendar {
  /** Monday to Friday, and no national public holiday. */
  isOpen(country: Country, day: number): boolean;
  /** The first open day at or after a day. */
  nextOpen(country: Country, day: number): number;
  /** The n-th open day after a day; with n = 0 the day itself. */
  addOpenDays(country: Country, day: number, count: number): number;
  /** The instant, in ms since 1970, of a local time of day. */
  toInstant(country: Country, day: number, minute: number): number;
}

/** 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** A day as YYYY-MM-DD. */
export function formatDay(day: number): string {
  return new Date(day * millisecondsInDay).toISOString().slice(0, 10);
}

/** The zone's distance from UTC in minutes at noon: the hour around a change of clocks is not worth more to a simulator. */
function readOffset(formatter: Intl.DateTimeFormat, day: number): number {
  const name = formatter
    .formatToParts(new Date((day + 0.5) * millisecondsInDay))
    .find((part) => part.type === 'timeZoneName');
  const match = /([+-])(\d\d):(\d\d)/.exec(name?.value ?? '');
  if (!match) return 0;
  return (Number(match[2]) * 60 + Number(match[3])) * (match[1] === '-' ? -1 : 1);
}

function createCountry(country: Country) {
  const holidays = new Holidays(country, { types: ['public'] });
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zones[country],
    timeZoneName: 'longOffset',
  });
  const closedDays = new Map<number, Set<string>>();
  const open = new Map<number, boolean>();
  const offsets = new Map<number, number>();
  const isHoliday = (day: number) => {
    const date = formatDay(day);
    const year = Number(date.slice(0, 4));
    let closed = closedDays.get(year);
    if (closed === undefined) {
      closed = new Set(holidays.getHolidays(year).map((holiday) => holiday.date.slice(0, 10)));
      closedDays.set(year, closed);
    }
    return closed.has(date);
  };
  return {
    isOpen(day: number): boolean {
      let known = open.get(day);
      if (known === undefined) {
        const weekday = weekdayOf(day);
        known = weekday !== 0 && weekday !== 6 && !isHoliday(day);
        open.set(day, known);
      }
      return known;
    },
    offsetOf(day: number): number {
      let known = offsets.get(day);
      if (known === undefined) {
        known = readOffset(formatter, day);
        offsets.set(day, known);
      }
      return known;
    },
  };
}

/** Working days and local times of the countries in the simulated world; remembers what it has looked up. */
export function createCalendar(): Calendar {
  const countries = new Map<Country, ReturnType<typeof createCountry>>();
  const of = (country: Country) => {
    let known = countries.get(country);
    if (known === undefined) {
      known = createCountry(country);
      countries.set(country, known);
    }
    return known;
  };
  const nextOpen = (country: Country, day: number) => {
    const { isOpen } = of(country);
    let found = day;
    while (!isOpen(found)) found += 1;
    return found;
  };
  return {
    isOpen: (country, day) => of(country).isOpen(day),
    nextOpen,
    addOpenDays(country, day, count) {
      let found = day;
      for (let left = count; left > 0; left -= 1) found = nextOpen(country, found + 1);
      return found;
    },
    toInstant: (country, day, minute) =>
      day * millisecondsInDay + Math.round((minute - of(country).offsetOf(day)) * millisecondsInMinute),
  };
}
