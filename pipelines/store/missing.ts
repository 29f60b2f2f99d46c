import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/config.js';
import { warehouseError } from '../errors.js';
import { listNamed } from './named.js';
import { listVersions, reportVersions, versionsOf } from './versions.js';
import { listSetAside } from './warehouse.js';

type Places = Pick<Config, 'warehouse' | 'marts' | 'published' | 'out'>;

const isFilled = (path: string) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** Whether a file stands where a folder should, which is said where the folder is made. */
function leadsBelowFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return true;
    throw error;
  }
}

/** What stands there of a warehouse's work, in words. */
function listTraces({ warehouse, marts, published, out }: Places): string[] {
  const snapshots = versionsOf(published, 'snapshots');
  const reports = reportVersions(out);
  const hasVersions = (folder: string) => existsSync(folder) && readdirSync(folder).length > 0;
  const traces: string[] = [];
  if (isFilled(marts)) traces.push(marts);
  if (existsSync(published) || hasVersions(snapshots.folder)) traces.push(published);
  if (existsSync(out) || hasVersions(reports.folder)) traces.push(out);
  traces.push(...listNamed(published).map(({ folder }) => folder));
  traces.push(...listSetAside(warehouse));
  return traces;
}

/**
 * A warehouse that is gone while its marts, snapshots or reports stand is not a new one: its volume may not be mounted, and an empty
 * snapshot would take the place of the full one.
 * @throws ParcelmetricsError (exit code 2) then; nothing was created.
 */
export function requireWarehouse(config: Places): void {
  if (leadsBelowFile(dirname(config.warehouse)) || isFilled(config.warehouse)) return;
  const traces = listTraces(config);
  if (traces.length === 0) return;
  const snapshots = versionsOf(config.published, 'snapshots');
  const newest = existsSync(snapshots.folder) ? listVersions(snapshots).at(-1) : undefined;
  throw warehouseError(
    `the warehouse ${config.warehouse} is missing, though ${traces.join(' and ')} is there`,
    {
      hint:
        'Nothing was created. Is its volume mounted? `parcelmetrics restore` makes it again from a copy, from exported responses, or ' +
        `${newest === undefined ? 'from a snapshot' : `from the snapshot ${newest}`}. To begin anew, move what is left in ${dirname(config.warehouse)} away.`,
    },
  );
}
