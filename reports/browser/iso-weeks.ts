import { utc } from '@date-fns/utc';
import { addDays } from 'date-fns/addDays';
import { addWeeks } from 'date-fns/addWeeks';
import { formatISO } from 'date-fns/formatISO';
import { getISOWeek } from 'date-fns/getISOWeek';
import { getISOWeekYear } from 'date-fns/getISOWeekYear';
import { parseISO } from 'date-fns/parseISO';

/** A week of the data: 2026-W43, from Monday to Sunday (YYYY-MM-DD). */
export interface IsoWeek {
  name: string;
  monday: string;
  sunday: string;
  /** 1 to 4: thirteen weeks each, the 53rd with the fourth. */
  quarter: number;
  year: number;
}

const dateOf = (day: Date) => formatISO(day, { representation: 'date', in: utc });

/** So many weeks, one after the other, from a Monday (YYYY-MM-DD) on. */
export function listWeeks(firstMonday: string, count: number): IsoWeek[] {
  const first = parseISO(firstMonday, { in: utc });
  return Array.from({ length: count }, (_, index) => {
    const monday = addWeeks(first, index, { in: utc });
    const week = getISOWeek(monday, { in: utc });
    const year = getISOWeekYear(monday, { in: utc });
    return {
      name: `${year}-W${String(week).padStart(2, '0')}`,
      monday: dateOf(monday),
      sunday: dateOf(addDays(monday, 6, { in: utc })),
      quarter: Math.min(4, Math.ceil(week / 13)),
      year,
    };
  });
}

/** Whether a week has been over for so many days on a date (YYYY-MM-DD). */
export function isComplete({ sunday }: IsoWeek, asOfDate: string, days: number): boolean {
  return dateOf(addDays(parseISO(sunday, { in: utc }), days, { in: utc })) <= asOfDate;
}

/** Places of the first and the last week of a range, both included. */
export interface WeekRange {
  from: number;
  to: number;
}

/** Ranges that are one press away. `lastWhole` is the last week that is over. */
export function listPresets(
  weeks: readonly IsoWeek[],
  lastWhole: number,
): { key: string; label: string; range: WeekRange }[] {
  const last = (count: number) => ({
    key: `last-${count}`,
    label: `Last ${count} weeks`,
    range: { from: Math.max(0, lastWhole - count + 1), to: lastWhole },
  });
  const newest = weeks.at(-1);
  const quarter = (back: number, key: string, label: string) => {
    if (!newest) return [];
    const wanted = newest.year * 4 + newest.quarter - back;
    const places = weeks.flatMap(({ year, quarter: own }, place) =>
      year * 4 + own === wanted ? [place] : [],
    );
    const [from, to] = [places[0], places.at(-1)];
    return from === undefined || to === undefined ? [] : [{ key, label, range: { from, to } }];
  };
  return [
    last(4),
    last(13),
    last(52),
    ...quarter(0, 'this-quarter', 'This quarter'),
    ...quarter(1, 'last-quarter', 'Last quarter'),
  ];
}
