import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanTrackingNumber, looksRounded } from '../../../pipelines/files/tracking-number.js';

const numbers = [
  '00340434161094022115',
  '3SJJJJ000000001',
  '1Z999AA10123456784',
  'JJD000345678901',
  'A1',
  'RX123456785DE',
];

describe('what is put around a number', () => {
  const dressings: readonly (readonly [string, (number: string) => string])[] = [
    ['nothing', (number) => number],
    ['a formula', (number) => `="${number}"`],
    ['an apostrophe', (number) => `'${number}`],
    ['quotes', (number) => `"${number}"`],
    ['apostrophes', (number) => `'${number}'`],
    ['blanks', (number) => ` ${number}\t`],
    ['no-break spaces', (number) => `\u00a0${number}\u202f`],
    ['a zero-width space', (number) => `${number.slice(0, 1)}\u200b${number.slice(1)}`],
    ['a byte order mark', (number) => `\ufeff${number}`],
    ['direction marks', (number) => `\u200e\u202a${number}\u202c`],
    ['groups', (number) => number.replace(/(.{4})/g, '$1 ')],
    ['a formula with blanks in it', (number) => `=" ${number} "`],
  ];
  it.each(dressings)('%s is stripped, and every digit stays', (_, dress) => {
    expect(numbers.map((number) => cleanTrackingNumber(dress(number)))).toEqual(
      numbers.map((number) => ({ number })),
    );
  });

  it('is never taken for another number: what comes out was there, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (raw) => {
        const cleaned = cleanTrackingNumber(raw);
        if ('trouble' in cleaned) return cleaned.trouble !== '';
        let from = 0;
        for (const letter of cleaned.number) {
          from = raw.indexOf(letter, from) + 1;
          if (from === 0) return false;
        }
        return true;
      }),
    );
  });
});

describe('what is no number', () => {
  it.each([
    ['3.42E+17', 'rounded'],
    ['3,40434E+17', 'rounded'],
    ['9.40010000000000E+21', 'rounded'],
    ['3.4043416109402214e+17', 'rounded'],
    ['3E+17', 'rounded'],
    ['340434161094022115.0', 'decimal'],
    ['12345,00', 'decimal'],
    ['94001118992231900000', 'zeros'],
    ['N/A', 'placeholder'],
    ['#N/A', 'placeholder'],
    ['#REF!', 'placeholder'],
    ['-', 'placeholder'],
    ['--', 'placeholder'],
    ['0', 'placeholder'],
    ['000', 'placeholder'],
    ['null', 'placeholder'],
    ['NaN', 'placeholder'],
    ['undefined', 'placeholder'],
    ['TBA', 'placeholder'],
    ['(leer)', 'placeholder'],
    ['', 'missing'],
    ['="" ', 'missing'],
    ['\u200b', 'missing'],
    ['https://tracking.example/3SJJJJ000000001', 'link'],
    ['www.tracking.example/3SJJJJ000000001', 'link'],
    ['jan@example.org', 'e-mail'],
    ['3SJJJJ000000001;3SJJJJ000000002', 'several'],
    ['3SJJJJ000000001, 3SJJJJ000000002', 'several'],
    ['3SJJJJ000000001\n3SJJJJ000000002', 'several'],
    ['3SJJJJ000000001 3SJJJJ000000002', 'several'],
    ['3SJJJJ000000001/3SJJJJ000000002', 'several'],
    ['{}', 'placeholder'],
    ['3S\ufffdJJ0001', 'UTF-8'],
    ['3S\u0007JJ0001', 'control'],
    ['9'.repeat(256), '255'],
  ])('%j: %s', (raw, word) => {
    const cleaned = cleanTrackingNumber(raw);
    expect(cleaned).toEqual({ trouble: expect.stringContaining(word) });
    // The cell may be an address by mistake.
    if (raw.length > 3) expect(JSON.stringify(cleaned)).not.toContain(raw);
  });

  it('has an E without having been rounded: such numbers stay', () => {
    for (const number of ['1E12', '12E34', 'E123', '3E17B'])
      expect(cleanTrackingNumber(number)).toEqual({ number });
  });

  it('looks rounded where it ends in zeros from the 16th digit on', () => {
    expect(['1234567890123450', '340434161094022000'].every(looksRounded)).toBe(true);
    expect(['340434161094022115', '123456789012340', '3S000000000000000'].some(looksRounded)).toBe(false);
  });
});
