import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  type Difference,
  type DifferenceRow,
  formatPointsInterval,
  isMeasured,
  pickDifferences,
  sayDifferences,
  subjectOf,
} from '../drawing/differences.js';
import { type Dot, drawDotRows } from '../drawing/dot-rows.js';
import {
  capByVolume,
  castOf,
  emptyChart,
  finishChart,
  isNarrow,
  pointLabels,
  reachOf,
  sayCount,
  stepsAround,
  withhold,
} from '../drawing/kit.js';
import { formatCount } from '../words.js';

/** Why a carrier's figure is not shown, by its code: 'not reported', 'not judged'. */
export type Doubts = ReadonlyMap<string, string>;

/** Each carrier's difference to the others on the same lanes with its interval: ink where it passes the gate, else grey. */
export function drawLikeWithLike(
  rows: readonly DifferenceRow[],
  context: ChartContext,
  metric: string,
  doubts: Doubts = new Map(),
): Chart {
  const cast = castOf(context);
  const nameOf = (row: DifferenceRow) => cast.nameOf(row.carrier_code);
  const own = pickDifferences(rows, metric);
  const judged = own.filter((row) => !doubts.has(row.carrier_code));
  const { shown, withheld } = withhold(judged, ({ n }) => n, nameOf, context);
  const doubted = [...doubts.keys()].filter((code) => code !== '*').map((code) => nothingOf(code, metric));
  const drawable = [...shown, ...doubted];
  const { kept, leftOut } = capByVolume(drawable, ({ n }) => n, nameOf, isNarrow(context) ? 10 : 16);
  const measured = kept.filter((row) => !doubts.has(row.carrier_code)).filter(isMeasured);
  const subject = `${subjectOf(metric)}, against the other carriers on the same lanes`;
  const base = {
    id: `like-with-like-${metric.replaceAll('_', '-')}`,
    units:
      'Points more (+) or fewer (\u2212) than the other carriers on the same lanes and services, with 95 % intervals',
    withheld,
    leftOut,
  };
  if (measured.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: `Nothing to draw yet: this needs ${context.thresholds.withheldBelow} parcels on lanes that another carrier serves too.`,
    });
  }
  const title = sayDifferences(measured, metric, cast, context) ?? subject;
  const domain = domainOf(measured);
  return finishChart(context, {
    ...base,
    title,
    howToRead:
      'Each carrier against what the others reach on its own lanes and services; at 0 it is like them. In colour: sure, with all looks ' +
      `counted; grey: within chance. Faded: under ${context.thresholds.rankedFrom} parcels, or under half of its parcels have a carrier beside them.`,
    alt: `${title}. ${measured.map((row) => `${nameOf(row)}: ${formatPointsInterval(row, context.locale)} points, ${sayCount(row.n, context)}`).join('; ')}.`,
    spec: drawDotRows(
      kept.map((row) => ({
        key: row.carrier_code,
        code: row.carrier_code,
        name: nameOf(row),
        note: doubts.has(row.carrier_code) ? '' : `${sayCount(row.n, context)}, ${sayShare(row, context)}`,
        colour: row.is_sure ? cast.styleOf(row.carrier_code).colour : 'var(--muted)',
        faded: !row.is_comparable,
        dots: [dotOf(row, nameOf(row), doubts.get(row.carrier_code), context)],
      })),
      {
        domain,
        ticksFor: (plotWidth) => ({ values: stepsAround(domain[1], plotWidth), labelExpr: pointLabels }),
        values: 'columns',
        zero: 0,
      },
      context,
    ),
  });
}

/** The measures of one carrier's own page, in this order. */
const ownMetrics = [
  'on_time_rate',
  'promise_kept_rate',
  'transit_2_working_days_rate',
  'transit_vs_others_2d',
  'transit_vs_others_5d',
  'first_attempt_success_rate',
  'exception_rate_carrier',
] as const;

