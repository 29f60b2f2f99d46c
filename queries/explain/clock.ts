// Instants and lengths of time as the published rows have them, for explaining one parcel.

export const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Microseconds since the epoch of '2026-11-03T04:12:00.123456Z': exact, for these instants stay below 2^53. */
export function microsOf(instant: string): number {
  const [whole = '', fraction = ''] = instant.replace('Z', '').split('.');
  return Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}

export const hoursBetween = (from: string, to: string) => (microsOf(to) - microsOf(from)) / (hourMs * 1000);

/** '43.2 hours', or '5.1 days' from three days on. */
export function sayHours(hours: number): string {
  const amount = Math.abs(hours) < 72 ? hours : hours / 24;
  const text = amount.toFixed(1).replace(/\.0$/, '');
  const unit = Math.abs(hours) < 72 ? 'hour' : 'day';
  return `${text} ${unit}${text === '1' ? '' : 's'}`;
}

const sayDays = (days: number) => `${days} day${Math.abs(days) === 1 ? '' : 's'}`;

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

export function mondayOf(date: string): string {
  return addDays(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7));
}

/** '2 days late', 'on the promised day', '1 day early'. */
export function sayLateness(daysLate: number): string {
  if (daysLate === 0) return 'on the promised day';
  return daysLate > 0 ? `${sayDays(daysLate)} late` : `${sayDays(-daysLate)} early`;
}
