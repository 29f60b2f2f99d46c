import { definitionOf } from '../definitions.js';
import { estimateShare } from '../drawing/wilson.js';
import type { CutOffRow } from '../snapshot.js';
import {
  formatAgreed,
  formatCount,
  formatDateRange,
  formatDifference,
  formatHours,
  formatInterval,
  formatNumber,
  formatRate,
} from '../words.js';
import { type CaseFacts, estimate } from './case-facts.js';
import { nameOf, type PageContext } from './context.js';
import { formatValue } from './figures.js';
import { sayCounted, sayPlace } from './findings.js';

/** Chances below it are not told apart: by then other doubts weigh more than chance does. */
const rarestTold = 10_000;

/** 'fewer than 1 of 10,000 such reports', from p after all looks: rounded so that it never says less than p does. */
export function sayChance(p: number, locale: string): string {
  const oneOf = Math.floor(1 / Math.max(p, Number.MIN_VALUE));
  if (oneOf >= rarestTold) return `in fewer than 1 of ${formatCount(rarestTold, locale)} such reports`;
  const digits = 10 ** Math.floor(Math.log10(Math.max(1, oneOf)));
  return `in about 1 of ${formatCount(Math.floor(oneOf / digits) * digits, locale)} such reports`;
}

const isLane = ({ row }: CaseFacts) => row.from_country !== null || row.to_country !== null;

function sayTested({ locale }: PageContext, { row }: CaseFacts): string {
  const all =
    row.looked_at === 1 ? 'the one statement' : `all ${formatCount(row.looked_at, locale)} statements`;
  return `Over ${all} that this report could have made, chance alone would show such a thing ${sayChance(row.p_holm, locale)}.`;
}

/** What makes the case sure: the test, its interval, and how much was looked at. Sentences that follow 'Sure because'. */
export function saySure(context: PageContext, facts: CaseFacts): string {
  const { row } = facts;
  const sayWhy = whys[row.kind] ?? sayWhyComparison;
  const said = sayWhy(context, facts);
  return `${said} ${sayTested(context, facts)}`;
}

function sayWhyAlert(context: PageContext, facts: CaseFacts): string {
  const { row, alert, evidence } = facts;
  const { locale, snapshot } = context;
  const days = formatDateRange(evidence.first_date, evidence.last_date, locale);
  const weeks = row.weeks === 1 ? 'one week' : `${formatCount(row.weeks ?? 0, locale)} weeks`;
  if (row.x === null || alert === null) {
    const { kind } = definitionOf(snapshot, row.metric);
    return `${weeks} (${days}) lie outside what the weeks before keep to: ${formatValue(row.value, kind, locale)}, usual ${formatValue(row.usual, kind, locale)}.`;
  }
  const all = `${formatCount(Math.round(alert.value * alert.n), locale)} of ${formatCount(alert.n, locale)}`;
  const where = isLane(facts) ? 'all lanes together' : 'all its parcels';
  const whole = `${weeks} (${days}) lie outside what ${nameOf(context, row.carrier_code)}’s weeks before keep to: ${where}, ${all} ${sayCounted(context, row.metric)}, usual ${formatRate(alert.usual, locale)}.`;
  if (!isLane(facts)) return whole;
  const { value, lo, hi } = estimateShare(row.x, row.n);
  const lost = formatCount(Math.round(Math.abs(row.extra ?? 0)), locale);
  return `${whole} More than half of that is this lane: ${formatInterval(value, lo, hi, locale)}, ${lost} parcels ${facts.isHighGood ? 'fewer' : 'more'} than usual.`;
}

