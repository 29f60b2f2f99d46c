import type { CarrierPerformance } from '../../queries/schema.js';
import type { Chart, ChartContext, Figure } from '../drawing/chart.js';
import { type Dot, drawDotRows } from '../drawing/dot-rows.js';
import {
  type Cast,
  capByVolume,
  castOf,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  percentLabels,
  roundDownShare,
  sayAxis,
  sayCount,
  stepsOf,
  withhold,
} from '../drawing/kit.js';
import { formatCount, formatInterval, formatRate } from '../words.js';

export type AdjustedRow = Pick<
  CarrierPerformance,
  | 'carrier_code'
  | `on_time_rate${'' | '_lo' | '_hi' | '_n'}`
  | `on_time_rate_adj${'' | '_lo' | '_hi' | '_support'}`
  | 'on_time_rate_expected'
>;

/** A shape as an SVG path in the square from -1 to 1. */
const uprightTick = 'M0,-1L0,1';
const subject = 'On time, raw and adjusted for the mix of lanes and services';

/** Each carrier's on-time rate raw, adjusted to the common mix, and what the others achieve on its own mix. */
export function drawTransitAdjusted(all: readonly AdjustedRow[], context: ChartContext): Chart {
  const cast = castOf(context);
  const rows = withOthers(all, context);
  const nameOf = (row: OthersRow) => cast.nameOf(row.carrier_code);
  const { shown, withheld } = withhold(rows, (row) => row.on_time_rate_n, nameOf, context);
  const { kept, leftOut } = capByVolume(
    shown,
    (row) => row.on_time_rate_n,
    nameOf,
    isNarrow(context) ? 8 : 12,
  );
  const comparable = kept.filter((row) => isComparable(row, context));
  const from = roundDownShare(Math.min(1, ...(comparable.length > 0 ? comparable : kept).flatMap(limitsOf)));
  const units = `Share of due parcels handed over in time (%) with a first attempt by the promised date; ${sayAxis([from, 1], context)}`;
  const base = { id: 'on-time-adjusted', units, withheld, leftOut };
  if (kept.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: 'Nothing to draw yet: this needs parcels with a promised date that has come.',
    });
  }
  return finishChart(context, {
    ...base,
    title: subject,
    howToRead:
      'Filled (raw): as measured. Hollow (adjusted): as if the carrier had the same mix of lanes and services as all together. Upright ' +
      'tick: what the other carriers achieve on this carrier\u2019s mix. Faded: too few parcels, or too little of the mix is shared, to compare.',
    alt: `${subject}. ${kept.map((row) => sayRow(row, cast, context)).join('; ')}.`,
    spec: drawDotRows(
      kept.map((row) => ({
        key: row.carrier_code,
        code: row.carrier_code,
        name: nameOf(row),
        note: sayCount(row.on_time_rate_n, context) + saySupport(row, context),
        colour: cast.styleOf(row.carrier_code).colour,
        faded: !isComparable(row, context),
        dots: dotsOf(row, nameOf(row), context),
      })),
      {
        domain: [from, 1],
        ticksFor: (plotWidth) => ({ values: stepsOf([from, 1], plotWidth), labelExpr: percentLabels }),
        values: 'columns',
      },
      context,
    ),
  });
}

function limitsOf(row: AdjustedRow): number[] {
  return [row.on_time_rate_lo, row.on_time_rate_adj_lo, row.on_time_rate_expected].filter(isNumber);
}

function isComparable(row: AdjustedRow, { thresholds }: ChartContext): boolean {
  return (
    (row.on_time_rate_n ?? 0) >= thresholds.rankedFrom &&
    (row.on_time_rate_adj_support ?? 0) >= thresholds.adjustedSupportFrom
  );
}

function saySupport({ on_time_rate_adj_support: support }: AdjustedRow, context: ChartContext): string {
  if (!isNumber(support)) return '';
  const share = `${Math.round(support * 100)} %`;
  return isNarrow(context) ? `, ${share}` : `, ${share} of the mix shared`;
}

function dotsOf(row: AdjustedRow, carrier: string, context: ChartContext): Dot[] {
  const count = `n ${formatCount(row.on_time_rate_n ?? 0, context.locale)}`;
  const dot = (
    words: [heading: string, says: string],
    [at, lo, hi]: [Figure, Figure, Figure],
    look: Pick<Dot, 'shape' | 'hollow'>,
  ): Dot[] => {
    if (!isNumber(at)) return [];
    return [
      {
        heading: words[0],
        at,
        lo: isNumber(lo) ? lo : null,
        hi: isNumber(hi) ? hi : null,
        ...look,
        text: formatRate(at, context.locale),
        tip: `${carrier}, ${words[1]}: ${formatInterval(at, lo, hi, context.locale)}, ${count}`,
      },
    ];
  };
  return [
    ...dot(['\u25cf raw', 'raw'], [row.on_time_rate, row.on_time_rate_lo, row.on_time_rate_hi], {
      shape: 'circle',
    }),
    ...dot(
      ['\u25cb adjusted', 'adjusted to the common mix'],
      [row.on_time_rate_adj, row.on_time_rate_adj_lo, row.on_time_rate_adj_hi],
      { shape: 'circle', hollow: true },
    ),
    ...dot(
      ['| others', 'what the other carriers achieve on its mix'],
      [row.on_time_rate_expected, row.on_time_rate_expected, row.on_time_rate_expected],
      { shape: uprightTick },
    ),
  ];
}

type OthersRow = AdjustedRow & { others_n: number };

/** The others' rate is withheld where they are too few. */
function withOthers(rows: readonly AdjustedRow[], { thresholds }: ChartContext): OthersRow[] {
  const carriers = rows.filter((row) => row.carrier_code !== '*');
  const total = carriers.reduce((sum, row) => sum + (row.on_time_rate_n ?? 0), 0);
  return carriers.map((row) => {
    const others = total - (row.on_time_rate_n ?? 0);
    const expected = others < thresholds.withheldBelow ? null : row.on_time_rate_expected;
    return { ...row, on_time_rate_expected: expected, others_n: others };
  });
}

function sayRow(row: AdjustedRow, cast: Cast, context: ChartContext): string {
  const adjusted = isNumber(row.on_time_rate_adj)
    ? `, adjusted ${formatRate(row.on_time_rate_adj, context.locale)}`
    : '';
  return (
    `${cast.nameOf(row.carrier_code)} (${sayCount(row.on_time_rate_n, context)}): raw ` +
    `${formatInterval(row.on_time_rate, row.on_time_rate_lo, row.on_time_rate_hi, context.locale)}${adjusted}`
  );
}
