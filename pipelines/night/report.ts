import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Context, say } from '../context.js';
import { usageError } from '../errors.js';
import { makeFolders } from '../store/folders.js';
import { findSound } from '../store/publish.js';
import {
  adoptDraft,
  currentVersion,
  draftVersion,
  pruneVersions,
  reportVersions,
  syncToDisk,
  versionsOf,
} from '../store/versions.js';

interface Reported {
  indexPath: string;
  pages: number;
  summary: string;
}

/** A copy for a carrier or for e-mail never takes the place of the report, unless --out says so. */
function placeOf({ config, options: { forCarrier, singleFile } }: Context): string {
  if (config.sources.out === 'flag') return config.out;
  if (forCarrier !== null) return `${config.out}-for-${forCarrier.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  return singleFile ? `${config.out}-single-file` : config.out;
}

/** Makes a folder beside its place and renames it when it is whole; what is there already is never written over. */
async function writeCopy<T>(place: string, write: (folder: string) => Promise<T>): Promise<T> {
  if (existsSync(place)) {
    throw usageError(`${place} is there already`, {
      hint: 'Nothing was written. Name a new folder for the copy.',
    });
  }
  makeFolders(dirname(place));
  const draft = `${place}.${process.pid}.draft`;
  try {
    makeFolders(draft);
    const written = await write(draft);
    for (const name of readdirSync(draft)) syncToDisk(join(draft, name));
    renameSync(draft, place);
    return written;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

export async function reportStep(
  context: Context,
  version: string,
  status: readonly string[],
  isStale: boolean | null,
): Promise<Reported> {
  const { config, progress, log } = context;
  const { folder, earlier } = await findSound(config.published, (message) => log.warn(message));
  const whatToWrite = {
    snapshotPath: join(folder, 'shipping.duckdb'),
    previousSnapshotPath: earlier === null ? null : join(earlier, 'shipping.duckdb'),
    locale: config.locale,
    runInfo: { status, isStale },
    forCarrier: context.options.forCarrier ?? undefined,
    singleFile: context.options.singleFile,
    withoutParcels: config.withoutParcels,
  };
  progress.start('report', null);
  const { writeReport } = await import('../../reports/report.js');
  const { copyDir } = context.options;
  if (copyDir !== null) {
    const pages = await writeCopy(copyDir, async (outDir) => {
      const copied = await writeReport({ ...whatToWrite, outDir });
      return { pages: copied.pages.length, summary: copied.summary };
    });
    progress.stop();
    return { indexPath: join(copyDir, 'index.html'), ...pages };
  }
  const out = placeOf(context);
  const versions = reportVersions(out);
  const draft = draftVersion(versions, version);
  const written = await writeReport({ ...whatToWrite, outDir: draft });
  adoptDraft(versions, version);
  pruneVersions(versions, { count: config.keepReports });
  progress.stop();
  return { indexPath: join(out, 'index.html'), pages: written.pages.length, summary: written.summary };
}

/** `report`: reads the published snapshot only, and takes no lock. */
export async function runReport(context: Context): Promise<number> {
  const { clock } = context;
  const { published } = context.config;
  // A night that was chosen by name is no link.
  const current = currentVersion(versionsOf(published, 'snapshots')) ?? context.options.snapshot;
  const version = current ?? clock().toISOString().replace(/\W/g, '');
  const reported = await reportStep(context, version, [], null);
  if (context.options.copyDir !== null)
    context.log.info('this copy is yours: `forget` and retention do not reach it');
  say(context, `${reported.summary}\n${reported.indexPath}`, reported);
  return 0;
}
