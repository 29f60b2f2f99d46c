import type { DuckDBConnection } from '@duckdb/node-api';
import { type ParcelmetricsError, usageError } from '../errors.js';
import { DATA_FILE, FILE_FUNCTIONS, isAllowedFunction, TABLE_FUNCTIONS } from './allowed.js';
import { offsetOfByte, offsetOfCodePoint, pointAt } from './place.js';
import { type Refusal, refuseFile, refuseFunction, refuseStatement } from './refusals.js';
import { type Piece, readToken, scan, type Token } from './scan.js';

/** A statement that passed. */
export interface CheckedStatement {
  kind: 'query' | 'explain' | 'create' | 'drop';
  /** What is run. */
  sql: string;
  /** The whole text it came from, and how far its own offsets are from those of the text. */
  script: string;
  shift: number;
  /** The names of its parameters, without the `$`. */
  parameterNames: readonly string[];
}

type Fields = Record<string, unknown>;

/** One thing that a parse tree mentions. */
interface Use {
  kind: 'function' | 'table function' | 'table' | 'other';
  name: string;
  byteOffset: number;
}

/**
 * Decides on one statement, without running or binding any of it: DuckDB parses it into a tree, and everything in the tree has
 * to be on the allow-list. Settings alone would not do: `enable_logging` works, and writes, with external access off.
 *
 * @throws ParcelmetricsError (exit code 2) that says what is refused, where, why, and what to do instead.
 */
export async function checkStatement(
  connection: DuckDBConnection,
  script: string,
  piece: Piece,
  { allowsFiles }: { allowsFiles: boolean },
): Promise<CheckedStatement> {
  const { start, text } = piece;
  const tokens = scan(text).filter(({ kind }) => kind !== 'comment');
  const firstWord = readToken(text, tokens[0]);
  const refuse = ({ why, instead }: Refusal, what = firstWord.toUpperCase(), at = start) =>
    refusal(`${what} is refused: ${why}`, instead, script, at);

  const checkQuery = async (from: number): Promise<string[]> => {
    const tree = await parse(connection, text.slice(from));
    if ('error' in tree) {
      if (tree.syntaxAt !== null) {
        const at = start + from + offsetOfCodePoint(text.slice(from), tree.syntaxAt);
        throw refusal(tree.error, undefined, script, at);
      }
      if (tree.isOtherStatement) throw refuse(refuseStatement(firstWord));
      throw refusal(tree.error, undefined, script, start + from);
    }
    if (tree.statements.length !== 1) {
      throw refusal('one statement was expected here', 'Separate statements by semicolons.', script, start);
    }
    for (const use of findUses(tree.statements)) {
      const found = judge(use, allowsFiles);
      if (found === null) continue;
      const at = start + from + offsetOfByte(text.slice(from), use.byteOffset);
      throw refuse(found.refusal, found.what, at);
    }
    return namesOfParameters(tree.statements);
  };

  if (firstWord === 'explain') {
    const parameterNames = await checkQuery(await findExplained(connection, text, tokens));
    return { kind: 'explain', sql: text, script, shift: start, parameterNames };
  }
  if (firstWord === 'create' || firstWord === 'drop') {
    const header = firstWord === 'create' ? readCreate(text, tokens) : readDrop(text, tokens);
    if (header === null) throw refuse(refuseStatement(firstWord));
    // The header is written anew from what was understood, so that nothing else can be in it.
    if (firstWord === 'drop')
      return { kind: 'drop', sql: header.sql, script, shift: start, parameterNames: [] };
    const parameterNames = await checkQuery(header.end);
    const shift = start + header.end - header.sql.length;
    return { kind: 'create', sql: header.sql + text.slice(header.end), script, shift, parameterNames };
  }
  return { kind: 'query', sql: text, script, shift: start, parameterNames: await checkQuery(0) };
}

function refusal(
  message: string,
  hint: string | undefined,
  script: string,
  offset: number,
): ParcelmetricsError {
  return usageError(`${message}\n${pointAt(script, offset)}`, hint === undefined ? {} : { hint });
}

type Parsed =
  | { statements: Fields[] }
  | { error: string; syntaxAt: number | null; isOtherStatement: boolean };

async function parse(connection: DuckDBConnection, sql: string): Promise<Parsed> {
  const result = await connection.runAndReadAll('select json_serialize_sql($1::varchar)', [sql]);
  const tree = JSON.parse(String(result.getRows()[0]?.[0])) as Fields;
  if (tree.error !== true) return { statements: tree.statements as Fields[] };
  return {
    error: String(tree.error_message),
    syntaxAt: tree.position === undefined ? null : Number(tree.position),
    isOtherStatement: tree.error_type === 'not implemented',
  };
}

// EXPLAIN takes options in parentheses, and a query may begin with one too: what parses decides.
async function findExplained(
  connection: DuckDBConnection,
  text: string,
  tokens: readonly Token[],
): Promise<number> {
  let next = 1;
  if (readToken(text, tokens[next]) === 'analyze') next++;
  const plain = tokens[next]?.start ?? text.length;
  if (readToken(text, tokens[next]) !== '(') return plain;
  const asQuery = await parse(connection, text.slice(plain));
  if ('statements' in asQuery) return plain;
  const close = tokens.findIndex((token, index) => index > next && readToken(text, token) === ')');
  return tokens[close + 1]?.start ?? plain;
}

