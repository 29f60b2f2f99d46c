import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBody, MAX_BODY_BYTES, MAX_DEPTH, parseBody } from '../../../pipelines/sendcloud/body.js';

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    const { name, code: found } = Object(error);
    return name === 'BodyError' ? found : String(error);
  }
  return 'none';
};

describe('parseBody', () => {
  it('parses what JSON.parse parses', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseBody(text)).toEqual(JSON.parse(text));
        expect(parseBody(`\uFEFF${text}`)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('counts nesting, but not the brackets within strings', () => {
    const nest = (depth: number, inner = '') => '['.repeat(depth) + inner + ']'.repeat(depth);
    expect(code(() => parseBody(nest(MAX_DEPTH)))).toBe('none');
    expect(code(() => parseBody(nest(MAX_DEPTH + 1)))).toBe('too_deep');
    expect(code(() => parseBody('{"a":'.repeat(1_000_000)))).toBe('too_deep');
    const tricky = String.raw`["${'['.repeat(99)}", "\"${'{'.repeat(99)}", "\\", "\\\"[${'['.repeat(99)}"]`;
    expect(parseBody(tricky)).toEqual(JSON.parse(tricky));
    const wide = `[${Array.from({ length: 99 }, () => '{"a":[]}').join(',')}]`;
    expect(parseBody(wide)).toEqual(JSON.parse(wide));
  });

  it.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['\uFEFF', 'empty'],
    ['<html>502</html>', 'not_json'],
    ['{"name": "J. Doe"', 'not_json'],
    ['"open', 'not_json'],
  ])('throws for %j', (text, expected) => {
    expect(code(() => parseBody(text))).toBe(expected);
  });

  it('throws for what is too large', () => {
    expect(code(() => parseBody(`"${'x'.repeat(MAX_BODY_BYTES)}"`))).toBe('too_large');
  });

  it('never quotes the text', () => {
    expect(() => parseBody('J. Doe')).toThrow(/^the body cannot be read: not_json$/);
  });
});

describe('decodeBody', () => {
  const bytes = Buffer.from('{"a":"é"}');

  it.each([
    [null, bytes],
    ['identity', bytes],
    ['GZIP', gzipSync(bytes)],
    ['deflate', deflateSync(bytes)],
    ['deflate', deflateRawSync(bytes)],
    ['br', brotliCompressSync(bytes)],
  ])('reads %s', (encoding, sent) => {
    expect(decodeBody(sent, encoding)).toBe('{"a":"é"}');
  });

  it('stops at the cap, at a torn body and at an encoding that it does not know', () => {
    const bomb = gzipSync(Buffer.alloc(MAX_BODY_BYTES + 1, 0x20));
    expect(bomb.length).toBeLessThan(10_000);
    expect(code(() => decodeBody(bomb, 'gzip'))).toBe('too_large');
    expect(code(() => decodeBody(brotliCompressSync(Buffer.alloc(MAX_BODY_BYTES + 1)), 'br'))).toBe(
      'too_large',
    );
    expect(code(() => decodeBody(gzipSync(bytes).subarray(0, 12), 'gzip'))).toBe('truncated');
    expect(code(() => decodeBody(bytes, 'gzip'))).toBe('bad_encoding');
    expect(code(() => decodeBody(bytes, 'zstd'))).toBe('bad_encoding');
    expect(code(() => decodeBody(bytes, 'gzip, gzip'))).toBe('bad_encoding');
  });
});
