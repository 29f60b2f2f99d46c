import type { ExceptionCodes } from '../../queries/schema.js';
import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  capByVolume,
  castOf,
  cleanText,
  emptyChart,
  finishChart,
  isNarrow,
  isNumber,
  type Layered,
  percentLabels,
  roundUpShare,
  sayAxis,
  sayMark,
  stepsOf,
} from '../drawing/kit.js';
import { drawRowLabels, layOutRows } from '../drawing/rows.js';
import { measureText } from '../drawing/text-width.js';
import { textSize } from '../drawing/theme.js';
import { exceptionGroupWords, formatCount, formatInterval, formatRate, statusWords } from '../words.js';

export type ExceptionCodeRow = Pick<
  ExceptionCodes,
  | 'carrier_code'
  | 'exception_group'
  | 'status_code'
  | 'sub_status_code'
  | 'parcels'
  | 'share'
  | 'share_lo'
  | 'share_hi'
  | 'n'
>;

const subject = 'Exceptions by whose they are, and code';
const codesShown = 12;
/** Fewer are told apart by chance. */
const parcelsABar = 5;
const owners = ['carrier', 'recipient', 'sender', 'border', 'unattributed'];
const textGapPx = 8;

/** Bars of the codes that enough parcels had, by whose they are, for one carrier ('*' for all). */
export function drawTopExceptionCodes(
  rows: readonly ExceptionCodeRow[],
  context: ChartContext,
  carrierCode = '*',
): Chart {
  const cast = castOf(context);
  const own = rows.filter(
    (row) => row.carrier_code === carrierCode && isNumber(row.share) && row.parcels > 0,
  );
  const n = Math.max(0, ...own.map((row) => row.n));
  const enough = own.filter((row) => row.parcels >= parcelsABar);
  const capped = capByVolume(
    enough,
    (row) => row.parcels,
    (row) => nameCode(row, context),
    isNarrow(context) ? 8 : codesShown,
  );
  const kept = byOwner(capped.kept);
  const domain: [number, number] = [
    0,
    roundUpShare(Math.max(0.001, ...kept.map((row) => row.share_hi ?? row.share ?? 0))),
  ];
  const count = formatCount(n, context.locale);
  const units = `Share of the ${count} parcels followed for 14 days (%) that had the exception; ${sayAxis(domain, context)}`;
  const base = { id: `exception-codes-${cast.keyOf(carrierCode)}`, units, leftOut: capped.leftOut };
  const rare = own.length - enough.length;
  if (kept.length === 0 || n < context.thresholds.withheldBelow) {
    return emptyChart(context, { ...base, title: subject, empty: sayNothing(n, rare, context) });
  }
  const more =
    rare === 0
      ? ''
      : ` Codes with fewer than ${parcelsABar} parcels have no bar: ${formatCount(rare, context.locale)}.`;
  return finishChart(context, {
    ...base,
    title: subject,
    howToRead: `By whose it is, then the commonest first. A parcel counts once for each code that it had. The thin line is the 95 % interval.${more}`,
    alt: `${subject}. ${kept.map((row) => `${nameCode(row, context)}: ${sayShare(row, context)}`).join('; ')}.`,
    spec: drawBars(kept, domain, context),
  });
}

function sayNothing(n: number, rare: number, context: ChartContext): string {
  if (n === 0) return 'No exception was reported in this window.';
  if (n < context.thresholds.withheldBelow) {
    return `Too few parcels to show: ${formatCount(n, context.locale)}, and figures are shown from ${context.thresholds.withheldBelow} on.`;
  }
  return `No code has ${parcelsABar} parcels yet, from which on it has a bar; ${formatCount(rare, context.locale)} have fewer.`;
}

/** Owners in one order on every page, the codes of each by parcels; what is nobody's last. */
function byOwner(rows: readonly ExceptionCodeRow[]): ExceptionCodeRow[] {
  const rank = (row: ExceptionCodeRow) => {
    const at = owners.indexOf(row.exception_group ?? '');
    return at < 0 ? owners.length : at;
  };
  return [...rows].sort((one, other) => rank(one) - rank(other) || other.parcels - one.parcels);
}

