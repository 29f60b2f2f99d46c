import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildResult, build, readSoundness } from '../queries/build.js';
import { describeFailures } from '../queries/checks.js';
import { writeComments } from '../queries/dictionary.js';
import { publicTables } from '../queries/models.js';
import type { Context } from './commands.js';
import { requireApi } from './config.js';
import { ParcelmetricsError } from './errors.js';
import { runsInbox } from './inbox.js';
import { extractStep } from './ingest.js';
import { withMarts } from './marts.js';
import { type Ending, gravest, type NightRun, withRun } from './night-run.js';
import { type Manifest, publish, readManifest, rollBack, verifySnapshot } from './publish.js';
import {
  adoptDraft,
  currentVersion,
  draftVersion,
  listVersions,
  pruneVersions,
  versionsOf,
} from './versions.js';

// The night: extract, build, check, publish, report. Each step is a command of its own too.

const keptReports = 7;

function say(context: Context, text: string, object: unknown): void {
  context.stdout(context.config.json ? `${JSON.stringify(object)}\n` : `${text}\n`);
}

export async function inMarts<T>(context: Context, run: NightRun, work: () => Promise<T>): Promise<T> {
  return withMarts(run.connection, context.config.marts, work, (message) => context.log.warn(message));
}

export async function buildStep(
  context: Context,
  run: NightRun,
): Promise<{ result: BuildResult; failures: string[] }> {
  const { config, options, clock, log, progress, signal } = context;
  signal.throwIfAborted();
  let isStarted = false;
  const result = await build(run.connection, {
    asOf: clock(),
    days: config.days,
    seedsFolder: config.seeds,
    full: options.full,
    onModel: (name, done, total) => {
      signal.throwIfAborted();
      if (!isStarted) progress.start('building, models', total);
      isStarted = true;
      progress.advance();
      run.say(`build ${name}`, done, total);
    },
  });
  progress.stop();
  const failures = describeFailures(result.checks);
  for (const failure of failures) log.error(`check failed: ${failure}`);
  return { result, failures };
}

function describeBuilt({ result, failures }: { result: BuildResult; failures: string[] }): string {
  const seconds = result.models.reduce((sum, model) => sum + model.seconds, 0).toFixed(1);
  const scope = result.isFull ? 'every parcel derived' : `${result.changedCount} changed parcels derived`;
  const checks =
    failures.length === 0 ? `${result.checks.length} checks passed` : `${failures.length} checks failed`;
  return `built in ${seconds} s: ${scope}; ${checks}`;
}

async function publishStep(context: Context, run: NightRun): Promise<Manifest> {
  run.say('publish', 0, null);
  if (!(await readSoundness(run.connection))) {
    throw new ParcelmetricsError('nothing to publish: there is no build whose checks passed', {
      code: 'not_sound',
      exitCode: 5,
      hint: 'What was published before still stands. Run `parcelmetrics build` and see what it says.',
    });
  }
  return publish(run.connection, {
    published: context.config.published,
    runId: run.runId,
    tables: publicTables,
    writeComments,
  });
}

interface Reported {
  indexPath: string;
  pages: number;
  summary: string;
}

async function reportStep(
  context: Context,
  version: string,
  status: readonly string[],
  isStale: boolean | null,
): Promise<Reported> {
  const { config, progress } = context;
  await verifySnapshot(config.published);
  progress.start('report', null);
  const { writeReport } = await import('../reports/report.js');
  const snapshots = versionsOf(config.published, 'snapshots');
  const all = listVersions(snapshots);
  const current = currentVersion(snapshots) ?? '';
  const earlier = all[all.indexOf(current) - 1];
  const versions = versionsOf(config.out, 'reports');
  const draft = draftVersion(versions, version);
  const written = await writeReport({
    snapshotPath: join(snapshots.folder, current, 'shipping.duckdb'),
    previousSnapshotPath: earlier === undefined ? null : join(snapshots.folder, earlier, 'shipping.duckdb'),
    outDir: draft,
    locale: config.locale,
    runInfo: { status, isStale },
    forCarrier: context.options.forCarrier ?? undefined,
    singleFile: context.options.singleFile,
  });
  adoptDraft(versions, version);
  pruneVersions(versions, keptReports);
  progress.stop();
  return { indexPath: join(config.out, 'index.html'), pages: written.pages.length, summary: written.summary };
}

