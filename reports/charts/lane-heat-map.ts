import type { LanePerformance } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import { drawHeatGrid, type HeatCell } from '../drawing/heat-grid.js';
import {
  type Cast,
  capByVolume,
  castOf,
  cleanText,
  compareText,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  sayCount,
  withhold,
} from '../drawing/kit.js';
import { deliveryTypeWords, formatCount, formatInterval, formatNumber, formatRate } from '../words.js';

/** Of the current period, '*' among the rows. */
export type LaneRow = Pick<
  LanePerformance,
  | 'carrier_code'
  | 'from_country'
  | 'to_country'
  | 'delivery_type'
  | `on_time_rate${'' | '_lo' | '_hi' | '_n'}`
  | `transit_2_working_days_rate${'' | '_lo' | '_hi' | '_n'}`
>;

interface LaneFigure {
  code: string;
  lane: string;
  /** For the row's label. */
  named: Lane;
  value: number;
  lo: number;
  hi: number;
  n: number;
}

const lanesShown = 20;
const classLimits = [0.01, 0.03, 0.08];
const metrics = {
  on_time_rate: {
    subject: 'On time by lane and carrier, against the lane as a whole',
    units:
      'Points above (+) or below (\u2212) the lane\u2019s on-time rate over all carriers, which stands in the first column',
  },
  transit_2_working_days_rate: {
    subject: 'Attempted within 2 working days by lane and carrier, against the lane as a whole',
    units:
      'Points above (+) or below (\u2212) the share of the lane\u2019s parcels attempted within 2 working days, which stands in the first column',
  },
} as const;
type LaneMetric = keyof typeof metrics;

/** Lanes by volume against carriers; without promises the share attempted within two working days. */
export function drawLaneHeatMap(rows: readonly LaneRow[], context: ChartContext): Chart {
  const cast = castOf(context);
  const metric: LaneMetric = rows.some((row) => (row.on_time_rate_n ?? 0) > 0)
    ? 'on_time_rate'
    : 'transit_2_working_days_rate';
  const nameLane = nameLanes(rows);
  const figures = rows.flatMap((row) => readFigure(row, metric, nameLane(row)));
  const { subject, units } = metrics[metric];
  const lanes = figures.filter(({ code, n }) => code === '*' && n >= context.thresholds.withheldBelow);
  const { shown: carriers, withheld } = withhold(
    sumByCarrier(figures),
    ({ n }) => n,
    ({ code }) => cast.nameOf(code),
    context,
  );
  const shownLanes = capByVolume(
    lanes,
    ({ n }) => n,
    ({ lane }) => lane,
    lanesShown,
  );
  const shownCarriers = capByVolume(
    carriers,
    ({ n }) => n,
    ({ code }) => cast.nameOf(code),
    isNarrow(context) ? 3 : 11,
  );
  const base = { id: 'lanes', units, withheld, leftOut: shownCarriers.leftOut };
  if (lanes.length === 0 || carriers.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: `Nothing to draw yet: a lane is shown from ${context.thresholds.withheldBelow} parcels on.`,
    });
  }
  const byLane = new Map(shownLanes.kept.map((lane) => [lane.lane, lane]));
  const columns = [
    { key: '*', name: isNarrow(context) ? 'All' : 'All carriers', note: '' },
    ...shownCarriers.kept.map(({ code, n }) => ({
      key: code,
      name: cast.nameOf(code),
      note: sayCount(n, context),
    })),
  ];
  const inGrid = new Set(columns.map(({ key }) => key));
  const cells = figures.flatMap((figure): HeatCell[] => {
    const lane = byLane.get(figure.lane);
    if (lane === undefined || !inGrid.has(figure.code) || figure.n < context.thresholds.withheldBelow)
      return [];
    return [{ column: figure.code, row: figure.lane, ...cellOf(figure, lane, cast, context) }];
  });
  const more = shownLanes.leftOut.length;
  return finishChart(context, {
    ...base,
    title: subject,
    howToRead:
      `Orange is below the lane, blue above; the deeper, the further. Framed: fewer than ${context.thresholds.rankedFrom} parcels, not ` +
      `compared; blank: none or fewer than ${context.thresholds.withheldBelow}.` +
      (more > 0 ? ` ${formatCount(more, context.locale)} more lanes with fewer parcels.` : ''),
    alt: `${subject}. The ${byLane.size} largest lanes by ${shownCarriers.kept.length} carriers.`,
    spec: drawHeatGrid(
      shownLanes.kept.map(({ lane, named, n }) => {
        const count = sayCount(n, context);
        // on a narrow drawing the delivery type moves to the second line
        const [name, note] =
          isNarrow(context) && named.type !== '' ? [named.ends, `${named.type}, ${count}`] : [lane, count];
        return { key: lane, code: '', name, note };
      }),
      columns,
      cells,
      isNarrow(context) ? 40 : 38,
      context,
    ),
  });
}

