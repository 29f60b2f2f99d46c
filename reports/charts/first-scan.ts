import type { CarrierPerformance } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import { type Dot, drawDotRows } from '../drawing/dot-rows.js';
import {
  capByVolume,
  castOf,
  compareText,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  percentLabels,
  sayCount,
  stepsOf,
  withhold,
} from '../drawing/kit.js';
import { formatCount, formatInterval, formatRate } from '../words.js';

export type FirstScanRow = Pick<
  CarrierPerformance,
  'carrier_code' | 'first_scan_n' | `first_scan_${24 | 48}h_share${'' | '_lo' | '_hi'}`
>;

const subject = 'Share of labels with a first scan within 24 and 48 hours';
const units =
  'Share of labels (%) that the carrier had scanned 24 and 48 hours after they were made; thin lines are 95 % intervals';

/** Carriers from A to Z, never by rank: the hand-over is partly the shipper's own. */
export function drawFirstScan(rows: readonly FirstScanRow[], context: ChartContext): Chart {
  const cast = castOf(context);
  const nameOf = (row: FirstScanRow) => cast.nameOf(row.carrier_code);
  const { shown, withheld } = withhold(rows, (row) => row.first_scan_n, nameOf, context);
  const all = shown.filter((row) => row.carrier_code === '*');
  const carriers = shown.filter((row) => row.carrier_code !== '*');
  const { kept, leftOut } = capByVolume(
    carriers,
    (row) => row.first_scan_n,
    nameOf,
    isNarrow(context) ? 8 : 12,
  );
  const alphabetical = kept.sort((one, other) =>
    compareText(nameOf(one).toLowerCase(), nameOf(other).toLowerCase()),
  );
  const drawn = carriers.length > 1 ? [...all, ...alphabetical] : alphabetical;
  const base = { id: 'first-scan', units, withheld, leftOut };
  if (drawn.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: 'Nothing to draw yet: this needs labels made in this window.',
    });
  }
  const title = sayAll(all[0] ?? drawn[0], context) ?? subject;
  return finishChart(context, {
    ...base,
    title,
    howToRead:
      'Carriers stand in alphabetical order, not by rank: how soon a label is scanned depends on the hand-over, which is partly ours.',
    alt: `${title}. ${drawn
      .map(
        (row) =>
          `${nameOf(row)} (${sayCount(row.first_scan_n, context)}): ${formatRate(row.first_scan_24h_share, context.locale)} ` +
          `within 24 h, ${formatRate(row.first_scan_48h_share, context.locale)} within 48 h`,
      )
      .join('; ')}.`,
    spec: drawDotRows(
      drawn.map((row) => ({
        key: row.carrier_code,
        code: row.carrier_code,
        name: nameOf(row),
        note: sayCount(row.first_scan_n, context),
        colour: cast.styleOf(row.carrier_code).colour,
        faded: (row.first_scan_n ?? 0) < context.thresholds.rankedFrom,
        dots: [dotOf(row, '24', nameOf(row), context), dotOf(row, '48', nameOf(row), context)],
      })),
      {
        domain: [0, 1],
        ticksFor: (plotWidth) => ({ values: stepsOf([0, 1], plotWidth), labelExpr: percentLabels }),
      },
      context,
    ),
  });
}

function dotOf(row: FirstScanRow, hours: '24' | '48', carrier: string, context: ChartContext): Dot {
  const [at, lo, hi] = [
    row[`first_scan_${hours}h_share`],
    row[`first_scan_${hours}h_share_lo`],
    row[`first_scan_${hours}h_share_hi`],
  ];
  return {
    heading: `within ${hours} h`,
    at: isNumber(at) ? at : null,
    lo: isNumber(lo) ? lo : null,
    hi: isNumber(hi) ? hi : null,
    shape: hours === '24' ? 'circle' : 'square',
    text: isNumber(at) ? formatRate(at, context.locale) : 'not followed that long',
    tip:
      `${carrier}, scanned within ${hours} h: ${formatInterval(at, lo, hi, context.locale)}, ` +
      `n ${formatCount(row.first_scan_n ?? 0, context.locale)}`,
  };
}

function sayAll(row: FirstScanRow | undefined, context: ChartContext): string | null {
  if (row === undefined || (row.first_scan_n ?? 0) < context.thresholds.rankedFrom) return null;
  const [day, twoDays] = [row.first_scan_24h_share, row.first_scan_48h_share];
  if (!isNumber(day) || !isNumber(twoDays)) return null;
  return (
    `${formatRate(day, context.locale)} of labels have a first scan within 24 hours, ` +
    `${formatRate(twoDays, context.locale)} within 48`
  );
}