function nameCode(row: ExceptionCodeRow, context: ChartContext): string {
  return [nameStatus(row, context), nameSub(row)].filter((part) => part !== '').join(': ');
}

function nameStatus(row: ExceptionCodeRow, context: ChartContext): string {
  const words = cleanText(statusWords(context.statusWords, row.status_code));
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function nameSub(row: ExceptionCodeRow): string {
  const sub = cleanText(row.sub_status_code ?? '').replaceAll('_', ' ');
  return sub === 'none' ? '' : sub;
}

function sayShare(row: ExceptionCodeRow, context: ChartContext): string {
  return `${formatInterval(row.share, row.share_lo, row.share_hi, context.locale)}, ${formatCount(row.parcels, context.locale)} parcels`;
}

function sayOwner(group: string | null): string {
  const words = cleanText(exceptionGroupWords(group));
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function drawBars(
  rows: readonly ExceptionCodeRow[],
  domain: [number, number],
  context: ChartContext,
): Layered {
  // an owner stands above its first code
  const labels = rows.flatMap((row, index) => {
    const owner = row.exception_group;
    const heading =
      index > 0 && rows[index - 1]?.exception_group === owner
        ? []
        : [{ key: `o${index}`, code: '', name: sayOwner(owner), note: '' }];
    const own = { key: `r${index}`, code: '', name: nameStatus(row, context), note: nameSub(row) };
    return [...heading, own];
  });
  const layout = layOutRows(labels, context, 38, isNarrow(context) ? 130 : 280);
  const narrow = isNarrow(context);
  const texts = rows.map((row) => {
    const parcels = formatCount(row.parcels, context.locale);
    const rate = formatRate(row.share, context.locale);
    return narrow
      ? `${rate} (${parcels})`
      : `${rate}, ${parcels} ${row.parcels === 1 ? 'parcel' : 'parcels'}`;
  });
  const room = context.width - layout.labelWidth - 6;
  // as wide as leaves each text its place at the tip of its bar
  const plotWidth = Math.floor(
    Math.min(
      room,
      ...rows.map((row, index) => {
        const tip = Math.max(row.share_hi ?? row.share ?? 0, 1e-6) / domain[1];
        return (room - textGapPx - measureText(texts[index] ?? '', textSize.note)) / tip;
      }),
    ),
  );
  const values = rows.map((row, index) => ({
    key: `r${index}`,
    share: row.share ?? 0,
    lo: row.share_lo ?? row.share ?? 0,
    hi: row.share_hi ?? row.share ?? 0,
    text: texts[index] ?? '',
    tip: sayMark('', `${nameCode(row, context)}: ${sayShare(row, context)}`),
  }));
  const x = {
    type: 'quantitative' as const,
    scale: { domain, nice: false },
    axis: { values: stepsOf(domain, plotWidth), labelExpr: percentLabels, title: null },
  };
  const description = { field: 'tip', type: 'nominal' as const };
  return {
    width: plotWidth,
    height: layout.height,
    layer: [
      ...drawRowLabels(labels, layout, plotWidth),
      {
        data: { values },
        layer: [
          {
            name: 'bar',
            mark: { type: 'bar', color: 'var(--accent)', height: 12, aria: true },
            encoding: { x: { ...x, field: 'share' }, y: layout.y, description },
          },
          {
            name: 'interval',
            mark: { type: 'rule', color: 'var(--ink)', aria: true },
            encoding: { x: { ...x, field: 'lo' }, x2: { field: 'hi' }, y: layout.y, description },
          },
          {
            name: 'value',
            mark: { type: 'text', align: 'left', dx: textGapPx },
            encoding: { x: { ...x, field: 'hi' }, y: layout.y, text: { field: 'text', type: 'nominal' } },
          },
        ],
      },
    ],
  };
}
