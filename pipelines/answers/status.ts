import type { DuckDBConnection } from '@duckdb/node-api';
import type { Config } from '../config/config.js';
import { type Context, say } from '../context.js';
import { lockedError } from '../errors.js';
import { readDeadLetters } from '../extract/dead-letters.js';
import { type Freshness, readFreshness } from '../extract/freshness.js';
import { readNotBefore } from '../extract/not-before.js';
import { makePlan } from '../extract/plan.js';
import { sayInstant } from '../night/lines.js';
import { describeHolder, inspectLock, type LockHolder, lockPath } from '../store/lock.js';
import { requireWarehouse } from '../store/missing.js';
import { describeNamed, type NamedFacts, sayNamed } from '../store/named.js';
import { type RunRow, type RunState, readRunFile, readRuns } from '../store/runs.js';
import { readWarehouse } from '../store/warehouse.js';
import { layOut } from '../terminal/table.js';
import { describeListTrust, type ListTrust, readListTrust } from './list-trust.js';
import {
  describeForecast,
  describeLastNight,
  describeNights,
  type Forecast,
  forecastNight,
  isGood,
  type Night,
  readNights,
} from './trend.js';

/** What `status --json` prints. Instants are ISO 8601. */
export interface Status {
  running: { holder: LockHolder | null; state: RunState | null } | null;
  /** The state that the last run left, when none is under way. */
  last: RunState | null;
  /** The latest successful poll; null before the first, and while a run holds the warehouse. */
  dataAsOf: string | null;
  /** Newest first; null while a run holds the warehouse. */
  runs: RunRow[] | null;
  /** The newest nights, newest first, and the newest that did its work; null while a run holds the warehouse. */
  nights: Night[] | null;
  lastGoodNight: Night | null;
  /** What the next night will find; null while a run holds the warehouse, and before the first. */
  tonight: Forecast | null;
  /** What is to be done; null while a run holds the warehouse, and before the first. */
  backlog: Backlog | null;
  /** Snapshots beside the published one, which no retention removes. */
  named: NamedFacts[];
}

export interface Backlog {
  /** Parcels by state of the registry. */
  states: Record<string, number>;
  /** Parcels by phase, of those still polled. */
  phases: Record<string, number>;
  /** Dead letters by reason, most first. */
  deadLetters: { reason: string; parcels: number }[];
  /** Bodies and lines that were refused and have not been read since. */
  refused: number;
  /** Null where the warehouse only imports. */
  freshness: Freshness | null;
  /** How far the list of shipments is trusted. */
  list: ListTrust;
  /** Parcels that a run starting now would poll, and how long that takes at the configured rate. */
  due: number;
  neverPolled: number;
  minutes: number;
  /** The API asked for no request before this instant. */
  notBefore: string | null;
}

const nightsShown = 14;

/** `status`: reads run.json and, unless a run holds the warehouse, its runs. Locks and changes nothing. */
export async function runStatus(context: Context): Promise<number> {
  const { config, options, clock } = context;
  requireWarehouse(config);
  if (options.deadLetters) return listDeadLetters(context);
  const status = await readStatus(config, clock());
  say(context, describeStatus(status), status);
  return 0;
}

/** `status --dead-letters` */
async function listDeadLetters(context: Context): Promise<number> {
  const { config } = context;
  const lock = await inspectLock(lockPath(config.warehouse));
  if (lock.state === 'held') {
    throw lockedError(`a run holds the warehouse: ${describeHolder(lock.holder)}`, {
      hint: 'Ask again when it has ended; `parcelmetrics status` says how far it is.',
    });
  }
  const letters = (await readWarehouse(config.warehouse, readDeadLetters)) ?? [];
  const rows = letters.map(({ trackingNumber, carrierCode, reason, since }) => [
    trackingNumber,
    carrierCode ?? '',
    since?.slice(0, 10) ?? '',
    reason,
  ]);
  const text =
    letters.length === 0
      ? 'no dead letters'
      : `${layOut([['number', 'carrier', 'since', 'reason'], ...rows])}` +
        '`parcelmetrics retry-failed` asks for them again; `parcelmetrics forget NUMBER` erases one.';
  say(context, text, { deadLetters: letters });
  return 0;
}

async function readBacklog(connection: DuckDBConnection, config: Config, now: Date): Promise<Backlog> {
  const countBy = async (sql: string) =>
    Object.fromEntries(
      (await connection.runAndReadAll(sql)).getRows().map(([name, count]) => [String(name), Number(count)]),
    );
  const plan = await makePlan(connection, { startAt: now, seedsFolder: config.seeds });
  const dead = await connection.runAndReadAll(
    `select coalesce(state_reason, 'unknown'), count(*) from registry where state = 'dead' group by 1 order by 2 desc, 1 limit 10`,
  );
  const open = await connection.runAndReadAll('select count(*) from landed_refusals where healed_at is null');
  return {
    states: await countBy('select state, count(*) from registry group by state order by state'),
    phases: await countBy(
      `select phase, count(*) from registry where state = 'active' group by phase order by phase`,
    ),
    deadLetters: dead
      .getRows()
      .map(([reason, parcels]) => ({ reason: String(reason), parcels: Number(parcels) })),
    refused: Number(open.getRows()[0]?.[0] ?? 0),
    freshness: await readFreshness(connection, now, config.sourceWarnAfterMs),
    list: await readListTrust(connection, plan.hints),
    due: plan.due,
    neverPolled: plan.fresh,
    minutes: Math.ceil(plan.due / config.ratePerMinute),
    notBefore: (await readNotBefore(connection))?.toISOString() ?? null,
  };
}

