import { usageError } from '../../errors.js';
import { describeExamples, findExample, readExamples } from './examples.js';
import { type Answer, type Parameters, runStatement } from './execute.js';
import type { SqlFormat } from './formats.js';
import type { Session } from './session.js';

/** The formats of the prompt: Parquet would need a file for each answer. */
export const modes = ['table', 'csv', 'json', 'ndjson', 'markdown'] as const satisfies readonly SqlFormat[];
export type Mode = (typeof modes)[number];

/** What a line may be that is no SQL, in the order of help. */
export const dotWords: readonly (readonly [name: string, argument: string, meaning: string])[] = [
  ['.tables', '', 'the tables, and what is in them'],
  ['.schema', '[TABLE]', 'the columns, their types, and what they mean'],
  ['.examples', '[NAME]', 'questions that managers ask; with a name, the query that answers it'],
  ['.mode', '[FORMAT]', `how rows are shown: ${modes.join(', ')}`],
  ['.help', '', 'this, also as: help'],
  ['.quit', '', 'or .exit, exit, quit, Ctrl-D'],
];

const helpText = `A query may span lines; a semicolon ends and runs it.
${dotWords.map(([name, argument, meaning]) => `  ${`${name} ${argument}`.padEnd(17)} ${meaning}\n`).join('')}\
Tab completes tables and columns. Ctrl-C stops the query that runs, or drops the one being typed.
`;

/** What a dot word comes to. */
export type DotAnswer =
  | { kind: 'rows'; answer: Answer }
  | { kind: 'text'; text: string }
  | { kind: 'mode'; mode: Mode }
  | { kind: 'quit' };

/** The dot word that a line is, with `exit`, `quit` and `help` as people type them; null for a line of SQL. */
export function findDotWord(line: string): string | null {
  const word = line.trim().replace(/\s*;$/, '');
  if (/^(exit|quit|help)$/i.test(word)) return `.${word.toLowerCase()}`;
  // The words of another shell, \d and \q, are no SQL either.
  return /^[.\\][a-z?]/i.test(word) && !word.includes('\n') ? word : null;
}

/**
 * Does what a dot word asks for.
 *
 * @throws ParcelmetricsError (exit code 2) where there is no such word, table or format.
 */
export async function runDotWord(session: Session, line: string, mode: SqlFormat): Promise<DotAnswer> {
  const [word = '', argument] = line.split(/\s+/);
  switch (word.toLowerCase()) {
    case '.tables':
      return { kind: 'rows', answer: await answerTo(session, tablesSql, {}) };
    case '.schema':
      return { kind: 'rows', answer: await describeColumns(session, argument) };
    case '.examples':
      return {
        kind: 'text',
        text: argument === undefined ? listExamples() : `${findExample(argument).sql}\n`,
      };
    case '.help':
      return { kind: 'text', text: helpText };
    case '.mode':
      return chooseMode(argument, mode);
    case '.quit':
    case '.exit':
      return { kind: 'quit' };
    default:
      throw usageError(`there is no ${word}`, { hint: listWords() });
  }
}

const listExamples = () => describeExamples(readExamples());
const listWords = () => `There are: ${dotWords.map(([name]) => name).join(', ')}`;

function chooseMode(argument: string | undefined, current: SqlFormat): DotAnswer {
  if (argument === undefined)
    return { kind: 'text', text: `mode ${current}; there are: ${modes.join(', ')}\n` };
  const mode = modes.find((one) => one === argument.toLowerCase());
  if (mode === undefined) {
    throw usageError(`there is no mode ${JSON.stringify(argument)}`, {
      hint: `There are: ${modes.join(', ')}`,
    });
  }
  return { kind: 'mode', mode };
}

async function describeColumns(session: Session, typed: string | undefined): Promise<Answer> {
  if (typed === undefined) return answerTo(session, allColumnsSql, {});
  const table = typed.replace(/;$/, '').toLowerCase();
  const found = await session.connection.runAndReadAll(
    'select 1 from duckdb_tables() where not internal and table_name = $1',
    [table],
  );
  if (found.currentRowCount === 0)
    throw usageError(`there is no table ${table}`, { hint: '.tables lists them.' });
  return answerTo(session, columnsSql, { table });
}

const tablesSql = `select table_name as "table", estimated_size as "rows", comment as meaning
  from duckdb_tables() where not internal order by 1`;
const allColumnsSql = `select table_name as "table", column_name as "column", data_type as type, comment as meaning
  from duckdb_columns() where not internal order by table_name, column_index`;
const columnsSql = `select column_name as "column", data_type as type, comment as meaning
  from duckdb_columns() where not internal and table_name = $table order by column_index`;

async function answerTo(session: Session, sql: string, parameters: Parameters): Promise<Answer> {
  const statement = { kind: 'query', sql, script: sql, shift: 0, parameterNames: [] } as const;
  const answer = await runStatement(session, statement, parameters);
  if (answer === null) throw new Error('a query without an answer');
  return answer;
}
