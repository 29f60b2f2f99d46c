import { rmSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';

/** SQL text literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function attach(connection: DuckDBConnection, path: string): Promise<void> {
  await connection.run(`attach ${quoteText(path)} as marts`);
}

/**
 * Runs `work` with the marts database attached: its search path has the marts first, where new tables go, then the warehouse's
 * landed tables. The marts are derived and disposable: a file that cannot be opened is made anew, which is said.
 */
export async function withMarts<T>(
  connection: DuckDBConnection,
  path: string,
  work: () => Promise<T>,
  warn?: (message: string) => void,
): Promise<T> {
  const current = await connection.runAndReadAll('select current_database()');
  const warehouse = String(current.getRows()[0]?.[0]);
  try {
    await attach(connection, path);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/lock/i.test(message)) throw error;
    warn?.(`the marts at ${path} could not be opened and are made anew (${message.split('\n')[0]})`);
    rmSync(path, { force: true });
    rmSync(`${path}.wal`, { force: true });
    await attach(connection, path);
  }
  const leave = async () => {
    await connection.run(`use ${quoteName(warehouse)}`);
    await connection.run('detach marts');
  };
  try {
    await connection.run(`set search_path = ${quoteText(`marts,${quoteName(warehouse)}`)}`);
    const result = await work();
    await connection.run('checkpoint marts');
    await leave();
    return result;
  } catch (error) {
    // What went wrong first is what counts.
    await leave().catch(() => {});
    throw error;
  }
}

/** Runs `work` and stops its statement when the signal aborts: one may take minutes, and whoever stops the program does not wait. */
export async function interruptWhen<T>(
  signal: AbortSignal,
  connection: DuckDBConnection,
  work: () => Promise<T>,
): Promise<T> {
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}
