import { join } from 'node:path';
import { type Context, say } from '../context.js';
import { findSound } from '../store/publish.js';
import {
  adoptDraft,
  currentVersion,
  draftVersion,
  pruneVersions,
  reportVersions,
  versionsOf,
} from '../store/versions.js';

interface Reported {
  indexPath: string;
  pages: number;
  summary: string;
}

/** A copy for a carrier or for e-mail never takes the place of the report, unless --out says so. */
function placeOf({ config, options: { forCarrier, singleFile } }: Context): string {
  if (config.sources.out !== 'default') return config.out;
  if (forCarrier !== null) return `${config.out}-for-${forCarrier.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  return singleFile ? `${config.out}-single-file` : config.out;
}

export async function reportStep(
  context: Context,
  version: string,
  status: readonly string[],
  isStale: boolean | null,
): Promise<Reported> {
  const { config, progress, log } = context;
  const { folder, earlier } = await findSound(config.published, (message) => log.warn(message));
  progress.start('report', null);
  const { writeReport } = await import('../../reports/report.js');
  const out = placeOf(context);
  const versions = reportVersions(out);
  const draft = draftVersion(versions, version);
  const written = await writeReport({
    snapshotPath: join(folder, 'shipping.duckdb'),
    previousSnapshotPath: earlier === null ? null : join(earlier, 'shipping.duckdb'),
    outDir: draft,
    locale: config.locale,
    runInfo: { status, isStale },
    forCarrier: context.options.forCarrier ?? undefined,
    singleFile: context.options.singleFile,
  });
  adoptDraft(versions, version);
  pruneVersions(versions, { count: config.keepReports });
  progress.stop();
  return { indexPath: join(out, 'index.html'), pages: written.pages.length, summary: written.summary };
}

/** `report`: reads the published snapshot only, and takes no lock. */
export async function runReport(context: Context): Promise<number> {
  const { clock } = context;
  const current = currentVersion(versionsOf(context.config.published, 'snapshots'));
  const version = current ?? clock().toISOString().replace(/\W/g, '');
  const reported = await reportStep(context, version, [], null);
  say(context, `${reported.summary}\n${reported.indexPath}`, reported);
  return 0;
}
