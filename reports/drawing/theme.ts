import type { Config } from 'vega-lite';

/** Carriers with a colour of their own; the rest are grey. */
const colouredCarriers = 7;

/**
 * Okabe and Ito (2008) without yellow. The fifth and sixth are darkened on white, where the originals have less than 3:1; the seventh is
 * black on white and grey on black.
 */
const lightCarriers = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#3D98D3', '#C78500', '#000000'];
const darkCarriers = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#BBBBBB'];

/** Fills of heat maps are pale enough (dark: deep enough) for ink on top at 4.5:1. */
const light: Record<string, string> = {
  paper: '#ffffff',
  ink: '#1a1a1a',
  muted: '#5f6b7a',
  hairline: '#e3e7ec',
  accent: '#0b5fff',
  'carrier-other': '#8a929c',
  'part-shipper': '#0b5fff',
  'part-carrier': '#5f6b7a',
  'part-recipient': '#8a929c',
  'area-waiting': '#9cc5ee',
  'area-underway': '#c6ccd4',
  'area-attempted': '#e6e9ed',
  'area-delivered': '#f6f7f9',
  'scale-0': '#f6f7f9',
  'scale-1': '#e6f0f9',
  'scale-2': '#c9dff1',
  'scale-3': '#a6cbe8',
  'scale-4': '#80b5de',
  'scale-5': '#5a9fd3',
  'below-1': '#fbe8d7',
  'below-2': '#f6cda4',
  'below-3': '#ec9f56',
  'above-1': '#e0eefa',
  'above-2': '#b3d4ef',
  'above-3': '#6fabdd',
};

const dark: Record<string, string> = {
  paper: '#14171a',
  ink: '#e8eaed',
  muted: '#9aa4b0',
  hairline: '#2a3038',
  accent: '#6ea8ff',
  'carrier-other': '#7d8792',
  'part-shipper': '#6ea8ff',
  'part-carrier': '#9aa4b0',
  'part-recipient': '#6a7480',
  'area-waiting': '#1f4f86',
  'area-underway': '#49525d',
  'area-attempted': '#2f363e',
  'area-delivered': '#1b2026',
  'scale-0': '#1b2026',
  'scale-1': '#1a2a38',
  'scale-2': '#17374f',
  'scale-3': '#154468',
  'scale-4': '#125181',
  'scale-5': '#0f5e99',
  'below-1': '#33281e',
  'below-2': '#57391b',
  'below-3': '#854d12',
  'above-1': '#1c2c3b',
  'above-2': '#1a4463',
  'above-3': '#115d95',
};

/** Colour, line pattern and point shape of one carrier: never colour alone. */
export interface CarrierStyle {
  colour: string;
  dash: number[];
  shape: string;
}

const dashes: number[][] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 2, 1, 2, 1, 2], [1, 3]];
const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'];
const otherStyle: CarrierStyle = { colour: 'var(--carrier-other)', dash: [], shape: 'circle' };

/** The style of every carrier by its colour rank, 1 to 7; beyond that grey. '*' (all carriers) is ink. */
export function carrierColours(
  carriers: readonly { code: string; colourRank: number }[],
): Map<string, CarrierStyle> {
  const styles = new Map(carriers.map(({ code, colourRank }) => [code, styleOfRank(colourRank)]));
  return styles.set('*', { colour: 'var(--ink)', dash: [], shape: 'circle' });
}

function styleOfRank(rank: number): CarrierStyle {
  const index = rank - 1;
  const [dash, shape] = [dashes[index], shapes[index]];
  if (index >= colouredCarriers || dash === undefined || shape === undefined) return otherStyle;
  return { colour: `var(--carrier-${rank})`, dash, shape };
}

/**
 * The custom properties of both themes and the few rules that a chart needs. Print keeps the light theme. A band of limits shows while its
 * carrier has the class `is-active`.
 */
export function css(): string {
  return `:root {
  color-scheme: light dark;
${properties(light, lightCarriers)}
}
@media screen and (prefers-color-scheme: dark) {
  :root {
${properties(dark, darkCarriers)}
  }
}
svg.chart { display: block; max-width: 100%; height: auto; overflow: visible; font-variant-numeric: tabular-nums; }
svg.chart .mark-figure, svg.chart .mark-count, svg.chart .mark-value, svg.chart .mark-halo { pointer-events: none; }
td.heat-below-1 { background: var(--below-1); }
td.heat-below-2 { background: var(--below-2); }
td.heat-below-3 { background: var(--below-3); }
td.heat-above-1 { background: var(--above-1); }
td.heat-above-2 { background: var(--above-2); }
td.heat-above-3 { background: var(--above-3); }
td[class*='heat-'] { print-color-adjust: exact; }
td[class*='heat-'] .sub { color: var(--ink); }
svg.chart .mark-hover path { opacity: 0; }
svg.chart .mark-hover path.is-active { opacity: 1; }
`;
}

function properties(colours: Record<string, string>, carriers: readonly string[]): string {
  const named = Object.entries(colours).map(([key, value]) => [key, value]);
  const ranked = carriers.map((value, index) => [`carrier-${index + 1}`, value]);
  return [...named, ...ranked].map(([key, value]) => `  --${key}: ${value};`).join('\n');
}

/** Sizes of text in charts, in pixels. */
export const textSize = { label: 13, note: 12 } as const;

/** The one Vega-Lite config. Colours are CSS variables, so that one SVG serves light, dark and print. */
export function chartConfig(locale: string): Config {
  return {
    aria: true,
    background: 'transparent',
    font: 'system-ui',
    padding: 2,
    locale: { number: numberLocale(locale) },
    view: { stroke: null },
    // what a mark says is its `description`, given mark by mark; the rest is left to the drawing's own text
    mark: { aria: false, color: 'var(--ink)' },
    axis: {
      aria: false,
      domain: false,
      ticks: false,
      grid: true,
      gridColor: 'var(--hairline)',
      gridWidth: 1,
      labelColor: 'var(--muted)',
      labelFontSize: textSize.note,
      labelPadding: 6,
      // our widths are upper bounds: a label that seems to touch another is dropped rather than printed over it
      labelOverlap: true,
      labelLimit: 0,
      titleColor: 'var(--muted)',
      titleFontSize: textSize.note,
      titleFontWeight: 'normal',
      titleLimit: 0,
      titlePadding: 8,
    },
    title: {
      aria: false,
      anchor: 'start',
      color: 'var(--ink)',
      fontSize: textSize.label,
      fontWeight: 600,
      offset: 6,
    },
    text: { aria: false, color: 'var(--ink)', fontSize: textSize.note, baseline: 'middle', limit: 0 },
    line: { strokeWidth: 2, strokeCap: 'round', strokeJoin: 'round' },
    rule: { strokeWidth: 1, color: 'var(--muted)' },
    point: { filled: true, size: 60, opacity: 1 },
    concat: { spacing: 24 },
  };
}

function numberLocale(locale: string) {
  const parts = new Intl.NumberFormat(locale, {
    useGrouping: 'always',
  } as Intl.NumberFormatOptions).formatToParts(1234567.5);
  const part = (type: string, otherwise: string) =>
    parts.find((each) => each.type === type)?.value ?? otherwise;
  return {
    decimal: part('decimal', '.'),
    thousands: part('group', ','),
    grouping: [3],
    currency: ['', ''] as [string, string],
    minus: '\u2212',
  };
}
