import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { millisecondsInDay } from 'date-fns/constants';
import { configurationError } from '../errors.js';
import { makeFolders } from './folders.js';

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

/** A report's versions: `data/reports` for `data/report`, and for any other place beside it, so that copies never mix. */
export function reportVersions(out: string): Versions {
  return versionsOf(out, basename(out) === 'report' ? 'reports' : `${basename(out)}-versions`);
}

// A draft carries the process that makes it: two reports may be written at once, and neither is litter to the other.
const draftName = (version: string, pid = process.pid) => `.draft-${version}.${pid}`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes the drafts and half-made links of processes that are gone; both folders have to be there. */
export function removeLitter({ link, folder }: Versions): void {
  const linkStart = `.${basename(link)}-`;
  const remove = (place: string, isLitter: (name: string) => boolean) => {
    for (const name of readdirSync(place)) {
      const pid = Number(/[.-](\d+)$/.exec(name)?.[1] ?? 0);
      const isGone = pid !== process.pid && (pid === 0 || !isAlive(pid));
      if (isLitter(name) && isGone) rmSync(join(place, name), { recursive: true, force: true });
    }
  };
  remove(folder, (name) => name.startsWith('.draft-'));
  remove(
    dirname(link),
    (name) => name.startsWith(linkStart) && lstatSync(join(dirname(link), name)).isSymbolicLink(),
  );
}

/** An empty folder to make a version in; what interrupted runs left is removed. */
export function draftVersion(versions: Versions, version: string): string {
  const { link, folder } = versions;
  if (existsSync(link) && !lstatSync(link).isSymbolicLink()) {
    throw configurationError(`${link} is in the way: it is no symlink that an earlier run made`, {
      hint: 'Nothing was changed. Move it away, or name another place.',
    });
  }
  makeFolders(folder);
  removeLitter(versions);
  const draft = join(folder, draftName(version));
  rmSync(draft, { recursive: true, force: true });
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

function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => lstatSync(path, { throwIfNoEntry: false }));
  if (!first?.isFile() || !second?.isFile() || first.size !== second.size) return false;
  return readFileSync(one).equals(readFileSync(other));
}

/**
 * Makes the files of a draft that the current version has byte for byte the same ones, by hard links: they lie on the disk once. Nothing
 * writes into a version that is in its place, and one goes without the other. Where the file system has no such links, both stay.
 */
export function linkUnchanged(versions: Versions, draft: string): void {
  const current = currentVersion(versions);
  if (current === null) return;
  for (const name of readdirSync(draft)) {
    const fresh = join(draft, name);
    const earlier = join(versions.folder, current, name);
    if (!isSame(fresh, earlier)) continue;
    const linked = `${fresh}.linked`;
    try {
      linkSync(earlier, linked);
    } catch {
      return;
    }
    renameSync(linked, fresh);
  }
}

/** Whether the new name was free: a folder is never renamed over a full one. */
function renameFree(draft: string, place: string): boolean {
  try {
    renameSync(draft, place);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/**
 * Puts a finished draft in its place, once it is on the disk. A version that is there already, which readers may have open, stays:
 * the new one gets a number behind its name. @returns the name.
 */
export function placeDraft({ folder }: Versions, version: string): string {
  const draft = join(folder, draftName(version));
  for (const name of readdirSync(draft)) syncToDisk(join(draft, name));
  syncToDisk(draft);
  let name = version;
  for (let count = 2; !renameFree(draft, join(folder, name)); count++) name = `${version}.${count}`;
  syncToDisk(folder);
  return name;
}

/** Puts a finished draft in its place and points the link at it. */
export function adoptDraft(versions: Versions, version: string): void {
  switchTo(versions, placeDraft(versions, version));
}

// When its run started, and what tells it from others: whatever else lies in the folder is none of ours to remove.
const versionName = /^\d{8}T\d{6}[^.]*(\.\d+)?$/;

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** The versions that are there, oldest first. */
export function listVersions({ folder }: Versions): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => versionName.test(name))
    .sort(compareVersions);
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

/** Removes a version: under a draft's name first, so that what is left when the process is killed counts as litter, not as a version. */
export function removeVersion({ folder }: Versions, version: string): void {
  const going = join(folder, draftName(version));
  rmSync(going, { recursive: true, force: true });
  renameSync(join(folder, version), going);
  rmSync(going, { recursive: true, force: true });
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
  return Number.isNaN(startedMs) ? Number.POSITIVE_INFINITY : (now.getTime() - startedMs) / millisecondsInDay;
}

/** Removes the versions that need not be kept, and never the current one. @returns their names. */
export function pruneVersions(versions: Versions, { count, days = null, now = new Date() }: Keep): string[] {
  const current = currentVersion(versions);
  const removed = listVersions(versions)
    .slice(0, -count)
    .filter((name) => name !== current && (days === null || ageInDays(name, now) > days));
  for (const name of removed) removeVersion(versions, name);
  return removed;
}
