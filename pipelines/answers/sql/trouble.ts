import { ParcelmetricsError, usageError } from '../../errors.js';
import type { CheckedStatement } from './check.js';
import { offsetOfByte, pointAt } from './place.js';

/** What DuckDB says under errors_as_json. */
interface Trouble {
  kind: string;
  text: string;
  byteOffset: number | null;
}

const ownFaults = new Set(['INTERNAL', 'FATAL', 'Internal', 'Fatal']);

/** Whether a query ended because it was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return readTrouble(error)?.kind === 'INTERRUPT';
}

/**
 * An error of DuckDB as the user reads it: exit code 2, with the line, the column and a caret where DuckDB knows them.
 * `prefixBytes` is how much stood before the statement when it ran. What is no error of the query comes back as it is.
 */
export function explainTrouble(error: unknown, statement: CheckedStatement, prefixBytes = 0): unknown {
  const trouble = error instanceof ParcelmetricsError ? null : readTrouble(error);
  if (trouble === null || ownFaults.has(trouble.kind)) return error;
  const { kind, text, byteOffset } = trouble;
  if (kind === 'Out of Memory') {
    return usageError('the query needs more memory than it may have', {
      hint: 'Ask for less (fewer columns, a limit), or set "memoryLimit" in parcelmetrics.config.json.',
      cause: error,
    });
  }
  const message = text.trimEnd();
  const hint = hintFor(kind, message);
  const extra = { ...(hint === undefined ? {} : { hint }), cause: error };
  const inStatement = byteOffset === null ? -1 : byteOffset - prefixBytes;
  if (inStatement < 0) return usageError(message, extra);
  const at = statement.shift + offsetOfByte(statement.sql, inStatement);
  return usageError(`${message}\n${pointAt(statement.script, at)}`, extra);
}

function hintFor(kind: string, message: string): string | undefined {
  if (kind === 'Missing Extension') return 'Files are read from this machine only.';
  if (kind === 'Permission' && message.includes('disabled by configuration'))
    return 'To read files of your own, add --allow-files.';
  return undefined;
}

function readTrouble(error: unknown): Trouble | null {
  if (!(error instanceof Error)) return null;
  const start = error.message.indexOf('{"exception_type"');
  if (start < 0) return null;
  try {
    const { exception_type, exception_message, position } = JSON.parse(error.message.slice(start));
    return {
      kind: String(exception_type),
      // The advice in it is for those who may change settings.
      text: String(exception_message).split('\n\nPossible solutions')[0] ?? '',
      byteOffset: position === undefined ? null : Number(position),
    };
  } catch {
    return null;
  }
}
