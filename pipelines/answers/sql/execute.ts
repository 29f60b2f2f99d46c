import { chmodSync, renameSync, rmSync } from 'node:fs';
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBPreparedStatement,
  DuckDBResult,
  DuckDBValue,
} from '@duckdb/node-api';
import { quoteText } from '../../../queries/quoting.js';
import { interruptedError, usageError } from '../../errors.js';
import { StatementType } from '../../store/driver.js';
import type { CheckedStatement } from './check.js';
import type { Session } from './session.js';
import { explainTrouble } from './trouble.js';

export type Parameters = Readonly<Record<string, string>>;

export interface Column {
  name: string;
  isNumber: boolean;
}

/** The answer to a query; its rows come once, in batches, and are not kept. */
export interface Answer {
  kind: 'query' | 'explain';
  columns: readonly Column[];
  batches: AsyncIterable<DuckDBValue[][]>;
}

const expectedTypes = {
  query: StatementType.SELECT,
  explain: StatementType.EXPLAIN,
  create: StatementType.CREATE,
  drop: StatementType.DROP,
};

// A streamed result that fails half-way ends as if it were complete: the driver has no error to hand over. So the last row
// is one of ours, in a column of ours; without it the rows are not all there.
const markName = '__parcelmetrics_end';
const markPrefix = `select *, false as ${markName} from (`;
const markSuffix = `\n) union all by name select true as ${markName}`;

/**
 * Runs a checked statement; null for one that has no rows to show.
 *
 * @throws ParcelmetricsError (exit code 2) for what is wrong with the query, also while its batches are read; the error of
 *   `interruptedError` when the session was interrupted.
 */
export async function runStatement(
  session: Session,
  statement: CheckedStatement,
  parameters: Parameters,
): Promise<Answer | null> {
  const { connection } = session;
  let prefixLength = 0;
  try {
    // Bound as it was written first, so that its errors are about what was written.
    const plain = await prepare(connection, statement);
    if (statement.kind !== 'query') {
      await bind(connection, plain, parameters);
      const result = await plain.run();
      return statement.kind === 'explain' ? readExplanation(result) : null;
    }
    prefixLength = markPrefix.length;
    const marked = await connection.prepare(markPrefix + statement.sql + markSuffix);
    await bind(connection, marked, parameters);
    const result = await marked.stream();
    const columns = columnsOf(result).slice(0, -1);
    return { kind: 'query', columns, batches: readBatches(session, statement, parameters, result) };
  } catch (error) {
    throw explain(session, statement, error, prefixLength);
  }
}

/**
 * Writes the rows of a checked query into a Parquet file, which appears when it is whole.
 *
 * @throws as runStatement.
 */
export async function writeParquet(
  session: Session,
  statement: CheckedStatement,
  parameters: Parameters,
  path: string,
): Promise<void> {
  const { connection } = session;
  const draft = `${path}.${process.pid}.tmp`;
  const prefix = 'copy (';
  let prefixLength = 0;
  try {
    await prepare(connection, statement);
    prefixLength = prefix.length;
    const copy = await connection.prepare(
      `${prefix}${statement.sql}\n) to ${quoteText(draft)} (format parquet)`,
    );
    await bind(connection, copy, parameters);
    await copy.run();
    chmodSync(draft, 0o600);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw explain(session, statement, error, prefixLength);
  }
}

function explain(
  session: Session,
  statement: CheckedStatement,
  error: unknown,
  prefixLength: number,
): unknown {
  return session.wasInterrupted()
    ? interruptedError('SIGINT')
    : explainTrouble(error, statement, prefixLength);
}

async function prepare(
  connection: DuckDBConnection,
  { kind, sql }: CheckedStatement,
): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql);
  const prepared = statements.count === 1 ? await statements.prepare(0) : null;
  // The tree was checked; this holds even if the two parsers should ever disagree.
  if (prepared?.statementType !== expectedTypes[kind]) {
    throw usageError(`this is no ${kind}, though it looked like one`, { hint: 'Nothing was run.' });
  }
  return prepared;
}

