import { displayWidth, toVisible } from '../../terminal/table.js';

const windowWidth = 100;

/** Where a UTF-16 offset of a script is, as users count: line and column from 1, the line itself, and a caret below it. */
export function pointAt(script: string, offset: number): string {
  const at = Math.min(Math.max(offset, 0), script.length);
  const lineStart = script.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = script.indexOf('\n', at);
  const line = script.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  const lineNumber = script.slice(0, lineStart).split('\n').length;
  const before = [...line.slice(0, at - lineStart)];
  const after = [...line.slice(at - lineStart)];
  // Of a long line, what surrounds the place.
  const from = Math.max(0, before.length - windowWidth * 0.6);
  const shownBefore = toVisible((from > 0 ? '…' : '') + before.slice(from).join(''));
  const shownAfter = toVisible(after.slice(0, windowWidth - (before.length - from)).join(''));
  const rest = after.length > windowWidth - (before.length - from) ? '…' : '';
  return [
    `line ${lineNumber}, column ${before.length + 1}:`,
    `  ${shownBefore}${shownAfter}${rest}`,
    `  ${' '.repeat(displayWidth(shownBefore))}^`,
  ].join('\n');
}

/** The UTF-16 offset of a byte offset in the text's UTF-8. */
export function offsetOfByte(text: string, byteOffset: number): number {
  return Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8').length;
}

/** The UTF-16 offset of an offset that counts code points. */
export function offsetOfCodePoint(text: string, codePoints: number): number {
  return [...text].slice(0, codePoints).join('').length;
}
