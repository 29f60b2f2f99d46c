import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { BodyError } from './errors.js';

/** Largest body that is read, in bytes, before and after decompression. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;
/** Deepest nesting of objects and arrays that is parsed; a timeline needs six. */
export const MAX_DEPTH = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Parses one JSON text within the caps on size and depth.
 * @throws BodyError `empty`, `too_large`, `too_deep` or `not_json`; its message never quotes the text.
 */
export function parseBody(text: string): unknown {
  if (text.length > MAX_BODY_BYTES) throw new BodyError('too_large');
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (json.trim() === '') throw new BodyError('empty');
  if (isDeeperThan(json, MAX_DEPTH)) throw new BodyError('too_deep');
  try {
    return JSON.parse(json);
  } catch {
    throw new BodyError('not_json');
  }
}

/**
 * Decompresses a response's bytes into text (UTF-8; invalid sequences become U+FFFD).
 * @param encoding the content-encoding header: gzip, deflate, br, identity or none.
 * @throws BodyError `too_large` (a bomb), `truncated` or `bad_encoding`.
 */
export function decodeBody(bytes: Buffer, encoding: string | null): string {
  const limit = { maxOutputLength: MAX_BODY_BYTES };
  try {
    switch ((encoding ?? '').trim().toLowerCase()) {
      case '':
      case 'identity':
        return bytes.toString('utf8');
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(bytes, limit).toString('utf8');
      case 'br':
        return brotliDecompressSync(bytes, limit).toString('utf8');
      case 'deflate': {
        // Servers disagree on whether "deflate" has the zlib header; its first byte ends in 8.
        const hasHeader = ((bytes[0] ?? 0) & 0x0f) === 8;
        return (hasHeader ? inflateSync(bytes, limit) : inflateRawSync(bytes, limit)).toString('utf8');
      }
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new BodyError('too_large');
    if (code === 'Z_BUF_ERROR') throw new BodyError('truncated');
  }
  throw new BodyError('bad_encoding');
}

/** Counts brackets outside strings, so that a nested bomb is refused before a parser recurses into it. */
function isDeeperThan(json: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const character = json.charCodeAt(at);
    if (character === QUOTE) {
      do {
        at = json.indexOf('"', at + 1);
        if (at < 0) return false;
      } while (isEscaped(json, at));
    } else if ((character | 0x20) === 0x7b) {
      // '[' and '{' differ in one bit, as do ']' and '}'
      depth += 1;
      if (depth > limit) return true;
    } else if ((character | 0x20) === 0x7d) depth -= 1;
  }
  return false;
}

function isEscaped(json: string, at: number): boolean {
  let before = at - 1;
  while (json.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