async function* readBatches(
  session: Session,
  statement: CheckedStatement,
  parameters: Parameters,
  result: DuckDBResult,
): AsyncGenerator<DuckDBValue[][]> {
  const last = result.columnCount - 1;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (session.wasInterrupted()) throw interruptedError('SIGINT');
    if (chunk === null || chunk.rowCount === 0) throw await findFailure(session, statement, parameters);
    const rows = chunk.getRows();
    const isComplete = rows.at(-1)?.[last] === true;
    if (isComplete) rows.pop();
    for (const row of rows) row.pop();
    if (rows.length > 0) yield rows;
    if (isComplete) return;
  }
}

// EXPLAIN ANALYZE runs the query and throws its rows away: what failed in the stream fails again, and says so.
async function findFailure(
  session: Session,
  statement: CheckedStatement,
  parameters: Parameters,
): Promise<unknown> {
  const prefix = 'explain analyze ';
  try {
    const again = await session.connection.prepare(prefix + statement.sql);
    await bind(session.connection, again, parameters);
    await again.run();
  } catch (error) {
    return explain(session, statement, error, prefix.length);
  }
  return usageError('the query failed half-way: the rows above are not all', { hint: 'Run it again.' });
}

function columnsOf(result: DuckDBResult): Column[] {
  const types = result.columnTypes();
  return result.deduplicatedColumnNames().map((name, index) => ({
    name,
    isNumber: /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL|BIGNUM)(\(.*\))?$/.test(
      String(types[index]),
    ),
  }));
}

async function readExplanation(result: DuckDBResult): Promise<Answer> {
  const chunks: DuckDBDataChunk[] = await result.fetchAllChunks();
  const rows = chunks.flatMap((chunk) => chunk.getRows());
  async function* batches() {
    yield rows;
  }
  return { kind: 'explain', columns: columnsOf(result), batches: batches() };
}

async function bind(
  connection: DuckDBConnection,
  prepared: DuckDBPreparedStatement,
  parameters: Parameters,
): Promise<void> {
  for (let index = 1; index <= prepared.parameterCount; index++) {
    const name = prepared.parameterName(index);
    const text = findParameter(parameters, name);
    if (text === undefined)
      throw usageError(`the query needs a value for $${name}`, { hint: `Give it with -p ${name}=VALUE.` });
    const type = typeOfParameter(prepared, index);
    if (type === null) {
      bindAsItLooks(prepared, index, text);
      continue;
    }
    const check = await connection.runAndReadAll(`select try_cast($1::varchar as ${type}) is null`, [text]);
    if (check.getRows()[0]?.[0] === true)
      throw usageError(`-p ${name}=${text}: the query wants a ${type} here`, { hint: 'Nothing was run.' });
    // DuckDB casts it to what the query wants.
    prepared.bindVarchar(index, text);
  }
}

/** The value given for a parameter: names of parameters ignore case, as all names in SQL do. */
export function findParameter(parameters: Parameters, name: string): string | undefined {
  const lower = name.toLowerCase();
  return Object.entries(parameters).find(([given]) => given.toLowerCase() === lower)?.[1];
}

// In a place that takes any type, DuckDB leaves it open until there is a value.
function typeOfParameter(prepared: DuckDBPreparedStatement, index: number): string | null {
  try {
    const type = String(prepared.parameterType(index));
    return /^(INVALID|UNKNOWN|ANY|SQLNULL|"NULL")/.test(type) ? null : type;
  } catch {
    return null;
  }
}

function bindAsItLooks(prepared: DuckDBPreparedStatement, index: number, text: string): void {
  if (/^-?(0|[1-9]\d{0,17})$/.test(text)) prepared.bindBigInt(index, BigInt(text));
  else if (/^-?\d{1,15}\.\d+$/.test(text)) prepared.bindDouble(index, Number(text));
  else prepared.bindVarchar(index, text);
}
