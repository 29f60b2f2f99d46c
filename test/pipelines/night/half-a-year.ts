import { dayMs, makeTimeline } from '../extract/harness.js';

export const asOf = '2026-11-20T04:00:00Z';
const firstLabelMs = Date.parse('2026-03-01T08:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();
export const dateOf = (ms: number) => iso(ms).slice(0, 10);

export interface Parcel {
  number: string;
  labelMs: number;
  deliveredMs: number | null;
  promised: string;
}

/** Three parcels on every second day: on time, late by weeks, never delivered. */
export const parcels: Parcel[] = Array.from({ length: 130 }, (_, index) => {
  const labelMs = firstLabelMs + 2 * index * dayMs;
  const numberOf = (kind: string) => `ZQX${kind}${String(index).padStart(4, '0')}KWVY`;
  const promised = dateOf(labelMs + 3 * dayMs);
  return [
    { number: numberOf('A'), labelMs, deliveredMs: labelMs + 2 * dayMs, promised },
    { number: numberOf('B'), labelMs, deliveredMs: labelMs + 25 * dayMs, promised },
    { number: numberOf('C'), labelMs, deliveredMs: null, promised },
  ];
}).flat();

/** What polls saw of it: the day after its label, in August, and in the last night. */
export function toLines({ number, labelMs, deliveredMs, promised }: Parcel): string {
  const scan = [iso(labelMs + dayMs / 2), 'accepted'] as const;
  const bodyAt = (at: number) =>
    makeTimeline(
      number,
      deliveredMs === null || deliveredMs > at ? [scan] : [scan, [iso(deliveredMs), 'delivered']],
      {
        announced_at: iso(labelMs),
        details: {
          is_return: false,
          is_mail_box: false,
          is_to_service_point: false,
          expected_delivery_date: promised,
        },
      },
    );
  return [labelMs + dayMs, Date.parse('2026-08-20T03:00:00Z'), Date.parse('2026-11-20T03:00:00Z')]
    .filter((at) => at > labelMs)
    .map((at) => `${JSON.stringify({ observed_at: iso(at), response: bodyAt(at) })}\n`)
    .join('');
}
