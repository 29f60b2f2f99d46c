import type { CarrierPerformance } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import { type Dot, type DotAxis, drawDotRows } from '../drawing/dot-rows.js';
import {
  type Cast,
  capByVolume,
  castOf,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  sayCount,
  withhold,
} from '../drawing/kit.js';
import { formatCount, formatHours, formatHoursInterval, formatPercentile } from '../words.js';

export type TransitRow = Pick<
  CarrierPerformance,
  | 'carrier_code'
  | 'transit_n'
  | `transit_p${50 | 90 | 95}_hours${'' | '_lo' | '_hi'}`
  | 'transit_reached_share'
>;

const subject = 'Transit time, from the first scan to the first delivery attempt';
const percentiles = [
  { name: 'half', shape: 'circle', of: '50' },
  { name: '9 in 10', shape: 'diamond', of: '90' },
  { name: '19 in 20', shape: 'square', of: '95' },
] as const;
const longestHours = 336;

/** Half, 9 in 10 and 19 in 20 of each carrier's parcels, with intervals. */
export function drawTransitPercentiles(rows: readonly TransitRow[], context: ChartContext): Chart {
  const cast = castOf(context);
  const nameOf = (row: TransitRow) => cast.nameOf(row.carrier_code);
  const { shown, withheld } = withhold(rows, (row) => row.transit_n, nameOf, context);
  const all = shown.filter((row) => row.carrier_code === '*');
  const carriers = shown.filter((row) => row.carrier_code !== '*');
  const { kept, leftOut } = capByVolume(carriers, (row) => row.transit_n, nameOf, isNarrow(context) ? 8 : 12);
  const drawn = carriers.length > 1 ? [...all, ...kept] : kept;
  const units =
    'Hours (after 72: days) from the first scan by which a share of the parcels had a first attempt; thin lines are 95 % intervals';
  const base = { id: 'transit-percentiles', units, withheld, leftOut };
  if (drawn.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: 'Nothing to draw yet: transit times need parcels that a carrier scanned in during this window.',
    });
  }
  return finishChart(context, {
    ...base,
    title: subject,
    howToRead:
      'Each row is a carrier, by volume. Further left is faster; lines that overlap may differ by chance alone.',
    alt: `${subject}. ${drawn.map((row) => sayRow(row, cast, context)).join('; ')}.`,
    spec: drawDotRows(
      drawn.map((row) => ({
        key: row.carrier_code,
        code: row.carrier_code,
        name: nameOf(row),
        note: sayCount(row.transit_n, context),
        colour: cast.styleOf(row.carrier_code).colour,
        faded: (row.transit_n ?? 0) < context.thresholds.rankedFrom,
        dots: percentiles.map((percentile) => dotOf(row, percentile, nameOf(row), context)),
      })),
      durationAxis(drawn),
      context,
    ),
  });
}

function figuresOf(row: TransitRow, of: '50' | '90' | '95') {
  return {
    at: row[`transit_p${of}_hours`],
    lo: row[`transit_p${of}_hours_lo`],
    hi: row[`transit_p${of}_hours_hi`],
  };
}

function dotOf(
  row: TransitRow,
  { name, shape, of }: (typeof percentiles)[number],
  carrier: string,
  context: ChartContext,
): Dot {
  const { at, lo, hi } = figuresOf(row, of);
  const unreached = formatPercentile(null, row.transit_reached_share, context.locale);
  const missing = isNarrow(context) ? unreached : `${name} ${unreached}`;
  const value = isNumber(at) ? formatHoursInterval(at, lo, hi, context.locale) : unreached;
  return {
    heading: name,
    at: isNumber(at) ? at : null,
    lo: isNumber(lo) ? lo : null,
    hi: isNumber(hi) ? hi : null,
    shape,
    text: isNumber(at) ? formatHours(at, context.locale) : missing,
    tip: `${carrier}, ${name}: ${value}, n ${formatCount(row.transit_n ?? 0, context.locale)}`,
  };
}

function sayRow(row: TransitRow, cast: Cast, context: ChartContext): string {
  const figures = percentiles.map(({ name, of }) => {
    const { at } = figuresOf(row, of);
    return `${name} ${formatPercentile(at, row.transit_reached_share, context.locale)}`;
  });
  return `${cast.nameOf(row.carrier_code)} (${sayCount(row.transit_n, context)}): ${figures.join(', ')}`;
}

/** From 0 to the slowest limit, in hours up to 72, else in whole days. */
function durationAxis(rows: readonly TransitRow[]): DotAxis {
  const latest = Math.max(
    1,
    ...rows.flatMap((row) =>
      percentiles.flatMap(({ of }) => {
        const { at, hi } = figuresOf(row, of);
        return [at, hi].filter(isNumber);
      }),
    ),
  );
  const end = Math.min(longestHours, latest);
  const [unit, steps] = end <= 72 ? [1, [2, 6, 12, 24]] : [24, [24, 48, 96]];
  const step = steps[0] ?? unit;
  const to = Math.ceil(end / step) * step;
  return {
    domain: [0, to],
    ticksFor: (plotWidth) => {
      const chosen = steps.find((each) => (to / each) * 56 <= plotWidth) ?? steps.at(-1) ?? to;
      const last = Math.floor(to / chosen);
      return {
        values: Array.from({ length: last + 1 }, (_, index) => index * chosen),
        labelExpr: `datum.value / ${unit} + (datum.value == ${last * chosen} ? '${unit === 1 ? ' h' : ' days'}' : '')`,
      };
    },
  };
}
