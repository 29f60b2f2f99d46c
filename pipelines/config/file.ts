import { configurationError } from '../errors.js';

/** A value of the configuration file as a text, and the line it stands on (from 1). Null asks for the default. */
export interface FileEntry {
  raw: string | null;
  line: number;
}

const token =
  /(?<space>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>"(?:[^"\\\n]|\\.)*")|(?<word>-?\d[\d.eE+-]*|true|false|null)|(?<mark>[{}:,])/y;

/**
 * Reads one flat JSON object with comments; a comma after the last entry is allowed. JSON.parse alone names neither the line
 * of a mistake nor that of a key, and quotes the file in its messages.
 *
 * @throws ParcelmetricsError (exit code 2) with file, line and column.
 */
export function parseConfigFile(text: string, path: string): Map<string, FileEntry> {
  const entries = new Map<string, FileEntry>();
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  let start = position;

  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const fail = (expected: string): never => {
    const column = start - text.lastIndexOf('\n', start - 1);
    throw configurationError(`${path}, line ${lineAt(start)}, column ${column}: expected ${expected}`, {
      hint: 'The file holds one JSON object of names and values; // comments are allowed.',
    });
  };
  const next = (): { kind: 'string' | 'word' | 'mark' | 'end'; text: string } => {
    for (;;) {
      start = position;
      if (position >= text.length) return { kind: 'end', text: '' };
      token.lastIndex = position;
      const groups = token.exec(text)?.groups ?? {};
      position = token.lastIndex;
      if (groups.string !== undefined) return { kind: 'string', text: groups.string };
      if (groups.word !== undefined) return { kind: 'word', text: groups.word };
      if (groups.mark !== undefined) return { kind: 'mark', text: groups.mark };
      if (groups.space === undefined) fail('a name, a value or a mark of JSON');
    }
  };
  const scalar = (kind: string, source: string, expected: string): unknown => {
    if (kind !== 'string' && kind !== 'word') return fail(expected);
    try {
      return JSON.parse(source);
    } catch {
      return fail(expected);
    }
  };

  if (next().text !== '{') fail('{');
  for (let current = next(); current.text !== '}'; ) {
    if (current.kind !== 'string') fail('a name in double quotes, or }');
    const line = lineAt(start);
    const key = String(scalar(current.kind, current.text, 'a name in double quotes'));
    if (entries.has(key)) fail(`"${key}" only once`);
    if (next().text !== ':') fail(':');
    const found = next();
    const value = scalar(found.kind, found.text, 'a text, a number, true, false or null');
    entries.set(key, { raw: value === null ? null : String(value), line });
    current = next();
    if (current.text === ',') current = next();
    else if (current.text !== '}') fail(', or }');
  }
  if (next().kind !== 'end') fail('nothing after }');
  return entries;
}
