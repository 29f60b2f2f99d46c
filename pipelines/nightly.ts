import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildResult, build, readSoundness } from '../queries/build.js';
import { describeFailures } from '../queries/checks.js';
import { writeComments } from '../queries/dictionary.js';
import { publicTables } from '../queries/models.js';
import type { Context } from './commands.js';
import { requireApi } from './config.js';
import { describeError, ParcelmetricsError } from './errors.js';
import { runsInbox } from './inbox.js';
import { extractStep } from './ingest.js';
import { interruptWhen, readMarts, remakeMarts } from './marts.js';
import { tryWithMore } from './memory.js';
import { type NightFacts, readNumber, summariseNight, toNotice } from './night-lines.js';
import { type Ending, gravest, type NightRun, withRun } from './night-run.js';
import { type Notice, notify } from './notify.js';
import { findSound, type Manifest, publish, readManifest, rollBack } from './publish.js';
import { removeOld } from './retention.js';
import {
  adoptDraft,
  currentVersion,
  draftVersion,
  pruneVersions,
  reportVersions,
  versionsOf,
} from './versions.js';

// The night: extract, build, check, publish, report. Each step is a command of its own too.

function say(context: Context, text: string, object: unknown): void {
  context.stdout(context.config.json ? `${JSON.stringify(object)}\n` : `${text}\n`);
}

export async function buildStep(
  context: Context,
  run: NightRun,
): Promise<{ result: BuildResult; failures: string[] }> {
  const { config, options, clock, log, progress, signal } = context;
  signal.throwIfAborted();
  const work = () =>
    build(run.connection, {
      asOf: clock(),
      days: config.days,
      seedsFolder: config.seeds,
      full: options.full,
      onModel: (name, done, total) => {
        signal.throwIfAborted();
        // A build that is made again starts its bar again.
        if (done === 0) progress.start('building, models', total);
        progress.advance();
        run.say(`build ${name}`, done, total);
      },
    });
  const warn = (message: string) => log.warn(message);
  const result = await interruptWhen(signal, run.connection, () =>
    tryWithMore(run.connection, config, warn, () => remakeMarts(run.connection, config.marts, work, warn)),
  );
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
  const { config, log, signal } = context;
  run.say('publish', 0, null);
  const work = async () =>
    (await readSoundness(run.connection))
      ? publish(run.connection, {
          published: config.published,
          runId: run.runId,
          tables: publicTables,
          writeComments,
          signal,
          keep: { count: config.keepSnapshots, days: config.keepSnapshotDays },
        })
      : null;
  const manifest = await interruptWhen(signal, run.connection, () =>
    readMarts(run.connection, config.marts, work, (message) => log.warn(message)),
  );
  if (manifest !== null) return manifest;
  throw new ParcelmetricsError('nothing to publish: there is no build whose checks passed', {
    code: 'not_sound',
    exitCode: 5,
    hint: 'What was published before still stands. Run `parcelmetrics build` and see what it says.',
  });
}

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

