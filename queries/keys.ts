import { quoteText } from './quoting.js';

/**
 * How a build knows a parcel, which stands in `tracking_number` of every model: by its number, or, where parcels of several accounts are
 * built together, by account and number, since two accounts may have one number. This file alone knows what such a key looks like; `account` is a
 * column of what readers get, and publishing gives them the number.
 */
export interface Keys {
  /** The account that every parcel is of; null: each key says it. */
  account: string | null;
}

/** No account's name has it, so that the first one ends the account, whatever the number. */
const mark = '/';

/** How a build knows its parcels. */
export function keysOf({ account = 'own', lake }: { account?: string; lake?: object | null }): Keys {
  return { account: lake ? null : account };
}

/** SQL of the key of a number of one of several accounts; null for no number. */
export function writeKey(account: string, number: string): string {
  return `${account} || ${quoteText(mark)} || ${number}`;
}

/** The key of a number of one of several accounts. */
export function makeKey(account: string, number: string): string {
  return `${account}${mark}${number}`;
}

/** SQL of the account of a key: what account_of of the prelude does in this build. */
export function writeAccountOf(key: string, { account }: Keys): string {
  return account === null ? `split_part(${key}, ${quoteText(mark)}, 1)` : quoteText(account);
}

/** SQL of the number of a key. */
export function writeNumberOf(key: string, { account }: Keys): string {
  return account === null ? `substr(${key}, strpos(${key}, ${quoteText(mark)}) + 1)` : key;
}