/** A lane's latest weeks against its own before, by more than they ever differed among themselves. */
function sayWhyChange(context: PageContext, facts: CaseFacts): string {
  const { row, evidence } = facts;
  const { locale } = context;
  const { value, lo, hi } = estimateShare(row.x ?? 0, row.n);
  const days = formatDateRange(evidence.first_date, evidence.last_date, locale);
  const weeks =
    row.weeks === 1
      ? 'its latest complete week'
      : `its latest ${formatCount(row.weeks ?? 0, locale)} complete weeks`;
  const lost = formatCount(Math.round(Math.abs(row.extra ?? 0)), locale);
  return (
    `${weeks} (${days}) are ${formatInterval(value, lo, hi, locale)} and usual is ${formatRate(row.usual, locale)}: ${lost} parcels ` +
    `${facts.isHighGood ? 'fewer' : 'more'} than usual, further off than chance and the lane’s own ups and downs of up to 26 weeks before take it.`
  );
}

function sayWhyComparison(context: PageContext, { row, comparison, isHighGood }: CaseFacts): string {
  const { locale } = context;
  const extra = formatCount(Math.round(Math.abs(row.extra ?? 0)), locale);
  const parcels = `${extra} parcels ${isHighGood ? 'fewer' : 'more'} than the others would have had`;
  if (comparison?.difference == null) return `like with like that is ${parcels}.`;
  const { difference, difference_lo: lo, difference_hi: hi } = comparison;
  const points = [lo, hi].map((each) => formatNumber((each ?? difference) * 100, 1, locale)).join(' to ');
  return (
    `on the same lanes, delivery types and services the difference is ${formatNumber(difference * 100, 1, locale)} points (${points}): ${parcels}. ` +
    `Compared are ${formatCount(comparison.n, locale)} parcels, ${formatRate(comparison.share, locale)} of its own there, with ${formatCount(comparison.other_n, locale)} of the others.`
  );
}

function sayWhyTarget(context: PageContext, { row, evidence, isHighGood }: CaseFacts): string {
  const { locale } = context;
  const share = estimate({ x: row.x ?? 0, n: row.n });
  const days = formatDateRange(evidence.first_date, evidence.last_date, locale);
  return `${formatCount(row.x ?? 0, locale)} of ${formatCount(row.n, locale)} parcels (${days}) are ${formatInterval(share?.value, share?.lo, share?.hi, locale)}, and all of that interval lies ${isHighGood ? 'below' : 'above'} the agreed ${formatAgreed(row.usual, locale)}.`;
}

function sayWhyCutOff({ locale }: PageContext, { latest, earlier }: CaseFacts): string {
  if (!latest || !earlier) return 'the days before and the last 28 differ (Fisher’s exact test of days).';
  const days = (row: CutOffRow) =>
    `${formatCount(row.between_late_days ?? 0, locale)} of ${formatCount(row.between_days ?? 0, locale)} days`;
  const hours = formatHours(latest.between_waited_from, locale);
  return `on ${days(latest)} of the last 28 most labels made in between waited ${hours} or longer for their first scan, before on ${days(earlier)} (Fisher’s exact test of days, since all labels of a day wait for one van).`;
}

/** How each kind of case became sure. */
const whys: Readonly<Record<string, (context: PageContext, facts: CaseFacts) => string>> = {
  alert: sayWhyAlert,
  change: sayWhyChange,
  target: sayWhyTarget,
  cut_off: sayWhyCutOff,
};

const nextDays = 5;

function sayMindCutOff({ locale }: PageContext, { latest }: CaseFacts): string[] {
  const hours = formatHours(latest?.between_waited_from ?? null, locale);
  return [
    `on 3 of the next ${nextDays} days with such labels, most of them scanned within ${hours}`,
    'a change of our own: when we pack, hand over or print labels; scans do not say whose van it was',
  ];
}

const nextParcels = { least: 20, most: 100 };

/** Of so many parcels, from how many on (up to how many, where few is good) the figure would be no news. */
function findTurn(usual: number, n: number, isHighGood: boolean): number {
  const counts = Array.from({ length: n + 1 }, (_, x) => x);
  return isHighGood
    ? (counts.find((x) => estimateShare(x, n).hi >= usual) ?? n)
    : (counts.findLast((x) => estimateShare(x, n).lo <= usual) ?? 0);
}

