import type { CompareThresholds } from './compare-strata.js';

/** A rate that carriers are compared by, in the words of `metrics`. */
export interface CompareMetric {
  name: string;
  title: string;
  /** 'higher' or 'lower' is good; null: neither. */
  better: string | null;
  cohort: string;
  meaning: string;
  counted: string;
  outOf: string;
  cannotTell: string;
  /** The kind of report that it rests on, or null. */
  restsOn: string | null;
  /** Days after a Sunday by which its week is complete. */
  completeAfterDays: number;
}

/** What the page was made with, beside its rows. */
export interface CompareFrame {
  locale: string;
  asOfDate: string;
  /** First day of the window whose parcels are in `rate_answers`. */
  windowStartDate: string;
  /** Monday of the first week; `weekCount` weeks follow each other. */
  firstMonday: string;
  weekCount: number;
  /** Place of the last week that is over; weeks are as their start, so young ones are still filling. */
  lastWholeWeek: number;
  carriers: { code: string; name: string; colourRank: number; file: string | null }[];
  /** Origin and destination, '' where unknown; ['*', '*'] stands for all small lanes together. */
  lanes: [string, string][];
  types: string[];
  /** ['*'] where service levels are put together. */
  services: string[];
  /** -1: none; ['*'] where brands are put together. */
  brands: (number | '*')[];
  /** Whether there are several accounts: one is not told. */
  hasAccounts: boolean;
  /** ['*'] where there is one, or they are put together. */
  accounts: string[];
  metrics: CompareMetric[];
  /** Rates with counts in the rows: those of `metrics`, then promise_foreseen_rate. */
  rates: string[];
  /** Carriers that never report a kind, with the parcels looked at. */
  silent: { carrier: string; kind: string; parcels: number }[];
  thresholds: CompareThresholds;
  /** On time is judged from so large a share of promises read in time. */
  foreseenFrom: number;
  binHours: number;
  /** What the page opens with. */
  opening: Record<string, string>;
  /** Lanes put together, and weeks left out, to keep the page small. */
  foldedLanes: number;
  droppedWeeks: number;
}

/** The dimensions of a row, in the order that rows are sorted by. */
export const dimensions = ['carrier', 'lane', 'type', 'service', 'brand', 'account', 'week'] as const;
type Dimension = (typeof dimensions)[number];

/** The cohorts of `cell_hours`: label waits for the first scan, scan is in transit. */
export const clocks = ['label', 'scan'] as const;
export type Clock = (typeof clocks)[number];

/** How a follow-up ended, as `bin * 3 + ending`. */
export const endings = ['interest', 'competing', 'censored'] as const;

/** One row a week and mix; `index[dimension][row]` is a place in the frame's list. */
export interface CompareRows {
  count: number;
  index: Record<Dimension, Uint16Array>;
  /** By place of the rate in `rates`. */
  n: Uint32Array[];
  x: Uint32Array[];
  /** The endings of row r are those from start[r] to start[r + 1]. */
  hours: Record<Clock, { start: Uint32Array; code: Uint16Array; size: Uint32Array }>;
}

export interface CompareData {
  frame: CompareFrame;
  rows: CompareRows;
}

/** Rows as columns of whole numbers, each dimension and code as the step from the one before: small once deflated. */
interface PackedRows {
  count: number;
  index: number[][];
  n: number[][];
  x: number[][];
  hours: { length: number[]; code: number[]; size: number[] }[];
}

const toSteps = (values: ArrayLike<number>) =>
  Array.from(values, (value, place) => value - (values[place - 1] ?? 0));

function fromSteps<Target extends Uint16Array | Uint32Array>(
  steps: readonly number[],
  target: Target,
): Target {
  let value = 0;
  for (const [place, step] of steps.entries()) {
    value += step;
    target[place] = value;
  }
  return target;
}

/** The text that `unpack` reads. */
export function pack({ frame, rows }: CompareData): string {
  const packed: PackedRows = {
    count: rows.count,
    index: dimensions.map((dimension) => toSteps(rows.index[dimension])),
    n: rows.n.map((column) => [...column]),
    x: rows.x.map((column) => [...column]),
    hours: clocks.map((clock) => {
      const { start, code, size } = rows.hours[clock];
      return { length: toSteps(start).slice(1), code: toSteps(code), size: [...size] };
    }),
  };
  return JSON.stringify({ frame, rows: packed });
}

/** Reads what `pack` wrote. */
export function unpack(text: string): CompareData {
  const { frame, rows } = JSON.parse(text) as { frame: CompareFrame; rows: PackedRows };
  const index = {} as CompareRows['index'];
  for (const [place, dimension] of dimensions.entries())
    index[dimension] = fromSteps(rows.index[place] ?? [], new Uint16Array(rows.count));
  const hours = {} as CompareRows['hours'];
  for (const [place, clock] of clocks.entries()) {
    const { length = [], code = [], size = [] } = rows.hours[place] ?? {};
    hours[clock] = {
      start: fromSteps([0, ...length], new Uint32Array(rows.count + 1)),
      code: fromSteps(code, new Uint16Array(code.length)),
      size: Uint32Array.from(size),
    };
  }
  return {
    frame,
    rows: {
      count: rows.count,
      index,
      n: rows.n.map((column) => Uint32Array.from(column)),
      x: rows.x.map((column) => Uint32Array.from(column)),
      hours,
    },
  };
}
