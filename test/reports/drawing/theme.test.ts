import { describe, expect, it } from 'vitest';
import { carrierColours, css } from '../../../reports/drawing/theme.js';

function readColours(theme: 'light' | 'dark'): Map<string, string> {
  const [light = '', dark = ''] = css().split('@media');
  const text = theme === 'light' ? light : dark;
  return new Map(
    [...text.matchAll(/--([\w-]+): (#[0-9a-fA-F]{6});/g)].map(([, name = '', colour = '']) => [name, colour]),
  );
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrastOf(one: string, other: string): number {
  const luminance = (hex: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [bright = 0, dim = 0] = [luminance(one), luminance(other)].sort((first, second) => second - first);
  return (bright + 0.05) / (dim + 0.05);
}

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const colours = readColours(theme);
  const colour = (name: string) => colours.get(name) ?? '';

  it('has text at 4.5:1 on paper and on every fill of a heat map', () => {
    for (const text of ['ink', 'muted'])
      expect(contrastOf(colour(text), colour('paper')), text).toBeGreaterThanOrEqual(4.5);
    const fills = [...colours.keys()].filter((name) => /^(scale|above|below|area)-/.test(name));
    expect(fills.length).toBe(16);
    for (const fill of fills)
      expect(contrastOf(colour('ink'), colour(fill)), fill).toBeGreaterThanOrEqual(4.5);
  });

  it('has marks at 3:1', () => {
    const marks = [...colours.keys()].filter((name) => /^(carrier|part)-|^accent$/.test(name));
    expect(marks.length).toBe(12);
    for (const mark of marks)
      expect(contrastOf(colour(mark), colour('paper')), mark).toBeGreaterThanOrEqual(3);
  });
});

describe('carrierColours', () => {
  it('gives seven carriers a colour, a dash and a shape of their own, the rest grey', () => {
    const carriers = Array.from({ length: 9 }, (_, index) => ({
      code: `c${index + 1}`,
      colourRank: index + 1,
    }));
    const styles = carrierColours(carriers);
    const own = carriers.slice(0, 7).map(({ code }) => styles.get(code));
    expect(own.map((style) => style?.colour)).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((rank) => `var(--carrier-${rank})`),
    );
    expect(new Set(own.map((style) => style?.shape)).size).toBe(7);
    expect(new Set(own.map((style) => String(style?.dash))).size).toBe(7);
    expect(styles.get('c8')?.colour).toBe('var(--carrier-other)');
    expect(styles.get('*')?.colour).toBe('var(--ink)');
  });

  it('gives a rank that is no rank grey', () => {
    expect(carrierColours([{ code: 'x', colourRank: 0 }]).get('x')?.colour).toBe('var(--carrier-other)');
  });
});
