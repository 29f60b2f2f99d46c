/** Where the first 14 days after the label go: areas between incidence curves on the label's clock. */
import { cohortsOf, type Period } from './cohorts.js';
import { incidenceSteps, type Sample } from './estimators.js';
import type { Milestones } from './parcels.js';
import { type WaySamples, waySamples } from './samples.js';

export const WAY_HOURS = 336;

export interface DelayRow {
  carrier_code: string;
  hours_to_scan: number | null;
  hours_to_attempt: number | null;
  hours_to_delivery: number | null;
}

export interface ParcelDayRow {
  carrier_code: string;
  hours: number;
  scanned_share: number | null;
  attempted_share: number | null;
  delivered_share: number | null;
}

/** Right-continuous; null beyond what anybody was followed to. */
export interface Step {
  times: number[];
  at(t: number): number | null;
}

/** The incidence of one curve; null everywhere for nobody. */
function toStep(samples: Sample[]): Step {
  const points = incidenceSteps(samples);
  const last = points.at(-1);
  return {
    times: points.map(({ t }) => t),
    at(t) {
      if (!last || (last.t < t && last.S > 0)) return null;
      return points.findLast((point) => point.t <= t)?.F ?? 0;
    },
  };
}

/** The lower of the two, whatever each was followed to: nobody is delivered who was not attempted. */
function cutAt(step: Step, ceiling: Step): Step {
  return {
    times: [...step.times, ...ceiling.times],
    at(t) {
      const [value, most] = [step.at(t), ceiling.at(t)];
      return value === null || most === null ? null : Math.min(value, most);
    },
  };
}

/** Area under `upper` less `lower` from 0 to 336 h; null where either is not known to the end. */
function areaBetween(upper: Step, lower: Step): number | null {
  if (upper.at(WAY_HOURS) === null || lower.at(WAY_HOURS) === null) return null;
  const inside = [...upper.times, ...lower.times].filter((t) => t > 0 && t < WAY_HOURS);
  const edges = [...new Set([0, ...inside, WAY_HOURS])].sort((a, b) => a - b);
  let area = 0;
  for (const [index, from] of edges.slice(0, -1).entries()) {
    const to = edges[index + 1] ?? WAY_HOURS;
    area += ((upper.at(from) ?? 0) - (lower.at(from) ?? 0)) * (to - from);
  }
  return area;
}

const everybody: Step = { times: [], at: () => 1 };

function curvesOf(samples: WaySamples[]) {
  const scanned = toStep(samples.map(({ scan }) => scan));
  const attempted = cutAt(toStep(samples.map(({ attempt }) => attempt)), scanned);
  const delivered = cutAt(toStep(samples.map(({ delivery }) => delivery)), attempted);
  return { scanned, attempted, delivered };
}

export function breakDownDelay(samples: WaySamples[]): Omit<DelayRow, 'carrier_code'> {
  const { scanned, attempted, delivered } = curvesOf(samples);
  return {
    hours_to_scan: areaBetween(everybody, scanned),
    hours_to_attempt: areaBetween(scanned, attempted),
    hours_to_delivery: areaBetween(attempted, delivered),
  };
}

export function waysOf(parcels: Milestones[], period: Period): WaySamples[] {
  return cohortsOf(parcels, period)
    .label.map(waySamples)
    .filter((samples) => samples !== null);
}

export function parcelDayRows(carrier: string, samples: WaySamples[]): ParcelDayRow[] {
  const { scanned, attempted, delivered } = curvesOf(samples);
  return Array.from({ length: WAY_HOURS + 1 }, (_, hours) => ({
    carrier_code: carrier,
    hours,
    scanned_share: scanned.at(hours),
    attempted_share: attempted.at(hours),
    delivered_share: delivered.at(hours),
  }));
}
