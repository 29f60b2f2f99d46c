/** The published tables of performance at every grain: parcels at a clock to rows. */
import { type Alert, type AlertLaneRow, type AlertRow, findAlerts, type WeekGroup } from './alerts.js';
import { cohortsOf, isCovered, type Period } from './cohorts.js';
import { breakDownDelay, type DelayRow, type ParcelDayRow, parcelDayRows, waysOf } from './delay.js';
import { aalenJohansen, shareAt } from './estimators.js';
import { type CarrierLaneChange, laneChangesOf } from './lane-changes.js';
import { adjustedFor, compareWithin, noAdjustment, toAgainstColumns } from './like-with-like.js';
import type { Milestones } from './parcels.js';
import { isSample, summarise } from './performance.js';
import { firstScanSample, transitSample } from './samples.js';
import { type Calendar, formatDay, mondayOf } from './time.js';
import type { BrandRow, LaneRow, OptionRow, PerformanceRow, WeekRow } from './types.js';

export interface View {
  period: Period;
  /** As they stood at the period's clock. */
  parcels: Milestones[];
}

/** Groups in the order of their first parcel, each with that parcel. */
export function groupBy(
  parcels: Milestones[],
  keyOf: (parcel: Milestones) => unknown[],
): [Milestones, Milestones[]][] {
  const groups = new Map<string, [Milestones, Milestones[]]>();
  for (const parcel of parcels) {
    const key = JSON.stringify(keyOf(parcel));
    const group = groups.get(key);
    if (group) group[1].push(parcel);
    else groups.set(key, [parcel, [parcel]]);
  }
  return [...groups.values()];
}

export const laneKeyOf = (parcel: Milestones) => [parcel.fromCountry, parcel.toCountry, parcel.deliveryType];

/** Every carrier's group within a grain, and that of all carriers as '*'. */
function byCarrier(parcels: Milestones[]): { carrier: string; own: Milestones[] }[] {
  const groups = groupBy(parcels, ({ carrierCode }) => [carrierCode]);
  const own = groups.map(([{ carrierCode: carrier }, group]) => ({ carrier, own: group }));
  return parcels.length > 0 ? [...own, { carrier: '*', own: parcels }] : [];
}

export function carrierRows({ period, parcels }: View, calendar: Calendar): PerformanceRow[] {
  const adjust = adjustedFor(parcels, period);
  const compare = compareWithin(parcels, period);
  return byCarrier(parcels).map(({ carrier, own }) => ({
    carrier_code: carrier,
    period: period.name,
    ...summarise(own, period, calendar),
    ...(carrier === '*' ? noAdjustment : adjust(carrier)),
    ...toAgainstColumns(carrier === '*' ? null : compare(carrier)),
  }));
}

export function laneRows({ period, parcels }: View, calendar: Calendar): LaneRow[] {
  return groupBy(parcels, laneKeyOf).flatMap(([lane, onLane]) => {
    const compare = compareWithin(onLane, period);
    return byCarrier(onLane).map(({ carrier, own }) => ({
      carrier_code: carrier,
      from_country: lane.fromCountry,
      to_country: lane.toCountry,
      delivery_type: lane.deliveryType,
      period: period.name,
      ...summarise(own, period, calendar),
      ...toAgainstColumns(carrier === '*' ? null : compare(carrier)),
    }));
  });
}

export function optionRows({ period, parcels }: View, calendar: Calendar): OptionRow[] {
  return groupBy(parcels, ({ shippingOptionCode }) => [shippingOptionCode]).flatMap(
    ([{ shippingOptionCode }, group]) =>
      byCarrier(group).map(({ carrier, own }) => ({
        carrier_code: carrier,
        shipping_option_code: shippingOptionCode,
        period: period.name,
        ...summarise(own, period, calendar),
      })),
  );
}

export function brandRows({ period, parcels }: View, calendar: Calendar): BrandRow[] {
  return groupBy(parcels, ({ brandId }) => [brandId]).flatMap(([{ brandId }, group]) =>
    byCarrier(group).map(({ carrier, own }) => ({
      carrier_code: carrier,
      brand_id: brandId,
      period: period.name,
      ...summarise(own, period, calendar),
    })),
  );
}

