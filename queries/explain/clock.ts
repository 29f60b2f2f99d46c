// Instants and lengths of time as the published rows have them, for explaining one parcel.

import { UTCDate } from '@date-fns/utc';
import { addDays } from 'date-fns/addDays';
import { millisecondsInHour } from 'date-fns/constants';
import { formatISO } from 'date-fns/formatISO';
import { startOfISOWeek } from 'date-fns/startOfISOWeek';

/** Microseconds since the epoch of '2026-11-03T04:12:00.123456Z': exact, for these instants stay below 2^53. */
export function microsOf(instant: string): number {
  const [whole = '', fraction = ''] = instant.replace('Z', '').split('.');
  return Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}

export const hoursBetween = (from: string, to: string) =>
  (microsOf(to) - microsOf(from)) / (millisecondsInHour * 1000);

/** '43.2 hours', or '5.1 days' from three days on. */
export function sayHours(hours: number): string {
  const amount = Math.abs(hours) < 72 ? hours : hours / 24;
  const text = amount.toFixed(1).replace(/\.0$/, '');
  const unit = Math.abs(hours) < 72 ? 'hour' : 'day';
  return `${text} ${unit}${text === '1' ? '' : 's'}`;
}

const sayDays = (days: number) => `${days} day${Math.abs(days) === 1 ? '' : 's'}`;

const writeDate = (date: Date) => formatISO(date, { representation: 'date' });

/** The date so many days after another, both as texts. */
export function shiftDate(date: string, days: number): string {
  return writeDate(addDays(new UTCDate(date), days));
}

export function mondayOf(date: string): string {
  return writeDate(startOfISOWeek(new UTCDate(date)));
}

/** '2 days late', 'on the promised day', '1 day early'. */
export function sayLateness(daysLate: number): string {
  if (daysLate === 0) return 'on the promised day';
  return daysLate > 0 ? `${sayDays(daysLate)} late` : `${sayDays(-daysLate)} early`;
}
