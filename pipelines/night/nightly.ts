import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requireApi } from '../config/config.js';
import { type Context, say } from '../context.js';
import { describeError } from '../errors.js';
import { countDeadLetters } from '../extract/dead-letters.js';
import { readFreshness } from '../extract/freshness.js';
import { makeFolders } from '../store/folders.js';
import { openPublished, readManifest } from '../store/publish.js';
import { proxyOf } from './api.js';
import { buildStep, countNarrowed, describeBuilt } from './build-step.js';
import { lakeStep } from './engine.js';
import { extractStep } from './extract.js';
import { registerInbox } from './inbox.js';
import { type NightFacts, type Notice, readNumber, readWarnings, summariseNight, toNotice } from './lines.js';
import { isTold, notify } from './notify.js';
import { checkFall, describePublished, publishStep } from './publish.js';
import { reportStep } from './report.js';
import { removeOld } from './retention.js';
import { type Ending, gravest, type NightRun, withRun } from './run.js';
import { syncStep } from './sync.js';

/** What a step took, in seconds. */
function startWatch(): () => number {
  const startedMs = performance.now();
  return () => (performance.now() - startedMs) / 1000;
}

/** `nightly`: an extract that the API ended does not keep the rest from running. Whoever watches is told how it went. */
export async function runNightly(context: Context): Promise<number> {
  const { config, log } = context;
  const send = async (notice: Notice, hasNewCase = false) => {
    const address = config.notifyUrl;
    if (address === null || !isTold(address.reveal(), config.notifyOn, notice, hasNewCase)) return;
    const warn = (message: string) => log.warn(message);
    await notify(address, notice, { form: config.notifyFormat, proxy: proxyOf(config), warn });
  };
  await send({ event: 'start', run_id: null, exit_code: null, text: 'the night begins' });
  try {
    requireApi(config);
    let notice: Notice | null = null;
    let hasNewCase = false;
    const exitCode = await withRun(context, 'nightly', async (run) => {
      const ending = await runNight(context, run);
      notice = toNotice(ending.facts);
      ({ hasNewCase } = ending);
      return ending;
    });
    if (notice !== null) await send(notice, hasNewCase);
    return exitCode;
  } catch (error) {
    const { message, exitCode } = describeError(context.signal.aborted ? context.signal.reason : error);
    await send({
      event: 'fail',
      run_id: null,
      exit_code: exitCode,
      text: `the night ended early: ${message}`,
    });
    throw error;
  }
}

async function countNewDeadLetters(run: NightRun): Promise<number> {
  const reader = await run.connection.runAndReadAll(
    'select coalesce(max(dead_letters), 0) from runs where run_id = $1',
    [run.runId],
  );
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

const toSentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'}`;

/** The first case of what is published, without its figures: whether it is the one of the night before. */
async function readFirstCase(published: string): Promise<Record<string, unknown> | null> {
  const reader = await openPublished(published);
  try {
    const [first] = await reader.all<Record<string, unknown>>(
      `select kind, carrier_code, from_country, to_country, metric, cast(since as date)::varchar as since
       from cases where case_number = 1`,
    );
    return first ?? null;
  } finally {
    reader.close();
  }
}

/** The first case that the night before found, by its night.json; undefined where there is none to be read. */
function readCaseBefore(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    const before: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof before === 'object' && before !== null ? Reflect.get(before, 'first_case') : undefined;
  } catch {
    // half a file of a full disk: then every case is news
    return undefined;
  }
}

/** The steps of a night within a run, and what they came to. */
export async function runNight(
  context: Context,
  run: NightRun,
): Promise<Ending & { facts: NightFacts; hasNewCase: boolean }> {
  const { config, log, clock } = context;
  const startedAt = new Date();
  let syncText: string | null = null;
  const synced = config.sync
    ? await syncStep(context, run, (text) => {
        syncText = text;
        log.info(`sync: ${text}`);
      })
    : null;
  const inboxTexts: string[] = [];
  const inbox = await registerInbox(context, run, (text) => {
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
  // A build that reads the lake writes it itself.
  if (config.engine === 'duckdb' && config.accounts === null)
    await lakeStep(context, run.connection, run.runId);
  const isUnreached = extracted.exitCode === 4;
  const freshness = await readFreshness(run.connection, clock(), config.sourceWarnAfterMs);
  const warnings = readWarnings(extracted.summary);
  for (const text of freshness?.warnings ?? []) log.warn(text);
  const deadLetters = await countDeadLetters(run.connection);
  const status = [
    ...(isUnreached ? ['The last extract did not reach the API: what follows was not updated since.'] : []),
    ...[...warnings, ...(freshness?.warnings ?? [])].map(toSentence),
  ];
  const buildWatch = startWatch();
  const built = await buildStep(context, run);
  const buildSeconds = buildWatch();
  log.info(describeBuilt(built));
  const fall = built.failures.length > 0 ? null : await checkFall(context, run);
  if (fall !== null) {
    log.error(`check failed: ${fall}`);
    built.failures.push(`${fall}; if it is meant: parcelmetrics publish --accept-fall`);
  }
  const manifest = built.failures.length > 0 ? null : await publishStep(context, run);
  if (manifest !== null) log.info(describePublished(context, manifest));
  const reported =
    manifest === null ? null : await reportStep(context, run.runId, status, isUnreached ? true : null);
  const removed = await removeOld(context, run);
  for (const text of removed) log.info(text);
  const isSuspicious = deadLetters > 0 || (freshness?.warnings.length ?? 0) > 0;
  const exitCode = gravest([
    // A list that could not be read waits for the next night; one that these keys may not read is nobody's work.
    synced !== null && synced.exitCode !== 0 && synced.hasRight ? 3 : 0,
    inbox.exitCode,
    extracted.exitCode,
    manifest === null ? 5 : 0,
    isSuspicious ? 3 : 0,
  ]);
  const facts: NightFacts = {
    runId: run.runId,
    clockAt: clock().toISOString(),
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    exitCode,
    dataAsOf: (manifest ?? readManifest(config.published))?.data_as_of ?? null,
    // Said once, in the log: what a night cannot do is not told every night.
    sync: synced?.hasRight ? syncText : null,
    inbox: config.inbox === null ? null : inboxTexts,
    extract: {
      text: extractText,
      due: readNumber(extracted.summary, 'due'),
      left: readNumber(extracted.summary, 'left'),
      requests: readNumber(extracted.summary, 'requests') ?? 0,
      deadLetters: await countNewDeadLetters(run),
      seconds: extractSeconds,
    },
    build: {
      changedParcels: built.result.changedCount,
      isFull: built.result.isFull,
      checks: built.result.checks.length,
      narrowedChecks: countNarrowed(built.result),
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
    deadLetters,
    warnings,
    freshness,
  };
  // Beside the report, which is a link to the last one that was made.
  const path = join(dirname(config.out), 'night.json');
  const caseBefore = readCaseBefore(path);
  const firstCase = manifest === null ? (caseBefore ?? null) : await readFirstCase(config.published);
  const hasNewCase = firstCase !== null && JSON.stringify(firstCase) !== JSON.stringify(caseBefore);
  const summary = {
    ...summariseNight(facts, extracted.summary, built.failures),
    first_case: firstCase,
  };
  makeFolders(dirname(path));
  writeFileSync(`${path}.tmp`, `${JSON.stringify(summary, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
  say(context, summary.lines.join('\n'), summary);
  return { exitCode, summary, facts, hasNewCase };
}
