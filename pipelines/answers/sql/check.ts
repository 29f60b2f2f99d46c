import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName } from '../../../queries/quoting.js';
import { type ParcelmetricsError, usageError } from '../../errors.js';
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
  /** The temporary table that it makes or drops, in lower case. */
  table?: string;
}

type Fields = Record<string, unknown>;

/** One thing that a parse tree mentions. */
interface Use {
  kind: 'function' | 'table function' | 'table' | 'other';
  name: string;
  /** Of a table, what stands before its name: database and schema. */
  qualifiers?: string[];
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
  { allowsFiles, made = new Set() }: { allowsFiles: boolean; made?: ReadonlySet<string> },
): Promise<CheckedStatement> {
  const { start, text } = piece;
  const tokens = scan(text).filter(({ kind }) => kind !== 'comment');
  const firstWord = readToken(text, tokens[0]);
  const refuse = ({ why, instead }: Refusal, what = firstWord.toUpperCase(), at = start) =>
    refusal(`${what} is refused: ${why}`, instead, script, at);

  // To a C program it is the end of the text: what is checked must be what is run.
  if (text.includes('\0')) throw refuse({ why: 'it holds a NUL character', instead: 'Take it out.' });

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
    const tables = new Set([...made, ...(await readTableNames(connection))]);
    for (const use of findUses(tree.statements)) {
      const found = use.kind === 'table' ? judgeTable(use, tables, allowsFiles) : judge(use, allowsFiles);
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
    const { sql, end, table } = header;
    if (firstWord === 'drop') {
      if (!made.has(table) && !(await isTemporary(connection, table))) throw refuse(refuseStatement('drop'));
      return { kind: 'drop', sql, script, shift: start, parameterNames: [], table };
    }
    const parameterNames = await checkQuery(end);
    const shift = start + end - sql.length;
    return { kind: 'create', sql: sql + text.slice(end), script, shift, parameterNames, table };
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

async function isTemporary(connection: DuckDBConnection, table: string): Promise<boolean> {
  const found = await connection.runAndReadAll(
    'select 1 from duckdb_tables() where temporary and lower(table_name) = $1',
    [table],
  );
  return found.currentRowCount > 0;
}

/** The part of a statement before its query, written anew. */
interface Header {
  sql: string;
  /** Where the query starts. */
  end: number;
  table: string;
}

function readCreate(text: string, tokens: readonly Token[]): Header | null {
  const words = tokens.slice(0, 10).map((token) => readToken(text, token));
  const before = words.indexOf('table');
  const opening = words.slice(0, before + 1).join(' ');
  if (!/^create (or replace )?(temp|temporary) table$/.test(opening)) return null;
  const isConditional = words.slice(before + 1, before + 4).join(' ') === 'if not exists';
  const at = before + 1 + (isConditional ? 3 : 0);
  const name = readName(text, tokens[at]);
  const end = tokens[at + 2]?.start;
  if (name === null || words[at + 1] !== 'as' || end === undefined) return null;
  const sql = `${opening} ${isConditional ? 'if not exists ' : ''}temp.${quoteName(name)} as `;
  return { sql, end, table: name.toLowerCase() };
}

function readDrop(text: string, tokens: readonly Token[]): Header | null {
  const words = tokens.map((token) => readToken(text, token));
  if (words[1] !== 'table') return null;
  const isConditional = words.slice(2, 4).join(' ') === 'if exists';
  const at = isConditional ? 4 : 2;
  const name = readName(text, tokens[at]);
  if (name === null || tokens.length !== at + 1) return null;
  const sql = `drop table ${isConditional ? 'if exists ' : ''}temp.${quoteName(name)}`;
  return { sql, end: text.length, table: name.toLowerCase() };
}

function readName(text: string, token: Token | undefined): string | null {
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'quoted')) return null;
  return readToken(text, token);
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
    const qualifiers = [fields.catalog_name, fields.schema_name].filter(Boolean).map(String);
    yield { kind: 'table', name: String(fields.table_name), qualifiers, byteOffset };
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

type Judgement = { refusal: Refusal; what: string } | null;

function judge({ kind, name }: Use, allowsFiles: boolean): Judgement {
  const lower = name.toLowerCase();
  if (kind === 'other') return { refusal: refuseStatement(''), what: `this kind of query (${name})` };
  const isAllowed =
    kind === 'function'
      ? isAllowedFunction(name)
      : TABLE_FUNCTIONS.has(lower) || (allowsFiles && FILE_FUNCTIONS.has(lower));
  return isAllowed ? null : { refusal: refuseFunction(name, allowsFiles), what: `the function ${name}` };
}

// What DuckDB takes for a file, when no table has the name, has an extension; `own.csv` without quotes is one too.
function judgeTable(
  { name, qualifiers = [] }: Use,
  tables: ReadonlySet<string>,
  allowsFiles: boolean,
): Judgement {
  if (tables.has(name.toLowerCase())) return null;
  const path = [...qualifiers, name].join('.');
  // A plain name may be that of a WITH clause; for a misspelt one DuckDB has the better message.
  if (qualifiers.length === 0 && !/[./\\:*?]/.test(name)) return null;
  if (DATA_FILE.test(path)) {
    return allowsFiles
      ? null
      : { refusal: refuseFile(false), what: `the file ${JSON.stringify(path)} as a table` };
  }
  const why = 'there is no such table';
  const { instead } = refuseFile(allowsFiles);
  return { refusal: { why, instead: `SHOW TABLES lists them. ${instead}` }, what: JSON.stringify(path) };
}

async function readTableNames(connection: DuckDBConnection): Promise<string[]> {
  const result = await connection.runAndReadAll(
    'select lower(table_name) from duckdb_tables() union select lower(view_name) from duckdb_views()',
  );
  return result.getRows().map(([name]) => String(name));
}

function namesOfParameters(statements: readonly Fields[]): string[] {
  const entries = statements.flatMap(({ named_param_map: map }) => (Array.isArray(map) ? map : []));
  return entries.map((entry) => String((entry as Fields).key));
}
