/** Control charts and funnel limits; shares between 0 and 1. */
import type { Interval } from './estimators.js';

const clampShare = (value: number) => Math.min(1, Math.max(0, value));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const movingRanges = (values: number[]) =>
  values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? value)));

export interface LaneyChart {
  centre: number;
  /** 1 where points vary as binomial counts should, more where they vary more. */
  sigmaZ: number;
  /** 3 sigma limits for a point of n. */
  limitsFor(n: number): Interval;
}

/**
 * p' chart of points in time order, n > 0 each; null with fewer than two points. Where every point is all or nothing
 * (centre 0 or 1), the limits are the centre.
 * Source: Laney 2002, Quality Engineering 14, 531 to 537; 1.128 is d2 for moving ranges of two.
 */
export function laneyP(points: { x: number; n: number }[]): LaneyChart | null {
  if (points.length < 2) return null;
  const total = points.reduce((sum, point) => sum + point.n, 0);
  const centre = points.reduce((sum, point) => sum + point.x, 0) / total;
  const sigma = (n: number) => Math.sqrt((centre * (1 - centre)) / n);
  const isFlat = centre <= 0 || centre >= 1;
  const z = points.map(({ x, n }) => (isFlat ? 0 : (x / n - centre) / sigma(n)));
  const sigmaZ = mean(movingRanges(z)) / 1.128;
  return {
    centre,
    sigmaZ,
    limitsFor: (n) => ({
      lo: clampShare(centre - 3 * sigma(n) * sigmaZ),
      hi: clampShare(centre + 3 * sigma(n) * sigmaZ),
    }),
  };
}

export interface XmrChart extends Interval {
  mean: number;
  meanMovingRange: number;
}

/**
 * Individuals chart of values in time order: mean +- 2.66 mean moving range; null with fewer than two values.
 * Source: Wheeler, Understanding Variation; 2.66 = 3 / 1.128.
 */
export function xmr(values: number[]): XmrChart | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  const meanMovingRange = mean(movingRanges(values));
  const half = 2.66 * meanMovingRange;
  return { mean: centre, meanMovingRange, lo: centre - half, hi: centre + half };
}

/** The last `length` values all strictly above or all strictly below the centre. */
export function endsInRun(values: number[], centre: number, length = 8): boolean {
  const tail = values.slice(-length);
  if (tail.length < length) return false;
  return tail.every((value) => value > centre) || tail.every((value) => value < centre);
}

/**
 * Limits for a rate of n around the overall rate p: p +- z sqrt(p(1-p)/n), within 0 and 1; z is 1.959964 for 95 % and
 * 3.090232 for 99.8 %.
 * Source: Spiegelhalter 2005, Stat. Med. 24, 1185 to 1202, normal approximation.
 */
export function funnelLimits(p: number, n: number, z: number): Interval {
  const half = z * Math.sqrt((p * (1 - p)) / n);
  return { lo: clampShare(p - half), hi: clampShare(p + half) };
}
