import type { TransitCurves } from '../../queries/schema.js';
import { formatNumber, formatRate } from '../words.js';
import type { ChartContext, Figure } from './chart.js';
import { castOf, isNumber, sayCount } from './kit.js';
import type { Estimate } from './wilson.js';

export type CurveRow = TransitCurves;

export interface Curve {
  code: string;
  n: number;
  points: CurvePoint[];
}

export type CurvePoint = CurveRow & { share: number };

export const lastHour = 240;
export const dayHours = 24;

export function readCurves(rows: readonly CurveRow[]): Curve[] {
  const curves = new Map<string, Curve>();
  for (const row of rows) {
    if (row.hours > lastHour || !isNumber(row.share)) continue;
    const curve = curves.get(row.carrier_code) ?? { code: row.carrier_code, n: 0, points: [] };
    curve.n = Math.max(curve.n, row.at_risk);
    curve.points.push({ ...row, share: row.share });
    curves.set(row.carrier_code, curve);
  }
  for (const curve of curves.values()) curve.points.sort((one, other) => one.hours - other.hours);
  const each = [...curves.values()];
  const carriers = each.filter(({ code }) => code !== '*');
  return carriers.length > 0 ? carriers : each;
}

/** The first hour at which the curve, its upper and its lower limit reach a share: value, lo and hi. A limit never reached is infinite. */
export function findReached(curve: Curve, share: number): Estimate | null {
  const first = (limitOf: (point: CurvePoint) => Figure) =>
    curve.points.find((point) => (limitOf(point) ?? 0) >= share - 1e-9)?.hours;
  const value = first((point) => point.share);
  if (value === undefined) return null;
  return {
    value,
    lo: first((point) => point.share_hi) ?? value,
    hi: first((point) => point.share_lo) ?? Number.POSITIVE_INFINITY,
  };
}

export function sayDays(hours: number, context: ChartContext): string {
  const days = Math.round((hours / dayHours) * 10) / 10;
  return days === 1 ? '1 day' : `${formatNumber(days, Number.isInteger(days) ? 0 : 1, context.locale)} days`;
}

export function sayCurve(curve: Curve, context: ChartContext): string {
  const reached = findReached(curve, 0.9);
  const last = curve.points.at(-1);
  const name = `${castOf(context).nameOf(curve.code)} (${sayCount(curve.n, context)})`;
  if (reached !== null) return `${name}: 9 in 10 within ${sayDays(reached.value, context)}`;
  return `${name}: ${formatRate(last?.share, context.locale)} after ${sayDays(last?.hours ?? 0, context)}`;
}
