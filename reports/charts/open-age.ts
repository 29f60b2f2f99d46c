import type { Chart, ChartContext } from '../drawing/chart.js';
import {
  emptyChart,
  finishChart,
  isNarrow,
  type Layered,
  ownTip,
  sayMark,
  type XChannel,
} from '../drawing/kit.js';
import { drawRowLabels, layOutRows } from '../drawing/rows.js';
import { measureText } from '../drawing/text-width.js';
import { textSize } from '../drawing/theme.js';
import { formatCount, formatList } from '../words.js';

/** A stalled parcel: working days of silence, and what is to be done about it. */
export interface OpenAge {
  days: number;
  heap: 'act' | 'claim' | 'over';
}

const heapWords = { act: 'act now', claim: 'claim', over: 'written off' } as const;
const fills = { act: 'accent', claim: 'part-carrier', over: 'part-recipient' } as const;
const upTo = [10, 15, 20, 40, 80];
const subject = 'How long stalled parcels have been silent';

interface Bin {
  name: string;
  parts: { heap: OpenAge['heap']; count: number }[];
  total: number;
}

/** One bar a span of silence in working days, its parts by what is to be done. */
export function drawOpenAges(ages: readonly OpenAge[], context: ChartContext): Chart {
  const bins = binAges(ages, context);
  const count = formatCount(ages.length, context.locale);
  const units = `Open parcels by working days without a word of the carrier, n ${count}`;
  const base = { id: 'open-age', units };
  if (bins.length === 0) {
    return emptyChart(context, {
      ...base,
      title: subject,
      empty: 'No open parcel is stalled, so there is no age to show.',
    });
  }
  return finishChart(context, {
    ...base,
    title: subject,
    howToRead:
      'Each bar is a number of parcels. Up to 15 working days of silence: ask the carrier; then claim, while the claim time lasts.',
    alt: `${subject}. ${bins.map((bin) => `${bin.name} working days: ${sayBin(bin, context)}`).join('; ')}.`,
    spec: drawBins(bins, context),
  });
}

/** From the first span that has a parcel to the last. */
function binAges(ages: readonly OpenAge[], context: ChartContext): Bin[] {
  const edges = [0, ...upTo, Number.POSITIVE_INFINITY];
  const bins = edges.slice(1).map((to, index): Bin => {
    const from = (edges[index] ?? 0) + 1;
    const own = ages.filter(({ days }) => days >= from && days <= to);
    const parts = (['act', 'claim', 'over'] as const)
      .map((heap) => ({ heap, count: own.filter((age) => age.heap === heap).length }))
      .filter((part) => part.count > 0);
    const number = (days: number) => formatCount(days, context.locale);
    const name = to === Number.POSITIVE_INFINITY ? `over ${number(from - 1)}` : `${from} to ${number(to)}`;
    return { name: from === 1 ? `up to ${number(to)}` : name, parts, total: own.length };
  });
  const [first, last] = [
    bins.findIndex(({ total }) => total > 0),
    bins.findLastIndex(({ total }) => total > 0),
  ];
  return first < 0 ? [] : bins.slice(first, last + 1);
}

function sayBin({ parts, total }: Bin, context: ChartContext): string {
  const said = parts.map(({ heap, count }) => `${formatCount(count, context.locale)} ${heapWords[heap]}`);
  if (said.length === 0) return 'none';
  return parts.length === 1 ? (said[0] ?? '') : `${formatCount(total, context.locale)}: ${formatList(said)}`;
}

function drawBins(bins: readonly Bin[], context: ChartContext): Layered {
  const labels = bins.map(({ name }) => ({ key: name, code: '', name, note: '' }));
  const layout = layOutRows(labels, context, isNarrow(context) ? 44 : 28);
  const texts = bins.map((bin) => sayBin(bin, context));
  const textWidth = isNarrow(context)
    ? 4
    : Math.ceil(Math.max(...texts.map((text) => measureText(text, textSize.note)))) + 12;
  const plotWidth = Math.floor(context.width - layout.labelWidth - textWidth - 6);
  const most = Math.max(...bins.map(({ total }) => total));
  const x: XChannel & { field: string } = {
    field: 'from',
    type: 'quantitative',
    scale: { domain: [0, most], nice: false },
    axis: null,
  };
  const parts = bins.flatMap(({ name, parts: own }) => {
    let reached = 0;
    return own.map(({ heap, count }) => {
      const from = reached;
      reached += count;
      const parcels = count === 1 ? '1 parcel' : `${formatCount(count, context.locale)} parcels`;
      return {
        key: name,
        from,
        to: reached,
        fill: `var(--${fills[heap]})`,
        tip: sayMark('', `${name} working days: ${parcels}, ${heapWords[heap]}`),
      };
    });
  });
  const narrow = isNarrow(context);
  return {
    width: plotWidth,
    height: layout.height,
    layer: [
      ...drawRowLabels(labels, layout, plotWidth),
      {
        name: 'part',
        data: { values: parts },
        mark: { type: 'rule', strokeWidth: 12, strokeCap: 'butt', aria: true },
        encoding: {
          x,
          x2: { field: 'to' },
          y: { ...layout.y, bandPosition: narrow ? 0.68 : 0.5 },
          stroke: { field: 'fill', type: 'nominal', scale: null },
          description: ownTip,
        },
      },
      {
        name: 'value',
        data: {
          values: bins.map(({ name, total }, index) => ({
            key: name,
            from: total,
            text: texts[index] ?? '',
          })),
        },
        mark: { type: 'text', align: 'left', dx: narrow ? 0 : 8 },
        encoding: {
          x: narrow ? { value: 0 } : x,
          y: { ...layout.y, bandPosition: narrow ? 0.3 : 0.5 },
          text: { field: 'text', type: 'nominal' },
        },
      },
    ],
  };
}
