/** Answers parcel by parcel, and counts that add up over any slice. */
import { type CohortName, cohortsOf, type Period, startDayOf } from './cohorts.js';
import type { Milestones } from './parcels.js';
import { isSample } from './performance.js';
import { rates } from './rates.js';
import { firstScanSample, transitSample } from './samples.js';
import { formatDay } from './time.js';
import type { PeriodName, RateName } from './types.js';

const COHORTS: CohortName[] = ['label', 'scan', 'due'];
const CELL_DAYS = 400;
const LAST_HOUR = 336;

export type RateAnswerRow = {
  tracking_number: string;
  cohort: CohortName;
  period: PeriodName;
  carrier_code: string;
  start_date: string;
} & Record<RateName, boolean | null>;

/** One row a parcel and cohort of the period; null for rates of other cohorts and those that do not ask it. */
export function rateAnswerRows(parcels: Milestones[], period: Period): RateAnswerRow[] {
  const cohorts = cohortsOf(parcels, period);
  return COHORTS.flatMap((cohort) =>
    cohorts[cohort].map((parcel) => {
      const answers = rates.map((rate) => [
        rate.name,
        rate.cohort === cohort ? rate.ask(parcel, period.clock) : null,
      ]);
      return {
        tracking_number: parcel.trackingNumber,
        cohort,
        period: period.name,
        carrier_code: parcel.carrierCode,
        start_date: formatDay(startDayOf(parcel, cohort) ?? 0),
        ...Object.fromEntries(answers),
      } as RateAnswerRow;
    }),
  );
}

interface CellKey {
  cohort: CohortName;
  start_date: string;
  carrier_code: string;
  from_country: string | null;
  to_country: string | null;
  delivery_type: string;
  service_level: string;
  shipping_option_code: string;
  brand_id: number | null;
}

export type CellRow = CellKey & Record<`${RateName}_${'n' | 'x'}`, number>;

export interface CellHourRow extends CellKey {
  hour: number;
  interest: number;
  competing: number;
  censored: number;
}

function keyOf(parcel: Milestones, cohort: CohortName): CellKey {
  return {
    cohort,
    start_date: formatDay(startDayOf(parcel, cohort) ?? 0),
    carrier_code: parcel.carrierCode,
    from_country: parcel.fromCountry,
    to_country: parcel.toCountry,
    delivery_type: parcel.deliveryType,
    service_level: parcel.serviceLevel,
    shipping_option_code: parcel.shippingOptionCode,
    brand_id: parcel.brandId,
  };
}

/** The window of cells: longer than any period, judged at the clock. */
function cellPeriod(current: Period): Period {
  return { ...current, fromDay: current.toDay - CELL_DAYS };
}

function isRateOf(cohort: CohortName) {
  return (rate: { cohort: CohortName }) => rate.cohort === cohort;
}

export function cellRows(parcels: Milestones[], current: Period): CellRow[] {
  const cohorts = cohortsOf(parcels, cellPeriod(current));
  const cells = new Map<string, CellRow>();
  const zeros = Object.fromEntries(
    rates.flatMap(({ name }) => [
      [`${name}_n`, 0],
      [`${name}_x`, 0],
    ]),
  );
  for (const cohort of COHORTS) {
    for (const parcel of cohorts[cohort]) {
      const key = keyOf(parcel, cohort);
      const text = JSON.stringify(key);
      const cell = cells.get(text) ?? ({ ...key, ...zeros } as CellRow);
      cells.set(text, cell);
      for (const rate of rates.filter(isRateOf(cohort))) {
        const answer = rate.ask(parcel, current.clock);
        if (answer === null) continue;
        cell[`${rate.name}_n`] += 1;
        cell[`${rate.name}_x`] += Number(answer);
      }
    }
  }
  return [...cells.values()];
}

export function cellHourRows(parcels: Milestones[], current: Period): CellHourRow[] {
  const cohorts = cohortsOf(parcels, cellPeriod(current));
  const cells = new Map<string, CellHourRow>();
  const sampled = [
    { cohort: 'label', sampleOf: firstScanSample },
    { cohort: 'scan', sampleOf: transitSample },
  ] as const;
  for (const { cohort, sampleOf } of sampled) {
    for (const parcel of cohorts[cohort]) {
      const sample = sampleOf(parcel);
      if (!isSample(sample)) continue;
      const key = { ...keyOf(parcel, cohort), hour: Math.min(LAST_HOUR, Math.floor(sample.t)) };
      const text = JSON.stringify(key);
      const cell = cells.get(text) ?? { ...key, interest: 0, competing: 0, censored: 0 };
      cells.set(text, cell);
      cell[sample.kind] += 1;
    }
  }
  return [...cells.values()];
}