/** Parcels by the Monday of any of their start days: only those can be in a cohort of that week. */
function groupByWeek(parcels: Milestones[], { name, clock, toDay }: Period): WeekGroup[] {
  const weeks = new Map<number, Set<Milestones>>();
  const lastMonday = mondayOf(toDay);
  for (const parcel of parcels) {
    for (const day of [parcel.labelDay, parcel.firstScanDay, parcel.eddOriginal]) {
      const monday = day === null ? null : mondayOf(day);
      if (monday === null || monday < lastMonday - 52 * 7 || monday > lastMonday) continue;
      const week = weeks.get(monday);
      if (week) week.add(parcel);
      else weeks.set(monday, new Set([parcel]));
    }
  }
  return [...weeks]
    .sort(([a], [b]) => a - b)
    .map(([monday, started]) => ({
      monday,
      period: { name, clock, fromDay: monday, toDay: Math.min(monday + 7, toDay) },
      parcels: [...started],
    }));
}

export function weekRows({ period, parcels }: View, calendar: Calendar): WeekRow[] {
  return byCarrier(parcels).flatMap(({ carrier, own }) =>
    groupByWeek(own, period).flatMap((week) => {
      const { label, scan, due } = cohortsOf(week.parcels, week.period);
      if (label.length + scan.length + due.length === 0) return [];
      // Parcels still open belong to no week.
      const columns = {
        ...summarise(week.parcels, week.period, calendar),
        open_now: null,
        stalled_now: null,
      };
      return [{ carrier_code: carrier, week_start_date: formatDay(week.monday), ...columns }];
    }),
  );
}

export function alertsOf({ period, parcels }: View): Alert[] {
  return groupBy(parcels, ({ carrierCode }) => [carrierCode]).flatMap(([{ carrierCode }, own]) =>
    findAlerts(carrierCode, groupByWeek(own, period), period.toDay),
  );
}

export function laneChanges({ period, parcels }: View): CarrierLaneChange[] {
  return groupBy(parcels, ({ carrierCode }) => [carrierCode]).flatMap(([{ carrierCode }, own]) =>
    laneChangesOf(carrierCode, groupBy(own, laneKeyOf), groupByWeek(own, period), period.toDay),
  );
}

export const alertRows = (alerts: Alert[]): AlertRow[] => alerts.map(({ row }) => row);
export const alertLaneRows = (alerts: Alert[]): AlertLaneRow[] => alerts.flatMap(({ lanes }) => lanes);

export function delayRows({ period, parcels }: View): DelayRow[] {
  return byCarrier(parcels).flatMap(({ carrier, own }) => {
    const ways = waysOf(own, period);
    return ways.length > 0 ? [{ carrier_code: carrier, ...breakDownDelay(ways) }] : [];
  });
}

export function dayRows({ period, parcels }: View): ParcelDayRow[] {
  return byCarrier(parcels).flatMap(({ carrier, own }) => {
    const ways = waysOf(own, period);
    return ways.length > 0 ? parcelDayRows(carrier, ways) : [];
  });
}

export interface CurveRow {
  carrier_code: string;
  hours: number;
  share: number | null;
  share_lo: number | null;
  share_hi: number | null;
  at_risk: number;
}

/** A curve of the current period read at the hours asked for: the contract leaves open which hours a table has. */
export function curveRows(
  kind: 'first_scan' | 'transit',
  { period, parcels }: View,
  wanted: { carrier_code: string; hours: number }[],
): CurveRow[] {
  const hoursOf = (carrier: string) =>
    wanted.filter(({ carrier_code }) => carrier_code === carrier).map(({ hours }) => hours);
  return byCarrier(parcels).flatMap(({ carrier, own }) => {
    const { label, scan } = cohortsOf(own, period);
    const all = kind === 'transit' ? scan.map(transitSample) : label.map(firstScanSample);
    const samples = all.filter(isSample);
    const curve = aalenJohansen(samples);
    return hoursOf(carrier).map((hours) => {
      const { share, lo, hi } = shareAt(curve, hours);
      const atRisk = samples.filter(({ t }) => t >= hours).length;
      return { carrier_code: carrier, hours, share, share_lo: lo, share_hi: hi, at_risk: atRisk };
    });
  });
}

export interface CoverageRow {
  carrier_code: string;
  /** False: changes against the previous period read not_covered. */
  is_covered: boolean;
}

export function coverageRows({ parcels }: View, previous: Period): CoverageRow[] {
  return byCarrier(parcels).map(({ carrier, own }) => ({
    carrier_code: carrier,
    is_covered: isCovered(own, previous),
  }));
}
