import stringWidth from 'string-width';

const printableAscii = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns of a terminal a text takes. Millions of cells are measured, nearly all of them plain. */
export function displayWidth(text: string): number {
  return printableAscii.test(text) ? text.length : stringWidth(text);
}

/** Cuts a text to a width, with an ellipsis where something is missing. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let taken = 0;
  for (const { segment } of graphemes.segment(text)) {
    taken += stringWidth(segment);
    if (taken > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

// Control characters, and those that turn the direction of what follows.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A text of one line that cannot steer the terminal: control characters are written out. */
export function toVisible(text: string): string {
  if (printableAscii.test(text)) return text;
  return text.replace(control, (character) => {
    if (character === '\n') return '↵';
    if (character === '\t') return ' ';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

export interface ColumnLayout {
  width: number;
  /** Numbers stand to the right. */
  isRight?: boolean;
}

/** One line of a table: each cell padded to its column, or cut to it. */
export function drawRow(
  cells: readonly string[],
  columns: readonly ColumnLayout[],
  separator: string,
): string {
  const drawn = columns.map(({ width, isRight = false }, index) => {
    const cut = cutToWidth(cells[index] ?? '', width);
    const padding = ' '.repeat(Math.max(0, width - displayWidth(cut)));
    return isRight ? padding + cut : cut + padding;
  });
  return drawn.join(separator).trimEnd();
}

/** How wide each of `count` columns has to be for its cells, at least as wide as `atLeast`. */
export function widest(
  count: number,
  rows: readonly (readonly string[])[],
  atLeast: readonly number[] = [],
): number[] {
  const widths = Array.from({ length: count }, (_, index) => atLeast[index] ?? 0);
  for (const row of rows) {
    for (let index = 0; index < count; index++)
      widths[index] = Math.max(widths[index] ?? 0, displayWidth(row[index] ?? ''));
  }
  return widths;
}

/** Lines of at most `width`, broken between words; a word that is longer has a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && displayWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Rows as aligned columns, indented by two. A column with a width in `widths` wraps at its words. */
export function layOut(
  rows: readonly (readonly string[])[],
  widths: readonly (number | null)[] = [],
): string {
  const lines = rows.flatMap((row) => {
    const cells = row.map((cell, index) => {
      const width = widths[index] ?? null;
      return width === null ? [cell] : wrap(cell, width);
    });
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
  });
  const columns = widest(Math.max(0, ...rows.map(({ length }) => length)), lines).map((width, index) => ({
    width: Math.max(width, widths[index] ?? 0),
  }));
  return lines.map((line) => `${`  ${drawRow(line, columns, '  ')}`.trimEnd()}\n`).join('');
}
