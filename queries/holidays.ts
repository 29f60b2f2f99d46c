import { UTCDate } from '@date-fns/utc';
import type { DuckDBConnection } from '@duckdb/node-api';
import { addDays } from 'date-fns/addDays';
import { millisecondsInDay } from 'date-fns/constants';
import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { formatISO } from 'date-fns/formatISO';
import type { Engine } from './engines/engine.js';

/** Dates ('YYYY-MM-DD') and names of a country's national public holidays in a year; empty for a country that the library lacks. */
export type ListHolidays = (countryCode: string, year: number) => { date: string; name: string }[];

async function openLibrary(): Promise<ListHolidays> {
  const { default: Holidays } = await import('date-holidays');
  const calendars = new Map<string, InstanceType<typeof Holidays> | null>();
  const supported = new Set(Object.keys(new Holidays().getCountries()));
  return (countryCode, year) => {
    let calendar = calendars.get(countryCode);
    if (calendar === undefined) {
      calendar = supported.has(countryCode) ? new Holidays(countryCode, { types: ['public'] }) : null;
      calendars.set(countryCode, calendar);
    }
    if (calendar === null) return [];
    return calendar.getHolidays(year).flatMap((holiday) => {
      const first = new UTCDate(holiday.date.slice(0, 10));
      const dayCount = Math.max(
        1,
        Math.round(differenceInMilliseconds(holiday.end, holiday.start) / millisecondsInDay),
      );
      return Array.from({ length: dayCount }, (_, day) => ({
        date: formatISO(addDays(first, day), { representation: 'date' }),
        name: holiday.name,
      }));
    });
  };
}

/**
 * Writes the public holidays (date-holidays, type public, national) of every destination and year that changed parcels span as rows of
 * seed_public_holidays (country_code, holiday_date, holiday_name); the engine has events and parcel_headers. Years outside 1970 to the run's next are left out.
 * @param among the relation that has the parcels, by tracking_number.
 */
export async function writeHolidays(
  connection: DuckDBConnection,
  engine: Pick<Engine, 'readRows'>,
  lastYear: number,
  listHolidays?: ListHolidays,
  among = 'changed_parcels',
): Promise<void> {
  await connection.run(`
    create table if not exists seed_public_holidays (country_code varchar, holiday_date date, holiday_name varchar);
    create table if not exists seed_public_holiday_years (country_code varchar, year integer)`);
  const spans = await engine.readRows(`
    select
        headers.to_country,
        cast(extract(year from min(events.event_at)) as bigint),
        -- a day more: at the destination it may be the new year already
        cast(extract(year from add_hours(max(headers.observed_at), 24)) as bigint)
    from events
    inner join parcel_headers as headers on events.tracking_number = headers.tracking_number
    inner join ${among} as changed on headers.tracking_number = changed.tracking_number
    where events.quarantine_reason is null and headers.to_country is not null
    group by headers.to_country
    order by headers.to_country`);
  const written = await connection.runAndReadAll('select country_code, year from seed_public_holiday_years');
  const known = new Set(written.getRows().map((row) => row.join(' ')));
  const rows = spans.flatMap(([country, first, last]) => {
    const [from, to] = [Math.max(1970, Number(first)), Math.min(lastYear, Number(last))];
    const years = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
    return years.filter((year) => !known.has(`${country} ${year}`)).map((year) => [country, year]);
  });
  if (rows.length === 0) return;
  const list = listHolidays ?? (await openLibrary());
  const days = await connection.createAppender('seed_public_holidays');
  const years = await connection.createAppender('seed_public_holiday_years');
  const { DuckDBDateValue } = await import('./driver.js');
  for (const [country, year] of rows) {
    const countryCode = String(country);
    const inYear = new Map(list(countryCode, Number(year)).map((holiday) => [holiday.date, holiday.name]));
    for (const [date, name] of [...inYear].sort()) {
      days.appendVarchar(countryCode);
      days.appendDate(new DuckDBDateValue(Date.parse(`${date}T00:00:00Z`) / millisecondsInDay));
      days.appendVarchar(name);
      days.endRow();
    }
    years.appendVarchar(countryCode);
    years.appendInteger(Number(year));
    years.endRow();
  }
  days.closeSync();
  years.closeSync();
}
