import { findNearest, suggest } from '../config/suggest.js';
import { usageError } from '../errors.js';

/** Names as the user's file has them, and the column that each is; from `--map "Header=column"`. */
export type ColumnMap = Readonly<Record<string, string>>;

/** A cell's place in a row, and the column that it is. */
export interface Columns {
  names: readonly (string | null)[];
  /** Headers that are no column of ours, with what they were perhaps meant to be. */
  leftOut: string[];
  /** Sendcloud's own report: it tracks these parcels already. */
  isReport: boolean;
}

// What Sendcloud calls them in its report of parcels, and what people call them.
const synonyms: Readonly<Record<string, string>> = {
  fromaddresscountrycode: 'from_country',
  fromaddresspostalcode: 'from_postal_code',
  toaddresscountrycode: 'to_country',
  toaddresspostalcode: 'to_postal_code',
  fromcountrycode: 'from_country',
  tocountrycode: 'to_country',
  trackingcode: 'tracking_number',
  trackingno: 'tracking_number',
  trackingnr: 'tracking_number',
  parceltrackingnumber: 'tracking_number',
  carrier: 'carrier_code',
};

/** A header without case, spaces and marks: `Tracking Number`, `trackingNumber` and `TRACKING_NUMBER` are one. */
export function squeeze(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

/** The column that a header names, or null. */
export function findColumn(header: string, known: readonly string[], map: ColumnMap): string | null {
  const wanted = squeeze(header);
  const mapped = Object.entries(map).find(([name]) => squeeze(name) === wanted);
  if (mapped !== undefined) return mapped[1];
  const exact = known.find((name) => squeeze(name) === wanted);
  return exact ?? synonyms[wanted] ?? null;
}

// A row of data in the place of the header must not be shown: it may hold an address.
function looksLikeData(headers: readonly string[]): boolean {
  return (
    headers.some((header) => /\d{3,}|@|:\/\/|^\d/.test(header)) ||
    headers.every((header) => header.trim() === '')
  );
}

/** A header with what it was perhaps meant to be. */
function describeHeader(header: string, known: readonly string[]): string {
  const near = findNearest(squeeze(header), known.map(squeeze));
  const meant = known.find((name) => squeeze(name) === near);
  return meant === undefined ? header : `${header} (did you mean ${meant}?)`;
}

/** @throws ParcelmetricsError (exit code 2) when a mapped column is none, or a mapped header is not there. */
function checkMap(place: string, headers: readonly string[], known: readonly string[], map: ColumnMap): void {
  for (const [header, column] of Object.entries(map)) {
    if (!known.includes(column))
      throw usageError(`--map: there is no column ${column}${suggest(column, known)}`, {
        hint: `Nothing was read. The columns are: ${known.join(', ')}.`,
      });
    if (!headers.some((one) => squeeze(one) === squeeze(header)))
      throw usageError(`${place}: no column is called "${header}", which --map names`, {
        hint: 'Nothing was read.',
      });
  }
}

/**
 * Finds out which column each header is.
 * @throws ParcelmetricsError (exit code 2) when two are the same one, or a mapped header is not there.
 */
export function matchColumns(
  place: string,
  headers: readonly string[],
  known: readonly string[],
  map: ColumnMap,
): Columns {
  checkMap(place, headers, known, map);
  const given = headers.map((header) => ({
    header,
    column: findColumn(header, known, map),
    isMapped: squeeze(header) in squeezeKeys(map),
  }));
  const names = given.map(({ column, isMapped }) => {
    // What the user mapped goes before what merely has the name.
    const isTaken = !isMapped && given.some((other) => other.isMapped && other.column === column);
    return isTaken ? null : column;
  });
  for (const name of new Set(names)) {
    const twice = headers.filter((_, index) => name !== null && names[index] === name);
    if (twice.length > 1)
      throw usageError(`${place}: ${twice.map((one) => `"${one}"`).join(' and ')} are both ${name}`, {
        hint: `Nothing was read. Say which one it is: --map "${twice[0]}=${name}".`,
      });
  }
  const isReport =
    headers.some((header) => squeeze(header) === 'parcelid') && names.includes('tracking_number');
  const leftOut = headers
    .filter((header, index) => names[index] === null && header.trim() !== '')
    .map((header) => describeHeader(header, known));
  return { names, leftOut, isReport };
}

function squeezeKeys(map: ColumnMap): Record<string, true> {
  return Object.fromEntries(Object.keys(map).map((name) => [squeeze(name), true]));
}

/** What is said of a file in which no column has the tracking number. */
export function describeMissing(
  place: string,
  headers: readonly string[],
  known: readonly string[],
  map: ColumnMap,
) {
  if (looksLikeData(headers)) {
    return usageError(`${place}: the first line looks like a row, not like the names of columns`, {
      hint: 'Nothing was read. Put a line with the names first, such as: tracking_number,carrier_code',
    });
  }
  checkMap(place, headers, known, map);
  const found = headers
    .filter((header) => header.trim() !== '')
    .map((header) => describeHeader(header.trim(), known));
  return usageError(`${place}: no column is tracking_number; found: ${found.join(', ')}`, {
    hint: 'Nothing was read. Name the column in the file so, or say which one it is: --map "Their name=tracking_number".',
  });
}
