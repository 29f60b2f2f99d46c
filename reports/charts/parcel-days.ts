import type { DelayBreakdown, ParcelDays } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import { type Cast, castOf, emptyChart, finishChart, isNumber, sayCount } from '../drawing/kit.js';
import { dayHours, drawAreas, type Moment } from '../drawing/parcel-areas.js';
import { formatHours, formatList, formatRate } from '../words.js';

export type ParcelDayRow = ParcelDays;
export type DelayRow = Pick<
  DelayBreakdown,
  'carrier_code' | 'hours_to_scan' | 'hours_to_attempt' | 'hours_to_delivery' | 'parcels'
>;

/** In the order of a parcel's way; the last is the lowest in the picture. `column` is the area of the same in delay_breakdown. */
const places = [
  { key: 'waiting', column: 'hours_to_scan', name: 'waiting for a scan', owner: 'ours' },
  { key: 'underway', column: 'hours_to_attempt', name: 'under way', owner: 'the carrier\u2019s' },
  {
    key: 'attempted',
    column: 'hours_to_delivery',
    name: 'attempted or at a pick-up point',
    owner: 'after the first attempt',
  },
  { key: 'delivered', column: null, name: 'delivered', owner: '' },
] as const;

const subject = 'Where parcels are, by day since the label';

/** One carrier's parcels ('*' for all) stacked to 100 % by where they are, hour by hour of the 14 days after the label. */
export function drawParcelDays(
  rows: readonly ParcelDayRow[],
  delays: readonly DelayRow[],
  context: ChartContext,
  code = '*',
): Chart {
  const cast = castOf(context);
  const delay = delays.find((row) => row.carrier_code === code);
  const n = delay?.parcels ?? 0;
  const moments = readMoments(rows.filter((row) => row.carrier_code === code));
  const days = Math.floor((moments.at(-1)?.hours ?? 0) / dayHours);
  const units = `Share of parcels (%) by days since the label, ${sayCount(n, context)}`;
  const base = { id: `parcel-days-${cast.keyOf(code)}`, units };
  const few = n > 0 && n < context.thresholds.withheldBelow;
  if (days < 1 || n === 0 || few) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: few
        ? `Too few parcels to show: ${sayCount(n, context)}, and figures are shown from ${context.thresholds.withheldBelow} on.`
        : 'Nothing to draw yet: this needs labels with a time of day, followed for a day or more.',
    });
  }
  const title = saySplit(delay, code, cast, context) ?? subject;
  return finishChart(context, {
    ...base,
    title,
    howToRead:
      'Upright at any day: where the parcels are by then. The size of an area is the mean time that a parcel spends there. Parcels still ' +
      `open are in it; a returned or lost one stays where it ended.${sayLeft(moments, context)}`,
    alt: `${title}. ${sayDays(moments, context)}.`,
    spec: drawAreas(
      moments,
      places.map(({ key, name }, index) => ({
        fill: `var(--area-${key})`,
        name,
        label: sayPlace(index, delay, context),
      })),
      context,
    ),
  });
}

function readMoments(rows: readonly ParcelDayRow[]): Moment[] {
  return [...rows]
    .sort((one, other) => one.hours - other.hours)
    .flatMap(
      ({
        hours,
        scanned_share: scanned,
        attempted_share: attempted,
        delivered_share: delivered,
      }): Moment[] => {
        if (!isNumber(scanned) || !isNumber(attempted) || !isNumber(delivered)) return [];
        return [{ hours, shares: [1 - scanned, scanned - attempted, attempted - delivered, delivered] }];
      },
    );
}

/** A split of one mean compares nothing, so that it needs no interval, only enough parcels. */
function saySplit(
  delay: DelayRow | undefined,
  code: string,
  cast: Cast,
  context: ChartContext,
): string | null {
  if (delay === undefined || delay.parcels < context.thresholds.rankedFrom) return null;
  const hours = places.flatMap(({ column }) => (column === null ? [] : [delay[column]])).filter(isNumber);
  const total = hours.reduce((sum, each) => sum + each, 0);
  if (hours.length < places.length - 1 || total <= 0) return null;
  const parts = places.flatMap(({ column, owner }) => {
    const own = column === null ? null : delay[column];
    // what rounds to nothing is not worth a word
    return isNumber(own) && own >= 0.5 ? [`${formatHours(own, context.locale)} ${owner}`] : [];
  });
  const whose = code === '*' ? 'a parcel' : `a ${cast.nameOf(code)} parcel`;
  return `Of its first 14 days ${whose} is not delivered for ${formatHours(total, context.locale)}: ${formatList(parts)}`;
}

/** What the picture ends with, where not all are delivered. */
function sayLeft(moments: readonly Moment[], context: ChartContext): string {
  const last = moments.at(-1);
  const delivered = last?.shares.at(-1);
  if (last === undefined || delivered === undefined) return '';
  const day = Math.floor(last.hours / dayHours);
  return ` After ${day} days ${formatRate(delivered, context.locale)} are delivered.`;
}

function sayDays(moments: readonly Moment[], context: ChartContext): string {
  const said = [1, 2, 4, 7, 14].flatMap((day) => {
    const moment = moments.find(({ hours }) => hours === day * dayHours);
    if (moment === undefined) return [];
    const shares = places.map(
      ({ name }, index) => `${formatRate(moment.shares[index], context.locale)} ${name}`,
    );
    return [`After ${day === 1 ? '1 day' : `${day} days`} ${shares.join(', ')}`];
  });
  return said.join('; ');
}

function sayPlace(index: number, delay: DelayRow | undefined, context: ChartContext): string {
  const place = places[index];
  const hours = place?.column ? delay?.[place.column] : null;
  return `${place?.name ?? ''}${isNumber(hours) ? `, ${formatHours(hours, context.locale)}` : ''}`;
}
