import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { usageError } from '../../errors.js';

const folder = new URL('../../../queries/examples/', import.meta.url);

/** A question that managers ask, and the query that answers it. */
export interface Example {
  /** The name of its file, without `.sql`. */
  name: string;
  /** The first comment line. */
  question: string;
  /** Its parameters with a value to try, from the comment line `-- with: carrier=dpd`. */
  parameters: readonly string[];
  sql: string;
}

/** The examples of the package, by name. */
export function readExamples(): Example[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  return files.sort().map((file) => {
    const sql = readFileSync(new URL(file, folder), 'utf8');
    const question = /^-- (.*)/.exec(sql)?.[1] ?? '';
    const parameters = /^-- with: (.*)/m.exec(sql)?.[1]?.split(' ') ?? [];
    return { name: file.replace(/\.sql$/, ''), question, parameters, sql };
  });
}

/**
 * The example of that name.
 *
 * @throws ParcelmetricsError (exit code 2), which lists those that there are.
 */
export function findExample(name: string): Example {
  const examples = readExamples();
  const found = examples.find((example) => example.name === name);
  if (found !== undefined) return found;
  throw usageError(`there is no example ${JSON.stringify(name)}`, {
    hint: `There are: ${examples.map((example) => example.name).join(', ')}`,
  });
}

/** The list as `--examples` shows it: each question, and the line that answers it. */
export function describeExamples(examples: readonly Example[]): string {
  const lines = examples.map(({ name, question, parameters }) => {
    const given = parameters.map((parameter) => ` -p ${parameter}`).join('');
    return `${question}\n    parcelmetrics sql --examples ${name}${given}\n`;
  });
  return `${lines.join('')}\nEach is a file of its own to copy and change: ${fileURLToPath(folder)}\n`;
}