async function reportStep(
  context: Context,
  version: string,
  status: readonly string[],
  isStale: boolean | null,
): Promise<Reported> {
  const { config, progress, log } = context;
  const { folder, earlier } = await findSound(config.published, (message) => log.warn(message));
  progress.start('report', null);
  const { writeReport } = await import('../reports/report.js');
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

/** `build` */
export async function runBuild(context: Context): Promise<number> {
  return withRun(context, 'build', async (run) => {
    const built = await buildStep(context, run);
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
    const manifest = await publishStep(context, run);
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
  const current = currentVersion(versionsOf(context.config.published, 'snapshots'));
  const version = current ?? clock().toISOString().replace(/\W/g, '');
  const reported = await reportStep(context, version, [], null);
  say(context, `${reported.summary}\n${reported.indexPath}`, reported);
  return 0;
}

/** What a step took, in seconds. */
function startWatch(): () => number {
  const startedMs = performance.now();
  return () => (performance.now() - startedMs) / 1000;
}

/** `nightly`: an extract that the API ended does not keep the rest from running. Whoever watches is told how it went. */
export async function runNightly(context: Context): Promise<number> {
  const { config, log } = context;
  const tell = (notice: Notice) => notify(config.notifyUrl, notice, { warn: (message) => log.warn(message) });
  await tell({ event: 'start', run_id: null, exit_code: null, text: 'the night begins' });
  try {
    requireApi(config);
    let notice: Notice | null = null;
    const exitCode = await withRun(context, 'nightly', async (run) => {
      const ending = await runNight(context, run);
      notice = toNotice(ending.facts);
      return ending;
    });
    if (notice !== null) await tell(notice);
    return exitCode;
  } catch (error) {
    const { message, exitCode } = describeError(context.signal.aborted ? context.signal.reason : error);
    await tell({
      event: 'fail',
      run_id: null,
      exit_code: exitCode,
      text: `the night ended early: ${message}`,
    });
    throw error;
  }
}

async function countDeadLetters(run: NightRun): Promise<number> {
  const reader = await run.connection.runAndReadAll(
    'select coalesce(max(dead_letters), 0) from runs where run_id = $1',
    [run.runId],
  );
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

/** The steps of a night within a run, and what they came to. */
export async function runNight(context: Context, run: NightRun): Promise<Ending & { facts: NightFacts }> {
  const { config, log, clock } = context;
  const startedAt = new Date();
  const inboxTexts: string[] = [];
  const inbox = await runsInbox(context, run, (text) => {
    inboxTexts.push(text.replace(/^inbox /, ''));
    log.info(text);
  });
  const extractWatch = startWatch();
  let extractText = 'nothing';
  const extracted = await extractStep(context, run, (text) => {
    extractText = text;
    log.info(text);
  });
  const extractSeconds = extractWatch();
  const isUnreached = extracted.exitCode === 4;
  const status = isUnreached
    ? ['The last extract did not reach the API: what follows was not updated since.']
    : [];
  const buildWatch = startWatch();
  const built = await buildStep(context, run);
  const buildSeconds = buildWatch();
  log.info(describeBuilt(built));
  const manifest = built.failures.length > 0 ? null : await publishStep(context, run);
  if (manifest !== null) log.info(describePublished(context, manifest));
  const reported =
    manifest === null ? null : await reportStep(context, run.runId, status, isUnreached ? true : null);
  const removed = await removeOld(context, run);
  for (const text of removed) log.info(text);
  const exitCode = gravest([inbox.exitCode, extracted.exitCode, manifest === null ? 5 : 0]);
  const facts: NightFacts = {
    runId: run.runId,
    clockAt: clock().toISOString(),
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    exitCode,
    dataAsOf: (manifest ?? readManifest(config.published))?.data_as_of ?? null,
    inbox: config.inbox === null ? null : inboxTexts,
    extract: {
      text: extractText,
      due: readNumber(extracted.summary, 'due'),
      left: readNumber(extracted.summary, 'left'),
      requests: readNumber(extracted.summary, 'requests') ?? 0,
      deadLetters: await countDeadLetters(run),
      seconds: extractSeconds,
    },
    build: {
      changedParcels: built.result.changedCount,
      isFull: built.result.isFull,
      checks: built.result.checks.length,
      failures: built.failures.length,
      seconds: buildSeconds,
    },
    published:
      manifest === null
        ? null
        : {
            tables: Object.keys(manifest.tables).length,
            rows: Object.values(manifest.tables).reduce((sum, { rows }) => sum + rows, 0),
          },
    report:
      reported === null
        ? null
        : { indexPath: reported.indexPath, pages: reported.pages, headline: reported.summary },
    removed,
  };
  const summary = summariseNight(facts, extracted.summary, built.failures);
  // Beside the report, which is a link to the last one that was made.
  const path = join(dirname(config.out), 'night.json');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.tmp`, `${JSON.stringify(summary, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
  say(context, summary.lines.join('\n'), summary);
  return { exitCode, summary, facts };
}