function readCreate(text: string, tokens: readonly Token[]): { sql: string; end: number } | null {
  const words = tokens.slice(0, 10).map((token) => readToken(text, token));
  const before = words.indexOf('table');
  const opening = words.slice(0, before + 1).join(' ');
  if (!/^create (or replace )?(temp|temporary) table$/.test(opening)) return null;
  const isConditional = words.slice(before + 1, before + 4).join(' ') === 'if not exists';
  const at = before + 1 + (isConditional ? 3 : 0);
  const name = readName(text, tokens[at]);
  const end = tokens[at + 2]?.start;
  if (name === null || words[at + 1] !== 'as' || end === undefined) return null;
  return { sql: `${opening} ${isConditional ? 'if not exists ' : ''}temp.${name} as `, end };
}

function readDrop(text: string, tokens: readonly Token[]): { sql: string; end: number } | null {
  const words = tokens.map((token) => readToken(text, token));
  if (words[1] !== 'table') return null;
  const isConditional = words.slice(2, 4).join(' ') === 'if exists';
  const at = isConditional ? 4 : 2;
  const name = readName(text, tokens[at]);
  if (name === null || tokens.length !== at + 1) return null;
  return { sql: `drop table ${isConditional ? 'if exists ' : ''}temp.${name}`, end: text.length };
}

function readName(text: string, token: Token | undefined): string | null {
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'quoted')) return null;
  return `"${readToken(text, token).replaceAll('"', '""')}"`;
}

const expressionClasses = new Set(
  (
    'COLUMN_REF FUNCTION WINDOW OPERATOR COMPARISON CONJUNCTION CASE CAST STAR SUBQUERY LAMBDA LAMBDA_REF PARAMETER ' +
    'BETWEEN COLLATE DEFAULT POSITIONAL_REFERENCE TYPE'
  ).split(' '),
);
const nodeTypes = new RegExp(
  '^(SELECT_NODE|SET_OPERATION_NODE|RECURSIVE_CTE_NODE|CTE_NODE|SUBQUERY|JOIN|EMPTY|EXPRESSION_LIST|PIVOT|SHOW_REF|CTE|' +
    'ORDER_DEFAULT|ASCENDING|DESCENDING|.*_MODIFIER|.*_TYPE_INFO)$',
);

// Fails closed: a kind of node that is not known here is a use of kind 'other'.
function* findUses(node: unknown): Generator<Use> {
  if (Array.isArray(node)) {
    for (const item of node) yield* findUses(item);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const fields = node as Fields;
  const { class: expressionClass, type } = fields;
  if (expressionClass === 'CONSTANT') return;
  const byteOffset = offsetOr(fields.query_location, 0);
  if (type === 'TABLE_FUNCTION') {
    const call = (fields.function ?? {}) as Fields;
    const isCall = call.class === 'FUNCTION';
    yield { kind: isCall ? 'table function' : 'other', name: String(call.function_name), byteOffset };
    yield* findUses({ ...call, class: undefined, type: undefined, function_name: undefined });
    yield* findUses({ ...fields, type: undefined, function: undefined });
    return;
  }
  if (type === 'BASE_TABLE' || (type === 'SHOW_REF' && fields.table_name !== '')) {
    const parts = [fields.catalog_name, fields.schema_name, fields.table_name].filter((part) => part);
    yield { kind: 'table', name: parts.join('.'), byteOffset };
  } else if (expressionClass !== undefined) {
    if (!expressionClasses.has(String(expressionClass)))
      yield { kind: 'other', name: String(expressionClass), byteOffset };
  } else if (typeof type === 'string' && !nodeTypes.test(type)) {
    yield { kind: 'other', name: type, byteOffset };
  }
  if (fields.function_name !== undefined)
    yield { kind: 'function', name: String(fields.function_name), byteOffset };
  for (const value of Object.values(fields)) yield* findUses(value);
}

// DuckDB writes "nowhere" as the largest 64-bit number.
function offsetOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : otherwise;
}

const plainName = /^["\p{L}\p{N}_ $-]+$/u;
const databases = new Set(['main', 'temp', 'system', 'information_schema', 'pg_catalog', 'shipping']);

function judge({ kind, name }: Use, allowsFiles: boolean): { refusal: Refusal; what: string } | null {
  const lower = name.toLowerCase();
  if (kind === 'other') return { refusal: refuseStatement(''), what: `this kind of query (${name})` };
  if (kind === 'table') {
    const parts = name.split('.');
    // A name that no table has would be looked for as a file.
    const isTable = parts.every((part) => plainName.test(part)) && parts.slice(0, -1).every(isDatabase);
    if (isTable || (allowsFiles && DATA_FILE.test(name))) return null;
    return { refusal: refuseFile(allowsFiles), what: `the file ${JSON.stringify(name)} as a table` };
  }
  const isAllowed =
    kind === 'function'
      ? isAllowedFunction(name)
      : TABLE_FUNCTIONS.has(lower) || (allowsFiles && FILE_FUNCTIONS.has(lower));
  return isAllowed ? null : { refusal: refuseFunction(name, allowsFiles), what: `the function ${name}` };
}

function isDatabase(name: string): boolean {
  return databases.has(name.toLowerCase());
}

function namesOfParameters(statements: readonly Fields[]): string[] {
  const entries = statements.flatMap(({ named_param_map: map }) => (Array.isArray(map) ? map : []));
  return entries.map((entry) => String((entry as Fields).key));
}
