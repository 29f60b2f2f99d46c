import { millisecondsInDay } from 'date-fns/constants';

/** A point of a strip: one carrier's week, or several of them together. Rates 0 to 1, or hours. */
export interface StripWeek {
  carrier_code: string;
  /** Monday, and how many weeks from it on. */
  start: string;
  weeksEach: number;
  value: number;
  lo: number | null;
  hi: number | null;
  n: number;
  /** Whether what will still be counted can no longer change it. */
  isComplete: boolean;
}

/** An agreed figure, and the days for which it was agreed; null is open. */
export interface StripTarget {
  value: number;
  from: string | null;
  to: string | null;
}

export interface StripWords {
  /** Unique on the page. */
  id: string;
  /** What is drawn: 'On time, NL to BE'. */
  title: string;
  /** By which day parcels fall in a week: 'the promised day'. */
  startWords: string;
  carrierCode: string;
  isHours: boolean;
  isHighGood: boolean;
  weeksEach: number;
  /** The days that the case is about, both included. */
  firstDate: string;
  lastDate: string;
  /** What was usual before; null where the case is no change. */
  usual: number | null;
  target: StripTarget | null;
}

export interface Point extends StripWeek {
  day: number;
  run: string;
}

/** Days since 1970. */
export const dayOf = (date: string) =>
  Math.round(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / millisecondsInDay);

export interface Line {
  code: string;
  name: string;
  points: Point[];
}

export interface Frame {
  domain: [number, number];
  say: (value: number) => string;
  words: StripWords;
}

/** From this width on there is room for the parcels under each point. */
export const countedFrom = 900;
