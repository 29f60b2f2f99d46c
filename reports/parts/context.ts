import type { Chart, ChartCarrier, ChartContext, Thresholds } from '../drawing/chart.js';
import { cleanText } from '../drawing/kit.js';
import type { CarrierRow, Snapshot } from '../snapshot.js';
import type { Html } from './html.js';

/** What the run tells the report about itself; none of it is in the snapshot. */
export interface RunInfo {
  /** Sentences about the night, such as an extract that ended early. */
  status?: readonly string[];
  /** The data was not updated as planned; null or missing: judged by the age of the data. */
  isStale?: boolean | null;
  /** Names of data checks that warned or failed. */
  failedChecks?: readonly string[];
}

/** Everything that a page is made of. */
export interface PageContext {
  snapshot: Snapshot;
  /** The night before, or null. */
  previous: Snapshot | null;
  runInfo: RunInfo;
  locale: string;
  /** In the order of their colours. */
  carriers: readonly CarrierRow[];
  chartCarriers: readonly ChartCarrier[];
  thresholds: Thresholds;
  /** Status codes in words. */
  statusWords: ReadonlyMap<string, string>;
  slugs: ReadonlyMap<string, string>;
  /** The carrier for whose eyes this copy is, or null. */
  forCarrier: string | null;
  /** Everything in one file: no other page can be linked. */
  isSingle: boolean;
  /** Names of the files beside the pages that may be linked; none when missing. */
  evidence?: ReadonlySet<string>;
  /** No tracking number anywhere: neither on a page nor in a file. */
  withoutParcels?: boolean;
  draw: DrawChart;
}

/** How wide a chart is drawn for the page column, and for half of it, in CSS pixels. */
export const phoneWidth = 342;
export const columnWidths = { full: 1072, half: 512 } as const;

/** Draws a chart in a wide and in a narrow form. `idSuffix` keeps two drawings of one kind apart on a page. */
export type DrawChart = (
  make: (context: ChartContext) => Chart,
  options?: { isHalf?: boolean; idSuffix?: string },
) => Promise<DrawnChart>;

export interface DrawnChart {
  chart: Chart;
  picture: Html;
}

/** A carrier's name, at most 60 characters; '*' is all of them. */
export function nameOf(context: PageContext, code: string | null | undefined): string {
  if (code === '*') return 'All carriers';
  if (code === null || code === undefined || code === '') return 'Unknown carrier';
  const name = context.carriers.find((carrier) => carrier.carrier_code === code)?.carrier_name;
  return cleanText(name || code) || cleanText(code) || 'Unnamed carrier';
}

/** Whether figures rest on a promised date at all. */
export function hasPromises(context: PageContext): boolean {
  return context.snapshot.carrierPerformance.some((row) => row.period === 'current' && row.due > 0);
}
