import type { CompareFrame } from './compare-data.js';
import { type IsoWeek, listPresets, type WeekRange } from './iso-weeks.js';

/** What is compared. '*' is any. */
export interface Choice extends WeekRange {
  carrier: string;
  /** Another carrier, or '*' for all of them. */
  against: string;
  /** 'NL-BE', or '*'. */
  lane: string;
  type: string;
  service: string;
  brand: string;
  account: string;
  measure: string;
}

/** Figures that are percentiles of a curve, and whose clock they are on. */
export const hourMeasures = {
  delivered_within: {
    clock: 'scan',
    title: 'Days to the first attempt',
    event: 'had a first attempt at the door or reached a pick-up point',
    since: 'the first scan',
    definitions: ['transit_p50_hours', 'transit_p90_hours'],
  },
  first_scan: {
    clock: 'label',
    title: 'Hours from label to first scan',
    event: 'had a first scan',
    since: 'the label',
    definitions: ['first_scan_p50_hours', 'first_scan_p90_hours'],
  },
} as const;
export type HourMeasure = keyof typeof hourMeasures;

export function isHourMeasure(measure: string): measure is HourMeasure {
  return Object.hasOwn(hourMeasures, measure);
}

/** Keys of a choice, in the order that they are written in. */
const choiceKeys = [
  'carrier',
  'against',
  'lane',
  'type',
  'service',
  'brand',
  'account',
  'measure',
  'from',
  'to',
] as const;
export type ChoiceKey = (typeof choiceKeys)[number];

/** Keys of the form and of the address. */
export function listKeys({ hasAccounts }: Pick<CompareFrame, 'hasAccounts'>): readonly ChoiceKey[] {
  return hasAccounts ? choiceKeys : choiceKeys.filter((key) => key !== 'account');
}

export function nameLane([from, to]: readonly [string, string]): string {
  return `${from || '?'}-${to || '?'}`;
}

/** What each key can be, by the frame of the data; the place in the list is that of the frame. */
export function listValues(frame: CompareFrame, weeks: readonly IsoWeek[]): Record<ChoiceKey, string[]> {
  const carriers = frame.carriers.map(({ code }) => code);
  const isSmall = (lane: readonly [string, string]) => lane[0] === '*';
  return {
    carrier: carriers,
    against: ['*', ...carriers],
    lane: ['*', ...frame.lanes.filter((lane) => !isSmall(lane)).map(nameLane)],
    type: ['*', ...frame.types],
    service: ['*', ...frame.services.filter((service) => service !== '*')],
    brand: ['*', ...frame.brands.filter((brand) => brand !== '*').map(String)],
    account: ['*', ...frame.accounts.filter((account) => account !== '*')],
    measure: [...frame.metrics.map(({ name }) => name), ...Object.keys(hourMeasures)],
    from: weeks.map(({ name }) => name),
    to: weeks.map(({ name }) => name),
  };
}

const nouns: Record<ChoiceKey, string> = {
  carrier: 'carrier',
  against: 'carrier',
  lane: 'lane',
  type: 'delivery type',
  service: 'service level',
  brand: 'brand',
  account: 'account',
  measure: 'measure',
  from: 'week',
  to: 'week',
};

/**
 * Reads an address such as '#carrier=postnl&lane=NL-BE&from=2026-W43&to=2026-W44'; what it leaves out is as the page opens. A value that
 * this report does not have is left out too, and said: a link made from another night's data may name one.
 */
export function readAddress(
  hash: string,
  frame: CompareFrame,
  weeks: readonly IsoWeek[],
): { choice: Choice; remarks: string[] } {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const values = listValues(frame, weeks);
  const remarks: string[] = [];
  // the bare page opens with what the report found; an address is a choice of its own, and what it leaves out is any
  const isBare = listKeys(frame).every((key) => !given.has(key));
  const read = (key: ChoiceKey, otherwise: string): string => {
    const opening = isBare ? frame.opening[key] : undefined;
    const fallback = opening !== undefined && values[key].includes(opening) ? opening : otherwise;
    const wanted = given.get(key);
    if (wanted === null || values[key].includes(wanted)) return wanted ?? fallback;
    const shown = fallback === '*' ? 'all are shown' : `${nameValue(key, fallback, frame)} is shown`;
    remarks.push(
      `The address names the ${nouns[key]} “${wanted.slice(0, 40)}”, which this report does not have: ${shown}.`,
    );
    return fallback;
  };
  const carrier = read('carrier', values.carrier[0] ?? '');
  let against = read('against', '*');
  if (against === carrier) {
    against = '*';
    remarks.push('A carrier cannot be set against itself: all others are shown.');
  }
  const placeOf = (key: 'from' | 'to', otherwise: number) =>
    Math.max(0, values[key].indexOf(read(key, values[key][otherwise] ?? '')));
  const [usual] = listPresets(weeks, frame.lastWholeWeek).filter(({ key }) => key === 'last-13');
  let from = placeOf('from', usual?.range.from ?? 0);
  let to = placeOf('to', usual?.range.to ?? 0);
  if (from > to) {
    [from, to] = [to, from];
    remarks.push('The address has its first week after its last: they were exchanged.');
  }
  const choice: Choice = {
    carrier,
    against,
    lane: read('lane', '*'),
    type: read('type', '*'),
    service: read('service', '*'),
    brand: read('brand', '*'),
    account: frame.hasAccounts ? read('account', '*') : '*',
    measure: read(
      'measure',
      values.measure.includes('on_time_rate') ? 'on_time_rate' : (values.measure[0] ?? ''),
    ),
    from,
    to,
  };
  return { choice, remarks };
}

function nameValue(key: ChoiceKey, value: string, frame: CompareFrame): string {
  if (key === 'carrier' || key === 'against')
    return frame.carriers.find(({ code }) => code === value)?.name || value;
  if (key === 'measure')
    return isHourMeasure(value)
      ? hourMeasures[value].title
      : (frame.metrics.find(({ name }) => name === value)?.title ?? value);
  return value;
}

/** The address of a choice: opening it gives the same figures. It names an account where one is chosen: most reports know one alone. */
export function writeAddress(choice: Choice, weeks: readonly IsoWeek[]): string {
  const texts: Record<ChoiceKey, string> = {
    ...choice,
    from: weeks[choice.from]?.name ?? '',
    to: weeks[choice.to]?.name ?? '',
  };
  // '*' and '-' stay readable, all else is escaped
  return `#${listKeys({ hasAccounts: choice.account !== '*' })
    .map((key) => `${key}=${encodeURIComponent(texts[key])}`)
    .join('&')}`;
}
