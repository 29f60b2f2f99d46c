import type { Freshness } from '../extract/freshness.js';

/** What happened, to whoever watches the nights. */
export interface Notice {
  event: 'start' | 'success' | 'fail';
  run_id: string | null;
  exit_code: number | null;
  /** The night's lines as one text. */
  text: string;
  /** The first case in words, or that there is none; null without new figures. */
  headline?: string | null;
  data_as_of?: string | null;
  /** What is suspicious, one sentence each: the answers, and how fresh the source is. */
  warnings?: readonly string[];
  /** Parcels that are no longer asked for. */
  dead_letters_left?: number;
  to_do?: readonly string[];
  [detail: string]: unknown;
}

/** What a night came to, as its lines, its file and its notification tell it. Instants are ISO 8601. */
export interface NightFacts {
  runId: string;
  /** The run's clock. */
  clockAt: string;
  startedAt: string;
  endedAt: string;
  exitCode: number;
  dataAsOf: string | null;
  /** What the list of shipments brought; null where it is not asked. */
  sync: string | null;
  /** One text a file of the inbox; null where there is no inbox. */
  inbox: readonly string[] | null;
  extract: {
    text: string;
    due: number | null;
    left: number | null;
    requests: number;
    deadLetters: number;
    seconds: number;
  };
  build: {
    changedParcels: number;
    isFull: boolean;
    checks: number;
    /** Of these, how many looked at the changed parcels alone. */
    narrowedChecks: number;
    failures: number;
    seconds: number;
  };
  published: { tables: number; rows: number } | null;
  report: { indexPath: string; pages: number; headline: string } | null;
  /** What was removed for its age, one text each. */
  removed: readonly string[];
  /** Parcels that are no longer asked for, those of earlier nights included. */
  deadLetters: number;
  /** What is suspicious about the answers, one sentence each. */
  warnings: readonly string[];
  /** Null where the warehouse only imports. */
  freshness: Freshness | null;
}

const verdicts: Readonly<Record<number, string>> = {
  0: 'good',
  3: 'good, with something left out',
  4: 'THE API DID NOT ANSWER AS IT SHOULD; the figures are those of the polls before',
  5: 'NOT PUBLISHED, a check failed; what was published before still stands',
};

/** '41 min', or '38 s' below two minutes. */
export function sayDuration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** '2026-11-24 04:12 UTC'. */
export function sayInstant(at: string | null): string {
  return at === null ? 'never' : `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}

/** What somebody has to do in the morning, most urgent first; empty after most nights. */
export function findWork(facts: NightFacts): string[] {
  const { exitCode, extract, build, inbox } = facts;
  const work: string[] = [];
  if (build.failures > 0) work.push('see the failed check above, then `parcelmetrics build` and `publish`');
  if (exitCode === 4) work.push('`parcelmetrics doctor` says what is wrong with the API or the keys');
  const isBroken = (text: string) =>
    /mistakes|refused|in doubt|not registered|only files|nowhere|no file/.test(text);
  const broken = (inbox ?? []).filter(isBroken).length;
  if (broken > 0) work.push(`mend or remove ${broken} file${broken === 1 ? '' : 's'} of the inbox`);
  if ((inbox ?? []).some((text) => text.endsWith('the folder is not there')))
    work.push('make the inbox folder, or mount it');
  if (facts.deadLetters > 0) {
    const are = facts.deadLetters === 1 ? 'dead letter' : 'dead letters';
    work.push(
      `look at the ${facts.deadLetters} ${are}: \`parcelmetrics status --dead-letters\`, then retry-failed or forget`,
    );
  }
  if (extract.left !== null && extract.left > 0)
    work.push('nothing about those left: they are due again tonight');
  return work;
}

/** That all passed, and over what. */
export function describeChecks(count: number, narrowed: number): string {
  return `${count} checks passed${narrowed > 0 ? `, ${narrowed} of them over what changed` : ''}`;
}

