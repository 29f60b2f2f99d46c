import type { TopLevelSpec } from 'vega-lite';

/** A carrier as readers know it; `colourRank` 1 to 7 has a colour of its own, the rest are grey. */
export interface ChartCarrier {
  code: string;
  name: string;
  colourRank: number;
}

/** The published `thresholds`, by the names that pages use. */
export interface Thresholds {
  /** Fewer parcels than this: the figure is withheld and the group named. */
  withheldBelow: number;
  /** Fewer parcels than this: shown, but no finding is drawn from it. */
  rankedFrom: number;
  /** An adjusted rate with less support (0 to 1) is shown, but no finding is drawn from it. */
  adjustedSupportFrom: number;
  /** A carrier takes part in what others are adjusted to from this many parcels. */
  standardisedFrom: number;
  /** An open parcel silent for more working days is stalled. */
  stalledWorkingDays: number;
  /** The same at customs or at a pick-up point. */
  stalledWorkingDaysWaiting: number;
  /** Earlier weeks that limits need. */
  alertWeeks: number;
}

export interface ChartContext {
  carriers: readonly ChartCarrier[];
  /** Status codes in words. */
  statusWords: ReadonlyMap<string, string>;
  thresholds: Thresholds;
  /** Width of the drawing in CSS pixels: about 1072 for the page column, 342 for a phone. Below 560 the narrow layout is drawn. */
  width: number;
  /** BCP 47, for numbers and names of months. */
  locale: string;
}

/** A drawing and the words around it. `spec` is null when there is nothing to draw; `empty` then says what would fill it. */
export interface Chart {
  /** Unique within a page once the width is part of it; prefixes every id in the SVG. */
  id: string;
  title: string;
  units: string;
  howToRead: string;
  /** Text in place of the drawing; says the finding. */
  alt: string;
  spec: TopLevelSpec | null;
  empty: string | null;
  /** Names of groups with too few parcels to show. */
  withheld: string[];
  /** Names of groups that did not fit, the largest first. */
  leftOut: string[];
}

/** What a metric may be in a row: null where nobody was counted. */
export type Figure = number | null | undefined;

/** Between the carrier and the tooltip in a mark's description; rendering turns the two into `data-carrier` and `<title>`. */
export const tipSeparator = '\u001f';
