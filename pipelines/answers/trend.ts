import { UTCDate, utc } from '@date-fns/utc';
import type { DuckDBConnection } from '@duckdb/node-api';
import { addDays } from 'date-fns/addDays';
import { millisecondsInMinute } from 'date-fns/constants';
import { differenceInDays } from 'date-fns/differenceInDays';
import type { Config } from '../config/config.js';
import { makePlan } from '../extract/plan.js';
import { readNumber, sayDuration, sayInstant } from '../night/lines.js';
import { layOut } from '../terminal/table.js';

/** One night as its row tells it. Instants are ISO 8601; null where the night did not come to that. */
export interface Night {
  runId: string;
  clockAt: string;
  startedAt: string;
  seconds: number | null;
  exitCode: number | null;
  requests: number;
  due: number | null;
  left: number | null;
  deadLetters: number;
  extractSeconds: number | null;
  failedChecks: number | null;
  /** Whether every row was made anew and every check looked at all rows, which each seventh day's night does. */
  isWhole: boolean | null;
}

/** What the next night will find, and whether it has time for it. */
export interface Forecast {
  startAt: string;
  due: number;
  /** What the limits leave room for; null without limits. */
  room: number | null;
  fits: boolean;
  ratePerMinute: number;
  /** Where the rate comes from: the configuration, or what the last night came to. */
  rateFrom: 'configured' | 'measured';
  minutes: number;
}

/** Nights that did their work: everything (0), or all but something that waits for the next (3). */
export const isGood = ({ exitCode }: Night): boolean => exitCode === 0 || exitCode === 3;

/** The newest nights first. */
export async function readNights(connection: DuckDBConnection, limit: number): Promise<Night[]> {
  const reader = await connection.runAndReadAll(
    `select run_id, epoch_ms(clock_at)::double, epoch_ms(started_at)::double, epoch_ms(ended_at)::double, exit_code,
       coalesce(requests, 0)::double, coalesce(dead_letters, 0)::double, summary
     from runs where command = 'nightly' order by started_at desc, run_id desc limit $1`,
    [limit],
  );
  return reader.getRows().map(([runId, clockMs, startedMs, endedMs, exitCode, requests, dead, text]) => {
    const summary: unknown = typeof text === 'string' ? JSON.parse(text) : null;
    const build =
      typeof summary === 'object' && summary !== null && 'build' in summary ? summary.build : null;
    const failures =
      typeof build === 'object' && build !== null && 'failures' in build ? build.failures : null;
    const narrowed = readNumber(build, 'checks_over_changes');
    return {
      runId: String(runId),
      clockAt: new Date(Number(clockMs)).toISOString(),
      startedAt: new Date(Number(startedMs)).toISOString(),
      seconds: endedMs === null ? null : (Number(endedMs) - Number(startedMs)) / 1000,
      exitCode: exitCode === null ? null : Number(exitCode),
      requests: Number(requests),
      due: readNumber(summary, 'due'),
      left: readNumber(summary, 'left'),
      deadLetters: Number(dead),
      extractSeconds: readNumber(summary, 'extract_seconds'),
      failedChecks: Array.isArray(failures) ? failures.length : null,
      isWhole: narrowed === null ? null : narrowed === 0,
    };
  });
}

/** A shorter extract says little about the rate that a long one reaches. */
const leastMeasured = { requests: 200, seconds: 30 };

/** The rate of the newest night that polled for long enough, requests a minute; null if there is none. */
function measureRate(nights: readonly Night[]): number | null {
  const [night] = nights.filter(
    ({ requests, extractSeconds }) =>
      requests >= leastMeasured.requests && (extractSeconds ?? 0) >= leastMeasured.seconds,
  );
  return night?.extractSeconds ? (night.requests / night.extractSeconds) * 60 : null;
}

/** The next night begins at the hour of the last one; without one, now. */
function findNextStart(nights: readonly Night[], now: Date): Date {
  const last = nights[0];
  if (last === undefined) return now;
  const lastAt = new UTCDate(last.clockAt);
  // In UTC, where each day has 24 hours.
  return addDays(lastAt, Math.max(1, differenceInDays(now, lastAt, { in: utc }) + 1));
}

