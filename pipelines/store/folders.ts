import { existsSync, lstatSync, mkdirSync, readlinkSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { configurationError } from '../errors.js';

const hint = 'Nothing was changed. Mount or make it, or name another folder.';

/**
 * Makes a folder and those above it, for this user only. One by one: the runtime's own way says less, and never ends where a file
 * system knows no new names.
 *
 * @throws ParcelmetricsError (exit code 2) that names what is in the way.
 */
export function makeFolders(path: string): void {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isDirectory()) return;
  if (kind !== undefined) throw configurationError(`${path} is no folder`, { hint });
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw configurationError(`${path} is a link to ${readlinkSync(path)}, which is not there`, { hint });
  }
  if (dirname(path) !== path) makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another run was quicker.
    if (!existsSync(path)) throw error;
  }
}
