import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Context, say } from '../context.js';
import { usageError } from '../errors.js';
import { makeFolders } from '../store/folders.js';
import { findSnapshot } from '../store/named.js';
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
  /** Where the figures of a carrier's sheet are kept. */
  agreedPath?: string;
}

const simplify = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** What --against names: a file that is there, else a snapshot. */
async function findAgainst({ config, options, cwd, log }: Context) {
  const { against, forCarrier } = options;
  if (against === null) return null;
  if (forCarrier === null) {
    throw usageError('--against needs --for', {
      hint: 'Nothing was written. An earlier sheet of a carrier stands beside its new one: report --for dpd --against FILE.',
    });
  }
  const file = resolve(cwd, against);
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return { file };
  const published = findSnapshot(
    config.nightsPublished ?? config.published,
    against,
    `--against ${against}: there is no such file, and no such snapshot`,
  );
  const { folder } = await findSound(published, (message) => log.debug(message));
  return { snapshotPath: join(folder, 'shipping.duckdb'), name: against };
}

/**
 * Keeps the figures of a sheet beside the warehouse, with what cannot be made again. What is there is never written over, as both sides
 * may have signed it: other figures of the same days get a number.
 */
function keepAgreed(
  context: Context,
  agreed: { carrier_code: string; window: { from: string; to: string } },
) {
  const folder = join(dirname(context.config.warehouse), 'agreed');
  const { from, to } = agreed.window;
  const stem = `${simplify(agreed.carrier_code)}-${from}-${to}`;
  const text = `${JSON.stringify(agreed, null, 2)}\n`;
  makeFolders(folder);
  for (let number = 1; ; number += 1) {
    const place = join(folder, `${stem}${number === 1 ? '' : `-${number}`}.json`);
    if (!existsSync(place)) {
      const draft = `${place}.${process.pid}.draft`;
      writeFileSync(draft, text, { mode: 0o600 });
      syncToDisk(draft);
      renameSync(draft, place);
      if (number > 1)
        context.log.warn(
          `other figures of these days were kept before: these are ${place}, and the earlier file stays`,
        );
      return place;
    }
    if (readFileSync(place, 'utf8') === text) return place;
  }
}

/** A copy for a carrier or for e-mail never takes the place of the report, unless --out says so. */
function placeOf({ config, options: { forCarrier, singleFile } }: Context): string {
  if (config.sources.out === 'flag') return config.out;
  if (forCarrier !== null) return `${config.out}-for-${simplify(forCarrier)}`;
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
    against: await findAgainst(context),
  };
  const keep = (written: { agreed: Parameters<typeof keepAgreed>[1] | null }) =>
    written.agreed === null ? {} : { agreedPath: keepAgreed(context, written.agreed) };
  progress.start('report', null);
  const { writeReport } = await import('../../reports/report.js');
  const { copyDir } = context.options;
  if (copyDir !== null) {
    const pages = await writeCopy(copyDir, async (outDir) => {
      const copied = await writeReport({ ...whatToWrite, outDir });
      return { pages: copied.pages.length, summary: copied.summary, ...keep(copied) };
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
  return {
    indexPath: join(out, 'index.html'),
    pages: written.pages.length,
    summary: written.summary,
    ...keep(written),
  };
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
  else if (context.options.forCarrier !== null)
    context.log.info('what you hand to the carrier is out of reach: `forget` and retention do not follow it');
  const kept = reported.agreedPath === undefined ? '' : `\nfigures kept in ${reported.agreedPath}`;
  say(context, `${reported.summary}${kept}\n${reported.indexPath}`, reported);
  return 0;
}
