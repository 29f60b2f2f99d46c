import { INVALID_CODE, isCode, toSlug } from './codes.js';
import { FieldReader } from './wire.js';

const COUNTRY = /^[A-Za-z]{2}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Reads what may be kept of a body, of a timeline and of a listed shipment alike: nothing passes that is not of one of these kinds. */
export class AllowedReader extends FieldReader {
  #invalidCodeCount = 0;
  #unusualCodeCount = 0;

  /** A code as it came, or `invalid_code`. */
  code(value: unknown, path: string): string | null {
    const text = this.text(value, path);
    if (text === null || isCode(text)) return text;
    this.#invalidCodeCount += 1;
    return INVALID_CODE;
  }

  /** The slug of a carrier or shipping option. */
  slug(value: unknown, path: string): string | null {
    const text = this.text(value, path);
    const slug = text === null ? null : toSlug(text);
    if (slug === INVALID_CODE) this.#invalidCodeCount += 1;
    else if (slug !== null && slug !== text) this.#unusualCodeCount += 1;
    return slug;
  }

  /** Two letters, upper case. */
  country(value: unknown, path: string): string | null {
    const text = this.text(value, path);
    if (text === null) return null;
    if (COUNTRY.test(text)) return text.toUpperCase();
    this.#invalidCodeCount += 1;
    return null;
  }

  /** The first two characters of a postal code. */
  postalArea(value: unknown, path: string): string | null {
    const area = (this.text(value, path) ?? '').trim().slice(0, 2).trim();
    return area === '' || CONTROL.test(area) ? null : area;
  }

  /** A date or a stamp; what is written there and cannot be read is noted. */
  when<T>(value: unknown, path: string, read: (text: string) => T | null): T | null {
    const text = this.text(value, path);
    if (text === null || text.trim() === '') return null;
    const found = read(text);
    if (found === null) this.note(path);
    return found;
  }

  counts(): { invalidCodeCount: number; unusualCodeCount: number } {
    return { invalidCodeCount: this.#invalidCodeCount, unusualCodeCount: this.#unusualCodeCount };
  }
}

/** Whether a tracking number can be asked for: 1 to 255 characters, none of them a control character. */
export function isTrackingNumber(value: string): boolean {
  return value.length >= 1 && value.length <= 255 && !CONTROL.test(value);
}

/** A number that can be asked for; one written as a JSON number is its digits, as long as a double holds them all. */
export function readNumber(value: unknown): string | null {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && isTrackingNumber(text) ? text : null;
}