/** One carrier on its own lanes against the others there, a row a measure. `doubts` by measure. */
export function drawOwnDifferences(
  rows: readonly DifferenceRow[],
  context: ChartContext,
  code: string,
  doubts: Doubts = new Map(),
): Chart {
  const cast = castOf(context);
  const own = ownMetrics.flatMap((metric) => {
    const row = pickDifferences(rows, metric).find((each) => each.carrier_code === code);
    const isDoubted = doubts.has(metric);
    if (isDoubted) return [nothingOf(code, metric)];
    return row !== undefined && row.n >= context.thresholds.withheldBelow ? [row] : [];
  });
  const measured = own.filter(isMeasured);
  const subject = `${cast.nameOf(code)} against the other carriers on its lanes`;
  const base = {
    id: `own-differences-${cast.keyOf(code)}`,
    units:
      'Points more (+) or fewer (\u2212) than the other carriers on the same lanes and services, with 95 % intervals',
  };
  if (measured.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: `Nothing to compare: no other carrier has ${context.thresholds.withheldBelow} parcels beside this one\u2019s on its lanes.`,
    });
  }
  const said = ownMetrics
    .flatMap((metric) => {
      const row = measured.find((each) => each.metric === metric && each.is_sure);
      return row === undefined ? [] : [row];
    })
    .sort((one, other) => Math.abs(other.extra ?? 0) - Math.abs(one.extra ?? 0))[0];
  const title = (said === undefined ? null : sayDifferences([said], said.metric, cast, context)) ?? subject;
  const domain = domainOf(measured);
  return finishChart(context, {
    ...base,
    title,
    howToRead:
      'At 0 the carrier is like the others on its own lanes and services. In colour: sure, with all looks counted; grey: within chance. More ' +
      'is better, but for exceptions. Faded: too little has another carrier beside it.',
    alt: `${title}. ${measured.map((row) => `${subjectOf(row.metric)}: ${formatPointsInterval(row, context.locale)} points, ${sayCount(row.n, context)}`).join('; ')}.`,
    spec: drawDotRows(
      own.map((row) => ({
        key: row.metric,
        code: '',
        name: shortOf(row.metric, context),
        note: doubts.has(row.metric) ? '' : `${sayCount(row.n, context)}, ${sayShare(row, context)}`,
        colour: row.is_sure ? cast.styleOf(code).colour : 'var(--muted)',
        faded: !row.is_comparable,
        dots: [dotOf(row, subjectOf(row.metric), doubts.get(row.metric), context)],
      })),
      {
        domain,
        ticksFor: (plotWidth) => ({ values: stepsAround(domain[1], plotWidth), labelExpr: pointLabels }),
        values: 'columns',
        zero: 0,
        widestNamePx: isNarrow(context) ? 150 : 240,
      },
      context,
    ),
  });
}

/** Where the page is narrow, 'attempted' goes without saying. */
/** As far to either side as the comparable differences reach with their limits; those of all where none is comparable. */
function domainOf(measured: readonly Difference[]): [number, number] {
  const comparable = measured.filter((row) => row.is_comparable);
  const reach = reachOf(
    (comparable.length > 0 ? comparable : measured).flatMap((row) => [row.difference_lo, row.difference_hi]),
  );
  return [-reach, reach];
}

function shortOf(metric: string, context: ChartContext): string {
  const subject = subjectOf(metric);
  if (!isNarrow(context)) return subject;
  const short = subject.replace('Attempted within', 'Within').replace('Delivered at the first', 'First');
  return metric === 'exception_rate_carrier' ? 'Exceptions, carrier\u2019s' : short;
}

function nothingOf(code: string, metric: string): DifferenceRow {
  return {
    scope: 'carrier',
    carrier_code: code,
    other_carrier_code: '*',
    metric,
    difference: null,
    difference_lo: null,
    difference_hi: null,
    n: 0,
    share: 0,
    extra: null,
    is_comparable: false,
    is_sure: false,
  };
}

function sayShare({ share }: DifferenceRow, context: ChartContext): string {
  return `${formatCount(share * 100, context.locale)} %${isNarrow(context) ? '' : ' comparable'}`;
}

function dotOf(row: DifferenceRow, carrier: string, doubt: string | undefined, context: ChartContext): Dot {
  const heading = 'points';
  if (doubt !== undefined || !isMeasured(row)) {
    return { heading, at: null, lo: null, hi: null, shape: 'circle', text: doubt ?? 'alone', tip: '' };
  }
  return {
    heading,
    at: row.difference,
    lo: row.difference_lo,
    hi: row.difference_hi,
    shape: 'circle',
    text: formatPointsInterval(row, context.locale),
    tip: sayTip(row, carrier, context),
  };
}

function sayTip(row: Difference, carrier: string, context: ChartContext): string {
  const parcels = formatCount(Math.abs(row.extra ?? 0), context.locale);
  return `${carrier}: ${formatPointsInterval(row, context.locale)} points, ${sayCount(row.n, context)}; ${parcels} parcels ${row.difference < 0 ? 'fewer' : 'more'} than the others would have had`;
}