/** What would change our mind: conditions that follow 'Would change our mind:', the one that anyone can count first. */
export function sayMind(context: PageContext, facts: CaseFacts): string[] {
  const { row } = facts;
  if (row.kind === 'cut_off') return sayMindCutOff(context, facts);
  return [
    sayNext(context, facts),
    ...sayForeseen(context, facts),
    ...sayHandover(context, facts),
    ...(row.compared_with === 'before' ? sayServices(context, facts) : []),
    ...(row.compared_with === 'others' ? sayUnlike() : []),
    ...(row.kind === 'target' ? sayMeant(context, facts) : []),
  ];
}

function sayNext(context: PageContext, facts: CaseFacts): string {
  const { row, isHighGood } = facts;
  const { locale, snapshot } = context;
  const there = isLane(facts) ? ' there' : '';
  if (row.x === null) {
    const { kind } = definitionOf(snapshot, row.metric);
    return `its next two complete weeks at ${formatValue(row.usual, kind, locale)} or ${isHighGood ? 'more' : 'less'}`;
  }
  const n = Math.min(nextParcels.most, Math.max(nextParcels.least, row.n));
  const turn = formatCount(findTurn(row.usual, n, isHighGood), locale);
  return `of its next ${formatCount(n, locale)} parcels${there}, ${turn} or ${isHighGood ? 'more' : 'fewer'} ${sayCounted(context, row.metric)}`;
}

/** Only the carrier's own view asks whether the promise could be foreseen. */
function sayForeseen({ locale }: PageContext, { row, foreseen }: CaseFacts): string[] {
  if (row.metric !== 'on_time_rate' || foreseen.n === 0) return [];
  const hindsight = formatCount(foreseen.n - foreseen.x, locale);
  return [`promises that were read too late (${hindsight} of ${formatCount(foreseen.n, locale)} were)`];
}

function sayHandover({ locale }: PageContext, { row, late }: CaseFacts): string[] {
  if (late.n === 0) return [];
  const count = `${formatCount(late.x, locale)} of ${formatCount(late.n, locale)}`;
  if (row.metric === 'promise_kept_rate') return [`our own hand-over: ${count} were handed over late`];
  return row.metric === 'on_time_rate'
    ? [`a hand-over later than the scans say (${count} were late, and are not counted)`]
    : [];
}

/** The service level whose share moved most. */
function sayServices({ locale }: PageContext, { evidence }: CaseFacts): string[] {
  const total = (isBefore: boolean) =>
    evidence.services.filter((each) => each.is_before === isBefore).reduce((sum, { n }) => sum + n, 0);
  const [before, now] = [total(true), total(false)];
  if (before === 0 || now === 0) return [];
  const share = (level: string, isBefore: boolean) =>
    (evidence.services.find((each) => each.service_level === level && each.is_before === isBefore)?.n ?? 0) /
    (isBefore ? before : now);
  const [most] = [...new Set(evidence.services.map(({ service_level }) => service_level))]
    .map((level) => ({ level, from: share(level, true), to: share(level, false) }))
    .sort((one, other) => Math.abs(other.to - other.from) - Math.abs(one.to - one.from) || other.to - one.to);
  if (!most) return [];
  const moved = `${formatDifference(most.to - most.from, 'rate', locale)}`;
  return [
    moved === 'unchanged'
      ? `another mix of services (${most.level} is ${formatRate(most.to, locale)} of its parcels there, as before)`
      : `another mix of services (${most.level} is ${formatRate(most.to, locale)} of its parcels there, ${moved})`,
  ];
}

/** How the agreed figure is read: its words may have meant other parcels. */
function sayMeant(context: PageContext, { row, evidence }: CaseFacts): string[] {
  const days = formatDateRange(evidence.first_date, evidence.last_date, context.locale);
  return [
    `an agreement that means other parcels than ${sayPlace(context, row) || 'all of its own'}, ${days}`,
  ];
}

function sayUnlike(): string[] {
  return [
    'heavier parcels or harder addresses than the others have on the same lanes: neither is in the data',
  ];
}
