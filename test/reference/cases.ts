/** What may be said at all: every candidate of a run, one gate over them, and the worst that pass. */
import { isSayable } from './against-others.js';
import type { Alert } from './alerts.js';
import type { Period } from './cohorts.js';
import { cohortsOf } from './cohorts.js';
import type { CutOffMove } from './cut-offs.js';
import type { CarrierLaneChange } from './lane-changes.js';
import { type ComparedFigure, compareWithin } from './like-with-like.js';
import type { Milestones } from './parcels.js';
import { passHolm } from './probability.js';
import { countRate, rateOf } from './rates.js';
import { groupBy, laneKeyOf } from './tables.js';
import { countTarget, goodOf, type Target, targetP } from './targets.js';
import type { DeliveryType } from './types.js';

export interface Lane {
  from_country: string | null;
  to_country: string | null;
  delivery_type: DeliveryType;
}

export interface Candidate {
  kind: 'alert' | 'change' | 'carrier' | 'lane' | 'target' | 'cut_off';
  carrier_code: string | null;
  lane: Lane | null;
  metric: string;
  is_worse: boolean;
  n: number;
  /** Parcels more (or fewer) than usual, than the others would have had, or than was agreed; null for hours. */
  extra: number | null;
  p: number;
  /** Of a target: its place in the file, from 1. */
  target_number?: number;
}

const MIN_FORESEEN = 0.9;
const MIN_PARCELS = 30;
const MOST_CASES = 3;

export function alertCandidates(alerts: Alert[]): Candidate[] {
  return alerts
    .filter(({ row }) => row.is_open && row.is_worse)
    .map(({ row, lanes, n, x, usual, p }) => {
      const [named] = lanes.filter((lane) => lane.is_named);
      const isHours = row.metric.endsWith('_hours');
      return {
        kind: 'alert' as const,
        carrier_code: row.carrier_code,
        lane: named
          ? {
              from_country: named.from_country,
              to_country: named.to_country,
              delivery_type: named.delivery_type,
            }
          : null,
        metric: row.metric,
        is_worse: true,
        n,
        extra: isHours ? null : x - n * usual,
        p,
      };
    });
}

/** On time is judged nowhere where too many promises were read with hindsight. */
function isJudged(metric: string, own: Milestones[], period: Period): boolean {
  if (metric !== 'on_time_rate') return true;
  const { x, n } = countRate(rateOf('promise_foreseen_rate'), cohortsOf(own, period).due, period);
  return n > 0 && x / n >= MIN_FORESEEN;
}

function comparedCandidates(parcels: Milestones[], period: Period, lane: Lane | null): Candidate[] {
  const compare = compareWithin(parcels, period);
  return groupBy(parcels, ({ carrierCode }) => [carrierCode]).flatMap(([{ carrierCode }, own]) =>
    Object.entries(compare(carrierCode)).flatMap(([metric, compared]): Candidate[] => {
      if (!isSayable(compared) || compared.extra === null || compared.p === null) return [];
      if (!isJudged(metric, own, period)) return [];
      const good = (metric as ComparedFigure) === 'exception_rate_carrier' ? 'lower' : 'higher';
      return [
        {
          kind: lane ? 'lane' : 'carrier',
          carrier_code: carrierCode,
          lane,
          metric,
          is_worse: good === 'lower' ? compared.extra > 1e-9 : compared.extra < -1e-9,
          n: compared.n,
          extra: compared.extra,
          p: compared.p,
        },
      ];
    }),
  );
}

function targetCandidates(targets: Target[], parcels: Milestones[], current: Period): Candidate[] {
  return targets.flatMap((target, index): Candidate[] => {
    const { x, n } = countTarget(target, parcels, current);
    if (n < MIN_PARCELS) return [];
    const extra = x - n * target.target;
    return [
      {
        kind: 'target',
        carrier_code: target.carrier_code,
        lane: null,
        metric: target.metric,
        is_worse: goodOf(target.metric) === 'lower' ? extra > 1e-9 : extra < -1e-9,
        n,
        extra,
        p: targetP(x, n, target.target),
        target_number: index + 1,
      },
    ];
  });
}

/** Enough labels between the two hours in both periods, and days that say what the hours say. */
function cutOffCandidates(moves: Map<string, CutOffMove>): Candidate[] {
  return [...moves].flatMap(([carrier, { oldHour, newHour, latest, before, p }]): Candidate[] => {
    if (latest.labels < MIN_PARCELS || before.labels < MIN_PARCELS) return [];
    const isEarlier = newHour < oldHour;
    if (latest.lateDays / latest.days > before.lateDays / before.days !== isEarlier) return [];
    return [
      {
        kind: 'cut_off',
        carrier_code: carrier,
        lane: null,
        metric: 'first_scan_p50_hours',
        is_worse: isEarlier,
        n: latest.labels,
        extra: latest.lateLabels - (latest.labels * before.lateLabels) / before.labels,
        p,
      },
    ];
  });
}

function toCandidate(change: CarrierLaneChange): Candidate {
  const { carrier_code, from_country, to_country, delivery_type, metric, is_worse, n, x, usual, p } = change;
  const lane = { from_country, to_country, delivery_type };
  return { kind: 'change', carrier_code, lane, metric, is_worse, n, extra: x - n * usual, p };
}

export function findCandidates(
  parcels: Milestones[],
  current: Period,
  alerts: Alert[],
  targets: Target[],
  moves: Map<string, CutOffMove>,
  changes: CarrierLaneChange[],
): Candidate[] {
  const lanes = groupBy(parcels, laneKeyOf);
  return [
    ...alertCandidates(alerts),
    ...comparedCandidates(parcels, current, null),
    ...lanes.flatMap(([{ fromCountry, toCountry, deliveryType }, own]) =>
      comparedCandidates(own, current, {
        from_country: fromCountry,
        to_country: toCountry,
        delivery_type: deliveryType,
      }),
    ),
    ...targetCandidates(targets, parcels, current),
    ...cutOffCandidates(moves),
    ...changes.filter((change) => change.is_worse).map(toCandidate),
  ];
}

/** Worse ones that pass the gate over all candidates, the most parcels lost first; hours, which lose none, last. */
export function chooseCases(candidates: Candidate[]): Candidate[] {
  const passes = passHolm(candidates.map(({ p }) => p));
  return candidates
    .filter((candidate, index) => passes[index] && candidate.is_worse)
    .sort((a, b) => Math.abs(b.extra ?? 0) - Math.abs(a.extra ?? 0))
    .slice(0, MOST_CASES);
}
