import { boldWidths, regularWidths, type WidthRange } from './font-widths.js';

/** Width in pixels that a text needs at most in the usual system fonts, at a size in pixels. Unknown letters count as wide. */
export function measureText(text: string, sizePx: number, bold = false): number {
  const ranges = bold ? boldWidths : regularWidths;
  let thousandths = 0;
  for (const character of text) thousandths += widthOf(character.codePointAt(0) ?? 0, ranges);
  return (thousandths * sizePx) / 1000;
}

/** The text, or as much of its start as fits a width with an ellipsis. */
export function fitText(text: string, widthPx: number, sizePx: number, bold = false): string {
  if (measureText(text, sizePx, bold) <= widthPx) return text;
  const characters = [...text];
  while (characters.length > 0) {
    characters.pop();
    const shortened = `${characters.join('').trimEnd()}\u2026`;
    if (measureText(shortened, sizePx, bold) <= widthPx) return shortened;
  }
  return '\u2026';
}

function widthOf(codePoint: number, ranges: readonly WidthRange[]): number {
  for (const range of ranges) {
    const width = range.widths[codePoint - range.from];
    if (width !== undefined) return width;
  }
  if (codePoint >= 0x300 && codePoint < 0x370) return 0;
  // scripts without a table: full width from Hangul on, a generous letter before
  return codePoint >= 0x1100 ? 1250 : 900;
}