/** `build` */
export async function runBuild(context: Context): Promise<number> {
  return withRun(context, 'build', async (run) => {
    const built = await inMarts(context, run, () => buildStep(context, run));
    const { isFull, changedCount, models, checks } = built.result;
    const summary = { is_full: isFull, changed_parcels: changedCount, models, checks };
    say(context, describeBuilt(built), summary);
    return { exitCode: built.failures.length > 0 ? 5 : 0, summary: { build: { isFull, changedCount } } };
  });
}

/** `publish` */
export async function runPublish(context: Context): Promise<number> {
  return withRun(context, 'publish', async (run) => {
    if (context.options.rollback) {
      const { from, to } = rollBack(context.config.published);
      say(context, `published is snapshot ${to} again (it was ${from})`, { from, to });
      return { exitCode: 0, summary: { rollback: { from, to } } };
    }
    const manifest = await inMarts(context, run, () => publishStep(context, run));
    say(context, describePublished(context, manifest), manifest);
    return { exitCode: 0 };
  });
}

function describePublished({ config }: Context, manifest: Manifest): string {
  const rows = Object.values(manifest.tables).reduce((sum, { rows: count }) => sum + count, 0);
  return `published ${Object.keys(manifest.tables).length} tables, ${rows} rows: ${join(config.published, 'shipping.duckdb')}`;
}

/** `report`: reads the published snapshot only, and takes no lock. */
export async function runReport(context: Context): Promise<number> {
  const { clock } = context;
  const manifest = readManifest(context.config.published);
  const version = manifest?.run_id ?? clock().toISOString().replace(/\W/g, '');
  const reported = await reportStep(context, version, [], null);
  say(context, `${reported.summary}\n${reported.indexPath}`, reported);
  return 0;
}

/** `nightly`: an extract that the API ended does not keep the rest from running. */
export async function runNightly(context: Context): Promise<number> {
  requireApi(context.config);
  return withRun(context, 'nightly', (run) => runNight(context, run));
}

/** The steps of a night within a run, and the lines that an operator reads. */
export async function runNight(context: Context, run: NightRun): Promise<Ending> {
  const { config, log } = context;
  const lines: string[] = [];
  const tell = (line: string) => {
    lines.push(line);
    log.info(line);
  };
  const startedMs = Date.now();
  const inbox = await runsInbox(context, run, tell);
  const extracted = await extractStep(context, run, tell);
  const codes = [inbox.exitCode, extracted.exitCode];
  const status =
    extracted.exitCode === 4
      ? ['The last extract did not reach the API: what follows was not updated since.']
      : [];
  const night = await inMarts(context, run, async () => {
    const built = await buildStep(context, run);
    tell(describeBuilt(built));
    if (built.failures.length > 0) return { built, manifest: null };
    const manifest = await publishStep(context, run);
    tell(describePublished(context, manifest));
    return { built, manifest };
  });
  let reported: Reported | null = null;
  if (night.manifest === null) {
    codes.push(5);
    tell('not published: a check failed; what was published before still stands');
  } else {
    reported = await reportStep(context, run.runId, status, extracted.exitCode === 4 ? true : null);
    tell(`report: ${reported.indexPath} (${reported.pages} pages)`);
    tell(reported.summary);
  }
  const exitCode = gravest(codes);
  const summary = {
    run_id: run.runId,
    exit_code: exitCode,
    seconds: Math.round((Date.now() - startedMs) / 1000),
    data_as_of: night.manifest?.data_as_of ?? readManifest(config.published)?.data_as_of ?? null,
    extract: extracted.summary,
    build: {
      is_full: night.built.result.isFull,
      changed_parcels: night.built.result.changedCount,
      failures: night.built.failures,
    },
    published: night.manifest?.run_id ?? null,
    report: reported?.indexPath ?? null,
    lines,
  };
  writeFileSync(join(config.data, 'night.json'), `${JSON.stringify(summary, null, 2)}\n`, { mode: 0o600 });
  const head = exitCode === 0 ? 'night: done' : `night: done with exit code ${exitCode}`;
  say(context, [head, ...lines.map((line) => `  ${line}`)].join('\n'), summary);
  return { exitCode, summary };
}
