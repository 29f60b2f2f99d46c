import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openReader, type Reader } from '../queries/read.js';
import { firstLine } from './database.js';
import { configurationError, usageError } from './errors.js';

/**
 * Opens the published snapshot for reading; nothing is locked that a night would need.
 * @throws ParcelmetricsError (exit code 2) when there is none, or it cannot be read.
 */
export async function openPublished(published: string): Promise<Reader> {
  const path = join(published, 'shipping.duckdb');
  if (!existsSync(path)) {
    throw usageError(`there is no snapshot at ${published}`, {
      hint: 'Run `parcelmetrics nightly` first, or build and publish what was imported.',
    });
  }
  try {
    return await openReader(path);
  } catch (cause) {
    throw configurationError(`${path} cannot be read: ${firstLine(cause)}`, {
      hint: '`parcelmetrics publish` makes it again; `parcelmetrics publish --rollback` goes back to the one before.',
      cause,
    });
  }
}
