import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { configurationError } from './errors.js';

/** Waits until a file, or a folder's list of files, is on the disk. */
export function syncToDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Versions of a folder: `link` is a symlink to `<folder>/<version>`, swapped by renaming a new symlink over the old, so that a
 * reader sees the old one or the new one, whole.
 */
export interface Versions {
  link: string;
  folder: string;
}

/** `data/published` has its versions in `data/snapshots`, `data/report` in `data/reports`. */
export function versionsOf(link: string, folderName: string): Versions {
  return { link, folder: join(dirname(link), folderName) };
}

/** An empty folder to make a version in; what an interrupted run left of it is removed. */
export function draftVersion({ link, folder }: Versions, version: string): string {
  if (existsSync(link) && !lstatSync(link).isSymbolicLink()) {
    throw configurationError(`${link} is in the way: it is no symlink that an earlier run made`, {
      hint: 'Nothing was changed. Move it away, or name another place.',
    });
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.draft-')) rmSync(join(folder, name), { recursive: true, force: true });
  }
  const draft = join(folder, `.draft-${version}`);
  mkdirSync(draft, { mode: 0o700 });
  return draft;
}

/** Points the link at a version that is there. */
export function switchTo({ link, folder }: Versions, version: string): void {
  const fresh = join(dirname(link), `.${basename(link)}-${process.pid}`);
  rmSync(fresh, { force: true });
  symlinkSync(relative(dirname(link), join(folder, version)), fresh);
  renameSync(fresh, link);
  syncToDisk(dirname(link));
}

/** Puts a finished draft in its place and points the link at it. */
export function adoptDraft(versions: Versions, version: string): void {
  const { folder } = versions;
  const place = join(folder, version);
  for (const name of readdirSync(join(folder, `.draft-${version}`)))
    syncToDisk(join(folder, `.draft-${version}`, name));
  rmSync(place, { recursive: true, force: true });
  renameSync(join(folder, `.draft-${version}`), place);
  syncToDisk(folder);
  switchTo(versions, version);
}

/** The versions that are there, oldest first. */
export function listVersions({ folder }: Versions): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** The version that the link points at, or null. */
export function currentVersion({ link, folder }: Versions): string | null {
  try {
    const name = basename(readlinkSync(link));
    return existsSync(join(folder, name)) ? name : null;
  } catch {
    return null;
  }
}

/** Which versions stay: the newest `count`, and those of the last `days` days (null: age keeps none). */
export interface Keep {
  count: number;
  days?: number | null;
  now?: Date;
}

/** A version's name begins with when its run started: 20261103T041200Z. */
function ageInDays(version: string, now: Date): number {
  const [, year, month, day, hour, minute] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/.exec(version) ?? [];
  const startedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  return Number.isNaN(startedMs) ? Number.POSITIVE_INFINITY : (now.getTime() - startedMs) / 86_400_000;
}

/** Removes the versions that need not be kept, and never the current one. @returns their names. */
export function pruneVersions(versions: Versions, { count, days = null, now = new Date() }: Keep): string[] {
  const current = currentVersion(versions);
  const removed = listVersions(versions)
    .slice(0, -count)
    .filter((name) => name !== current && (days === null || ageInDays(name, now) > days));
  for (const name of removed) rmSync(join(versions.folder, name), { recursive: true, force: true });
  return removed;
}
