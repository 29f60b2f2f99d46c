import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { configurationError } from '../errors.js';

/** A value of the configuration file as a text, and the line it stands on (from 1). Null asks for the default. */
export interface FileEntry {
  raw: string | null;
  line: number;
}

const scalar = 'a text, a number, true, false or null';
const expectations: Readonly<Record<string, string>> = {
  PropertyNameExpected: 'a name in double quotes, or }',
  ValueExpected: scalar,
  InvalidNumberFormat: scalar,
  UnexpectedEndOfNumber: scalar,
  ColonExpected: ':',
  CommaExpected: ', or }',
  CloseBraceExpected: ', or }',
  EndOfFileExpected: 'nothing after }',
};

/**
 * Reads one flat JSON object with comments; a comma after the last entry is allowed. Mistakes are named by their place, and nothing
 * of the file is quoted but names: it may hold a secret by mistake.
 *
 * @throws ParcelmetricsError (exit code 2) with file, line and column.
 */
export function parseConfigFile(text: string, path: string): Map<string, FileEntry> {
  // A byte order mark takes a column of its own in no editor.
  const source = text.replace(/^\uFEFF/, '');
  const lineAt = (offset: number) => source.slice(0, offset).split('\n').length;
  const fail = (offset: number, expected: string): never => {
    const column = offset - source.lastIndexOf('\n', offset - 1);
    throw configurationError(`${path}, line ${lineAt(offset)}, column ${column}: expected ${expected}`, {
      hint: 'The file holds one JSON object of names and values; // comments are allowed.',
    });
  };

  const errors: ParseError[] = [];
  const tree = parseTree(source, errors, { allowTrailingComma: true });
  // The first place counts: the others may follow from it.
  const [mistake] = errors.toSorted((one, other) => one.offset - other.offset);
  if (tree?.type !== 'object') fail(tree?.offset ?? mistake?.offset ?? 0, '{');
  const entries = new Map<string, FileEntry>();
  for (const { children: [name, value] = [] } of tree?.children ?? []) {
    if (mistake !== undefined && mistake.offset <= (name?.offset ?? 0)) break;
    readEntry(name, value);
  }
  if (mistake !== undefined) {
    fail(
      mistake.offset,
      expectations[printParseErrorCode(mistake.error)] ?? 'a name, a value or a mark of JSON',
    );
  }
  return entries;

  function readEntry(name: Node | undefined, value: Node | undefined): void {
    if (name === undefined || value === undefined) return;
    const key = String(name.value);
    if (entries.has(key)) fail(name.offset, `"${key}" only once`);
    if (value.type === 'object' || value.type === 'array') fail(value.offset, scalar);
    entries.set(key, { raw: value.type === 'null' ? null : String(value.value), line: lineAt(name.offset) });
  }
}
