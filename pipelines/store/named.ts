import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.js';
import { usageError } from '../errors.js';
import { type Manifest, readManifest } from './publish.js';
import { currentVersion, listVersions, type Versions, versionsOf } from './versions.js';

// A named snapshot is laid out as the published one is, in a folder of its own: named/q3/published -> named/q3/snapshots/RUN. So it is
// swapped, verified, read and erased from by the same hands, and `rm -r named/q3` removes it whole.

export interface Named {
  name: string;
  /** Its folder: removed, it is gone. */
  folder: string;
  /** The symlink that readers open. */
  published: string;
  versions: Versions;
}

const folderOf = (published: string) => join(dirname(published), 'named');

/** Where the snapshot of that name is, or would be. */
export function placeNamed(published: string, name: string): Named {
  const folder = join(folderOf(published), name);
  const link = join(folder, 'published');
  return { name, folder, published: link, versions: versionsOf(link, 'snapshots') };
}

/** Every folder of a named snapshot, one that a killed build left half made among them; by name. */
export function listNamedFolders(published: string): Named[] {
  const folder = folderOf(published);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => placeNamed(published, entry.name))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** The named snapshots that can be read, by name. */
export function listNamed(published: string): Named[] {
  return listNamedFolders(published).filter(({ versions }) => currentVersion(versions) !== null);
}

export interface NamedFacts {
  name: string;
  folder: string;
  /** 'YYYY-MM-DD'; null: its manifest cannot be read. */
  from: string | null;
  to: string | null;
  asOf: string | null;
}

/** What `status` and `doctor` say of them. */
export function describeNamed(published: string): NamedFacts[] {
  return listNamed(published).map(({ name, folder, published: link }) => {
    let manifest: Manifest | null = null;
    try {
      manifest = readManifest(link);
    } catch {
      // Damaged: whoever reads it is told.
    }
    const { window, as_of: asOf } = manifest ?? {};
    return { name, folder, from: window?.from ?? null, to: window?.to ?? null, asOf: asOf ?? null };
  });
}

/** One line: what it holds, and that it stays. */
export function sayNamed({ name, folder, from, to, asOf }: NamedFacts): string {
  const what =
    from === null ? 'its manifest cannot be read' : `${from} to ${to} as seen on ${asOf?.slice(0, 10)}`;
  return `${name}: ${what}; kept until you remove ${folder}`;
}

/**
 * What readers open of a snapshot other than the published one: a named one, or one of a night that is kept.
 * @throws ParcelmetricsError (exit code 2) that lists what there is; `about` is what was typed.
 */
export function findSnapshot(published: string, name: string, about: string): string {
  const nights = versionsOf(published, 'snapshots');
  const kept = listVersions(nights);
  const named = listNamed(published);
  if (named.some((each) => each.name === name)) return placeNamed(published, name).published;
  if (kept.includes(name)) return join(nights.folder, name);
  throw usageError(about, {
    hint:
      `Named ones: ${named.map((each) => each.name).join(', ') || 'none'}. Of nights: ${kept.join(', ') || 'none'}. ` +
      '`parcelmetrics build --quarter 2026Q3 --name q3` makes a named one.',
  });
}

/**
 * The settings under which readers see a snapshot other than the published one. Its report goes to a place of its own, unless --out says
 * where.
 * @throws ParcelmetricsError (exit code 2) that lists what there is.
 */
export function chooseSnapshot(config: Config, name: string): Config {
  const { published, out, sources } = config;
  return {
    ...config,
    published: findSnapshot(published, name, `--snapshot ${name}: there is no such snapshot`),
    nightsPublished: published,
    out: sources.out === 'flag' ? out : `${out}-${name}`,
  };
}
