import { UTCDate } from '@date-fns/utc';
import type { DuckDBConnection } from '@duckdb/node-api';
import { addDays } from 'date-fns/addDays';
import { millisecondsInDay } from 'date-fns/constants';
import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { formatISO } from 'date-fns/formatISO';

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
 * seed_public_holidays (country_code, holiday_date, holiday_name). Years outside 1970 to the run's next are left out.
 */
export async function writeHolidays(
  connection: DuckDBConnection,
  lastYear: number,
  listHolidays?: ListHolidays,
): Promise<void> {
  await connection.run(`
    create table if not exists seed_public_holidays (country_code varchar, holiday_date date, holiday_name varchar);
    create table if not exists seed_public_holiday_years (country_code varchar, year integer)`);
  const wanted = await connection.runAndReadAll(
    `
    select spans.to_country, years.year
    from (
        select
            headers.to_country,
            greatest(1970, extract(year from min(events.event_at))) as first_year,
            -- a day more: at the destination it may be the new year already
            least($1, extract(year from max(headers.observed_at) + interval 1 day)) as last_year
        from events
        inner join parcel_headers as headers on events.tracking_number = headers.tracking_number
        inner join changed_parcels as changed on headers.tracking_number = changed.tracking_number
        where events.quarantine_reason is null and headers.to_country is not null
        group by headers.to_country
    ) as spans
    cross join range(1970, cast($1 as bigint) + 1) as years(year)
    left join seed_public_holiday_years as written
        on spans.to_country = written.country_code and years.year = written.year
    where years.year between spans.first_year and spans.last_year and written.year is null
    order by 1, 2`,
    [lastYear],
  );
  const rows = wanted.getRows();
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
