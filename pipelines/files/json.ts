import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { readLines } from './lines.js';

/** How JSON lies in a file: one value a line, or values that are found by their path, however many lines they take. */
export type JsonLayout = { kind: 'lines' } | { kind: 'entries'; path: string };

/** One entry of a JSON file. Its place counts lines or entries from 1; broken: what is wrong with it, never its content. */
export type JsonEntry =
  | { place: string; text: string | null; value: unknown }
  | { place: string; text: string | null; broken: string };

export interface JsonOptions {
  /** Larger entries are refused, not held. */
  maxBytes: number;
  /** Numbers come as the text that stands there: every digit of them. */
  keepsDigits: boolean;
  /** Parses one line, instead of the parser of the other layouts; throws what is not shown. */
  parseLine?: (text: string) => unknown;
}

/** What is said of a text that cannot be parsed. */
export const notJson = 'text that is not JSON, or nested too deeply';

// Lists that belong to one parcel: no wrapper around many.
const ownLists = new Set(['events', 'tracking_numbers', 'parcel_items']);

/** The path of the first list of objects in the text, which may end anywhere; null where the first list is a parcel's own. */
function findWrapped(head: string): string | null {
  const keys: string[] = [];
  let key = '';
  let last: TokenType | null = null;
  let found: string | null = null;
  let isOver = false;
  const tokenizer = new Tokenizer();
  tokenizer.onError = () => {};
  tokenizer.onToken = ({ token, value }) => {
    if (isOver) return;
    if (last === TokenType.LEFT_BRACKET) {
      if (token === TokenType.LEFT_BRACE && !ownLists.has(key)) found = [...keys, key].join('.');
      isOver = true;
    }
    if (token === TokenType.STRING) key = String(value);
    if (token === TokenType.LEFT_BRACE && last !== null) keys.push(key);
    if (token === TokenType.RIGHT_BRACE) keys.pop();
    last = token;
  };
  try {
    tokenizer.write(head);
  } catch {
    // What is no JSON is told when it is read.
  }
  return found;
}

/** Tells from the start of a JSON text how its entries lie. */
export function findJsonLayout(head: string): JsonLayout {
  const text = head.trimStart();
  if (text.startsWith('[')) return { kind: 'entries', path: '$.*' };
  const wrapped = text.startsWith('{') ? findWrapped(text) : null;
  if (wrapped !== null && !wrapped.split('.').includes(''))
    return { kind: 'entries', path: `$.${wrapped}.*` };
  const [first = '', second = ''] = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const isPretty = first.startsWith('{') && !first.endsWith('}') && second !== '' && !second.startsWith('{');
  return isPretty ? { kind: 'entries', path: '$' } : { kind: 'lines' };
}

/** Gives a number as the text that stands there where a double would change its digits, or always. */
class ExactTokenizer extends Tokenizer {
  readonly #keepsDigits: boolean;

  constructor(keepsDigits: boolean) {
    super();
    this.#keepsDigits = keepsDigits;
  }

  protected override parseNumber(text: string): number {
    const value = Number(text);
    const isChanged = Number.isInteger(value) && !Number.isSafeInteger(value);
    // The library only hands it on.
    return this.#keepsDigits || isChanged ? (text as unknown as number) : value;
  }
}

function createParser(path: string, keepsDigits: boolean, onValue: (value: unknown) => void) {
  const tokenizer = new ExactTokenizer(keepsDigits);
  const parser = new TokenParser({ paths: [path], keepStack: false, separator: '' });
  tokenizer.onToken = parser.write.bind(parser);
  parser.onValue = ({ value }) => onValue(value);
  // Thrown by `write`, where it is caught; the library's wording quotes the text.
  const fail = () => {
    throw new SyntaxError('not JSON');
  };
  tokenizer.onError = fail;
  parser.onError = fail;
  return { tokenizer, parser };
}

/** Parses one JSON text, its numbers as they are written. @throws SyntaxError that quotes nothing. */
function parseExactly(text: string): unknown {
  const values: unknown[] = [];
  const { tokenizer, parser } = createParser('$', true, (value) => values.push(value));
  tokenizer.write(text);
  tokenizer.end();
  parser.end();
  if (values.length !== 1) throw new SyntaxError('not JSON');
  return values[0];
}

async function* readEntryLines(
  chunks: AsyncIterable<Buffer>,
  { maxBytes, parseLine = parseExactly }: JsonOptions,
): AsyncGenerator<JsonEntry> {
  let line = 0;
  for await (const raw of readLines(chunks, maxBytes)) {
    line += 1;
    const place = `:${line}`;
    const text = raw?.replace(/^\uFEFF/, '') ?? null;
    if (text === null) yield { place, text, broken: `more than ${maxBytes} bytes` };
    else if (text.trim() === '') continue;
    else {
      try {
        yield { place, text, value: parseLine(text) };
      } catch {
        yield { place, text, broken: notJson };
      }
    }
  }
}

async function* readEntryValues(
  chunks: AsyncIterable<Buffer>,
  path: string,
  { maxBytes, keepsDigits }: JsonOptions,
): AsyncGenerator<JsonEntry> {
  const ready: unknown[] = [];
  const { tokenizer, parser } = createParser(path, keepsDigits, (value) => ready.push(value));
  let entry = 0;
  let held = 0;
  function* take(): Generator<JsonEntry> {
    for (const value of ready.splice(0)) {
      entry += 1;
      yield { place: `, entry ${entry}`, text: null, value };
    }
  }
  const stop = (broken: string): JsonEntry => ({
    place: `, entry ${entry + 1}`,
    text: null,
    broken: `${broken}: the rest of the file was not read`,
  });
  const piece = 64 * 1024;
  let isStart = true;
  for await (const chunk of chunks) {
    for (
      let from = isStart && chunk.subarray(0, 3).toString('hex') === 'efbbbf' ? 3 : 0;
      from < chunk.length;
      from += piece
    ) {
      const part = chunk.subarray(from, from + piece);
      held += part.length;
      let isBroken = false;
      try {
        tokenizer.write(part);
      } catch {
        isBroken = true;
      }
      if (ready.length > 0) held = 0;
      yield* take();
      if (isBroken) return yield stop(notJson);
      if (held > maxBytes) return yield stop(`more than ${maxBytes} bytes`);
    }
    isStart = false;
  }
  try {
    tokenizer.end();
    parser.end();
  } catch {
    yield* take();
    return yield stop('the end of the file in the middle of it');
  }
  yield* take();
}

/** The entries of a JSON file, one after the other, within `maxBytes` each. */
export function readJson(
  chunks: AsyncIterable<Buffer>,
  layout: JsonLayout,
  options: JsonOptions,
): AsyncGenerator<JsonEntry> {
  return layout.kind === 'lines'
    ? readEntryLines(chunks, options)
    : readEntryValues(chunks, layout.path, options);
}