/** Who is due when the next night begins, and whether rate and limits let it poll them all. */
export async function forecastNight(
  connection: DuckDBConnection,
  nights: readonly Night[],
  config: Pick<Config, 'ratePerMinute' | 'maxRequests' | 'maxDurationMs' | 'seeds'>,
  now: Date,
): Promise<Forecast> {
  const startAt = findNextStart(nights, now);
  const plan = await makePlan(connection, { startAt, seedsFolder: config.seeds, isForecast: true });
  // What will have moved by then nobody knows: as much as last night, where the list stands for the rest.
  const due = plan.hints.stands ? Math.max(plan.due, nights[0]?.due ?? 0) : plan.due;
  const measured = measureRate(nights);
  const isSlower = measured !== null && measured < config.ratePerMinute;
  const ratePerMinute = isSlower ? measured : config.ratePerMinute;
  const inTime =
    config.maxDurationMs === null
      ? Number.POSITIVE_INFINITY
      : Math.floor((config.maxDurationMs / millisecondsInMinute) * ratePerMinute);
  const room = Math.min(config.maxRequests ?? Number.POSITIVE_INFINITY, inTime);
  return {
    startAt: startAt.toISOString(),
    due,
    room: Number.isFinite(room) ? room : null,
    fits: due <= room,
    ratePerMinute: Math.round(ratePerMinute),
    rateFrom: isSlower ? 'measured' : 'configured',
    minutes: Math.ceil(Math.min(due, room) / ratePerMinute),
  };
}

export function describeForecast(forecast: Forecast): string {
  const { startAt, due, room, fits, ratePerMinute, rateFrom, minutes } = forecast;
  const rate = `${ratePerMinute} a minute (${rateFrom})`;
  const verdict = fits
    ? `fits, about ${minutes} min at ${rate}`
    : `DOES NOT FIT: room for ${room} at ${rate}, ${due - (room ?? 0)} will be left; the most urgent go first`;
  return `next night (${sayInstant(startAt)}): ${due} will be due; ${verdict}\n`;
}

const middleOf = (values: readonly number[]) => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? 0;
};

const sayEnd = ({ exitCode }: Night) =>
  exitCode === null
    ? 'did not end'
    : exitCode === 0
      ? 'good'
      : exitCode === 3
        ? 'good, something left (3)'
        : `exit code ${exitCode}`;

/** How the last night went, beside what nights usually take and leave. */
export function describeLastNight(nights: readonly Night[]): string {
  const [last, ...before] = nights;
  if (last === undefined) return 'no night yet\n';
  const good = nights.find(isGood);
  const durations = before.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  const lefts = before.flatMap(({ left }) => (left === null ? [] : [left]));
  const took = last.seconds === null ? '' : `, ${sayDuration(last.seconds)}`;
  const usual = durations.length === 0 ? '' : ` (usually ${sayDuration(middleOf(durations))})`;
  const leftOver = last.left === null ? '' : `, ${last.left} left over`;
  const usualLeft = last.left === null || lefts.length === 0 ? '' : ` (usually ${middleOf(lefts)})`;
  const lastGood =
    good === last
      ? ''
      : `last good night: ${good ? sayInstant(good.clockAt) : `none of the last ${nights.length}`}\n`;
  return `last night: ${sayInstant(last.clockAt)}, ${sayEnd(last)}${took}${usual}${leftOver}${usualLeft}\n${lastGood}`;
}

/** The nights as a table, newest first. */
export function describeNights(nights: readonly Night[]): string {
  if (nights.length === 0) return '';
  const rows = nights.map((night) => [
    sayInstant(night.clockAt),
    sayEnd(night),
    night.seconds === null ? '' : sayDuration(night.seconds),
    `${night.requests} requests`,
    night.due === null ? '' : `${night.due} due`,
    night.left === null ? '' : `${night.left} left`,
    night.deadLetters === 0 ? '' : `${night.deadLetters} dead letters`,
    night.failedChecks ? `${night.failedChecks} checks failed` : '',
  ]);
  const whole = nights.find(({ isWhole }) => isWhole);
  const anew =
    whole === undefined
      ? ''
      : `every row made and checked anew: ${sayInstant(whole.clockAt)}, and each seventh day\n`;
  return `nights, newest first:\n${layOut(rows)}${anew}`;
}