/** The ten lines that an operator reads half asleep: how it went, what there is, what to do, and the report's own sentence. */
export function describeNight(facts: NightFacts): string[] {
  const { startedAt, endedAt, exitCode, inbox, extract, build, published, report } = facts;
  const seconds = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  const line = (name: string, text: string) => `${name.padEnd(11)}${text}`;
  const inboxText =
    inbox === null
      ? 'none configured'
      : inbox.length === 0
        ? 'nothing new'
        : inbox.length === 1
          ? (inbox[0] ?? '')
          : `${inbox.length} files: ${inbox.join(' | ')}`;
  const work = findWork(facts);
  return [
    `night of ${facts.clockAt.slice(0, 10)}: ${verdicts[exitCode] ?? `ended with exit code ${exitCode}`}`,
    line(
      'run',
      `${facts.runId}, ${startedAt.slice(11, 16)} to ${endedAt.slice(11, 16)} UTC, ${sayDuration(seconds)}`,
    ),
    line('data as of', sayInstant(facts.dataAsOf)),
    ...(facts.sync === null ? [] : [line('synced', facts.sync)]),
    line('inbox', inboxText),
    line('polled', extract.text),
    line(
      'built',
      `${build.isFull ? 'every parcel' : `${build.changedParcels} changed parcels`} in ${sayDuration(build.seconds)}; ` +
        (build.failures === 0
          ? describeChecks(build.checks, build.narrowedChecks)
          : `${build.failures} CHECKS FAILED`),
    ),
    line(
      'published',
      [
        published === null ? 'NO' : `${published.tables} tables, ${published.rows} rows`,
        ...facts.removed,
      ].join('; '),
    ),
    line(
      'report',
      report === null ? 'NO: the one before still stands' : `${report.indexPath} (${report.pages} pages)`,
    ),
    line('to do', work.length === 0 ? 'nothing' : work.join('; ')),
    ...facts.warnings.map((text) => line('WARNING', text)),
    report?.headline ?? 'No new figures tonight.',
    ...(facts.freshness?.warnings ?? []).map((text) => line('WARNING', text)),
  ];
}

/** The sentences of a step's summary. */
export function readWarnings(summary: unknown): string[] {
  const value = typeof summary === 'object' && summary !== null ? Reflect.get(summary, 'warnings') : null;
  return Array.isArray(value) ? value.map(String) : [];
}

/** A number of a step's summary; null where it did not come to that. */
export function readNumber(summary: unknown, name: string): number | null {
  const value = typeof summary === 'object' && summary !== null ? Reflect.get(summary, name) : null;
  return typeof value === 'number' ? value : null;
}

/** Counts and lines only: neither rows nor examples of them leave this machine. */
export function toNotice(facts: NightFacts): Notice {
  const { exitCode, extract, build, report } = facts;
  return {
    event: exitCode === 0 || exitCode === 3 ? 'success' : 'fail',
    run_id: facts.runId,
    exit_code: exitCode,
    text: describeNight(facts).join('\n'),
    started_at: facts.startedAt,
    ended_at: facts.endedAt,
    data_as_of: facts.dataAsOf,
    due: extract.due,
    left: extract.left,
    requests: extract.requests,
    dead_letters: extract.deadLetters,
    dead_letters_left: facts.deadLetters,
    warnings: [...facts.warnings, ...(facts.freshness?.warnings ?? [])],
    checks_failed: build.failures,
    published: facts.published !== null,
    headline: report?.headline ?? null,
    to_do: findWork(facts),
  };
}

/** `night.json`, the run's row, and what `--json` prints: the same object. */
export function summariseNight(facts: NightFacts, extract: unknown, failures: readonly string[]) {
  const { extract: polled, build, published, report } = facts;
  return {
    run_id: facts.runId,
    exit_code: facts.exitCode,
    started_at: facts.startedAt,
    ended_at: facts.endedAt,
    seconds: Math.round((Date.parse(facts.endedAt) - Date.parse(facts.startedAt)) / 1000),
    data_as_of: facts.dataAsOf,
    sync: facts.sync,
    inbox: facts.inbox,
    extract,
    extract_seconds: Math.round(polled.seconds * 10) / 10,
    due: polled.due,
    left: polled.left,
    dead_letters: polled.deadLetters,
    dead_letters_left: facts.deadLetters,
    warnings: [...facts.warnings, ...(facts.freshness?.warnings ?? [])],
    freshness: facts.freshness,
    build: {
      is_full: build.isFull,
      changed_parcels: build.changedParcels,
      seconds: Math.round(build.seconds * 10) / 10,
      checks: build.checks,
      checks_over_changes: build.narrowedChecks,
      failures,
    },
    published: published === null ? null : { run_id: facts.runId, ...published },
    report: report?.indexPath ?? null,
    headline: report?.headline ?? null,
    removed: facts.removed,
    to_do: findWork(facts),
    lines: describeNight(facts),
  };
}