interface Lane {
  key: string;
  ends: string;
  type: string;
}

/** 'NL → DE', and the delivery type where the table has several. */
function nameLanes(rows: readonly LaneRow[]): (row: LaneRow) => Lane {
  const types = new Set(rows.map((row) => row.delivery_type));
  return (row) => {
    const ends = [row.from_country, row.to_country]
      .map((country) => cleanText(country || '??'))
      .join(' \u2192 ');
    const type = types.size > 1 ? cleanText(deliveryTypeWords(row.delivery_type)) : '';
    return { key: sayLane({ ends, type }), ends, type };
  };
}

function sayLane({ ends, type }: Omit<Lane, 'key'>): string {
  return type === '' ? ends : `${ends}, ${type}`;
}

function readFigure(row: LaneRow, metric: LaneMetric, named: Lane): LaneFigure[] {
  const n = metric === 'on_time_rate' ? row.on_time_rate_n : row.transit_2_working_days_rate_n;
  const [value, lo, hi] = [row[metric], row[`${metric}_lo`], row[`${metric}_hi`]];
  if (!isNumber(value) || !isNumber(lo) || !isNumber(hi) || !isNumber(n) || n <= 0) return [];
  return [{ code: row.carrier_code, lane: named.key, named, value, lo, hi, n }];
}

function sumByCarrier(figures: readonly LaneFigure[]): { code: string; n: number }[] {
  const sums = new Map<string, number>();
  for (const { code, n } of figures) if (code !== '*') sums.set(code, (sums.get(code) ?? 0) + n);
  return [...sums].map(([code, n]) => ({ code, n })).sort((one, other) => compareText(one.code, other.code));
}

function cellOf(
  figure: LaneFigure,
  lane: LaneFigure,
  cast: Cast,
  context: ChartContext,
): Omit<HeatCell, 'column' | 'row'> {
  const { rankedFrom } = context.thresholds;
  const count = `n ${formatCount(figure.n, context.locale)}`;
  const where = `${cast.nameOf(figure.code)}, ${figure.lane}`;
  const code = figure.code === '*' ? '' : figure.code;
  const tip = `${where}: ${formatInterval(figure.value, figure.lo, figure.hi, context.locale)}, ${count}`;
  if (figure.code === '*')
    return { fill: null, text: formatRate(figure.value, context.locale), note: '', code, tip };
  if (figure.n < rankedFrom) return { fill: null, text: count, note: '', code, tip };
  const difference = figure.value - lane.value;
  return {
    fill: colourOf(difference),
    text: sayPoints(difference, context),
    note: count,
    code,
    tip: `${tip}; the lane ${formatRate(lane.value, context.locale)}`,
  };
}

function colourOf(difference: number): string {
  const step = classLimits.filter((limit) => Math.abs(difference) >= limit).length;
  return step === 0 ? 'var(--scale-0)' : `var(--${difference < 0 ? 'below' : 'above'}-${step})`;
}

function sayPoints(difference: number, context: ChartContext): string {
  const points = formatNumber(difference * 100, 1, context.locale);
  return difference > 0 && /[1-9]/.test(points) ? `+${points}` : points;
}