async function readStatus(config: Config, now: Date): Promise<Status> {
  const { warehouse } = config;
  const lock = await inspectLock(lockPath(warehouse));
  const state = readRunFile(warehouse);
  if (lock.state === 'held') {
    // A run that has just started has not written its own state yet.
    const isItsOwn = state !== null && state.pid === lock.holder?.pid && state.endedAt === null;
    return {
      running: { holder: lock.holder, state: isItsOwn ? state : null },
      last: null,
      dataAsOf: null,
      runs: null,
      nights: null,
      lastGoodNight: null,
      tonight: null,
      backlog: null,
      named: describeNamed(config.published),
    };
  }
  const found = await readWarehouse(warehouse, async (connection) => {
    const polls = await connection.runAndReadAll(
      'select epoch_ms(max(observed_at))::double from landed_polls',
    );
    const latestMs = polls.getRows()[0]?.[0];
    const dataAsOf = typeof latestMs === 'number' ? new Date(latestMs).toISOString() : null;
    const nights = await readNights(connection, nightsShown);
    return {
      dataAsOf,
      runs: await readRuns(connection, 7),
      nights,
      lastGoodNight: nights.find(isGood) ?? null,
      tonight: await forecastNight(connection, nights, config, now),
      backlog: await readBacklog(connection, config, now),
    };
  });
  return {
    running: null,
    last: state,
    dataAsOf: found?.dataAsOf ?? null,
    runs: found?.runs ?? [],
    nights: found?.nights ?? [],
    lastGoodNight: found?.lastGoodNight ?? null,
    tonight: found?.tonight ?? null,
    backlog: found?.backlog ?? null,
    named: describeNamed(config.published),
  };
}

/** What the states are that do not explain themselves. */
const stateWords: Readonly<Record<string, string>> = {
  closed: 'at their end, asked for no more',
  abandoned:
    'labels that were not scanned for so long that they are asked for no more (`backfill` asks again)',
  dead: 'dead letters: given up, since the API refused them or answered with no timeline, night after night',
  alias: 'other numbers of parcels that are known',
};

function describeBacklog({
  states,
  phases,
  deadLetters,
  refused,
  freshness,
  list: shipments,
  due,
  neverPolled,
  minutes,
  notBefore,
}: Backlog): string {
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
      .join(', ');
  const lines = [`registry: ${list(states) || 'empty'}`];
  const meant = Object.entries(stateWords).filter(([state]) => (states[state] ?? 0) > 0);
  if (meant.length > 0) lines.push(meant.map(([state, words]) => `  ${state}: ${words}`).join('\n'));
  if (Object.keys(phases).length > 0) lines.push(`still polled: ${list(phases)}`);
  lines.push(`due now: ${due} (${neverPolled} never polled), about ${minutes} min at the configured rate`);
  lines.push(describeListTrust(shipments));
  if (notBefore !== null) lines.push(`no request before ${notBefore}: the API asked for that`);
  for (const { reason, parcels } of deadLetters) lines.push(`dead letters: ${parcels} ${reason}`);
  if (deadLetters.length > 0)
    lines.push('  --dead-letters lists them; retry-failed asks again, forget erases');
  if (refused > 0) lines.push(`refused, and not read since: ${refused} bodies or lines`);
  if (freshness !== null) {
    const { newestLabelAt, newestPollAt, warnAfterMs, warnings } = freshness;
    lines.push(
      `source: newest label ${sayInstant(newestLabelAt)}, newest poll ${sayInstant(newestPollAt)}; ` +
        `a silence of ${Math.round(warnAfterMs / 3_600_000 / 2.4) / 10} days is too long`,
      ...warnings.map((text) => `WARNING: ${text}`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function describeStatus({ running, dataAsOf, runs, nights, tonight, backlog, named }: Status): string {
  if (running !== null) {
    const head = `running: ${describeHolder(running.holder)}\n`;
    if (running.state === null) return head;
    const { phase, done, total, updatedAt, requests, retries, landed, deadLetters } = running.state;
    const amount = total === null ? `${done}` : `${done} of ${total}`;
    return (
      `${head}${phase}: ${amount} at ${updatedAt}\n` +
      `so far: ${requests} requests, ${retries} retries, ${landed} responses landed, ${deadLetters} dead letters\n`
    );
  }
  if (runs === null || runs.length === 0) return 'no run yet\n';
  return [
    describeLastNight(nights ?? []),
    `data as of ${dataAsOf ?? '(no successful poll yet)'}\n`,
    tonight === null ? '' : describeForecast(tonight),
    backlog === null ? '' : describeBacklog(backlog),
    ...named.map((each) => `named snapshot ${sayNamed(each)}\n`),
    describeNights(nights ?? []),
    'last runs, newest first:\n',
    ...runs.map(describeRun),
  ].join('');
}

function describeRun(run: RunRow): string {
  const { startedAt, endedAt, command, exitCode, requests, retries, landed, refused, deadLetters } = run;
  const end = exitCode === null ? 'did not end' : exitCode === 0 ? 'done' : `exit code ${exitCode}`;
  const seconds =
    endedAt === null ? '' : ` in ${Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)} s`;
  return (
    `  ${startedAt.slice(0, 19)}Z  ${command.padEnd(12)} ${end}${seconds}: ${requests} requests, ${retries} retries, ` +
    `${landed} landed, ${refused} refused, ${deadLetters} dead letters\n`
  );
}
