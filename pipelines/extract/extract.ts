import type { DuckDBConnection } from '@duckdb/node-api';
import type { Client, TimelineAnswer } from '../sendcloud/client.js';
import { SendcloudError } from '../sendcloud/errors.js';
import { isForgotten, readForgotten } from './forgotten.js';
import { landBatch, type Miss, readDigestKey, startBatch } from './landing.js';
import { readPlanPage } from './plan.js';
import { readRefusedBefore, settleRefusals, startRefusals, watchAnswers } from './refusals.js';

export interface ExtractOptions {
  runId: string;
  client: Client;
  /** When an answer that came at this instant (epoch ms) was observed; constant under a frozen clock. */
  observe: (receivedAtMs: number) => number;
  clock: () => Date;
  /** Parcels to poll: the budget, or all that are due. */
  count: number;
  /** No further parcel is asked for once so many requests have left, retries included. */
  maxRequests?: number;
  concurrency: number;
  signal: AbortSignal;
  /** Epoch ms after which no new request starts. */
  endAtMs?: number;
  /** A batch ends at this many polls or after this time, whichever comes first. */
  batchSize?: number;
  batchMs?: number;
  now?: () => number;
  /** Called after each poll, and after each committed batch. */
  onPoll?: () => void;
  onBatch?: (extracted: Readonly<Extracted>) => void;
}

/** Parcels asked once more at the end of a run; more than that is an outage. */
const mostUnanswered = 1000;

export interface Extracted {
  polled: number;
  timelines: number;
  /** Responses that had not been seen before. */
  changed: number;
  notFound: number;
  /** Parcels whose answer was no timeline, or none that could be read: asked again in the next run, five nights long. */
  refused: number;
  /** Parcels that got no answer in this run and stay due. */
  failed: number;
  /** Parcels that became dead letters. */
  deadLetters: number;
  /** What ended the run before its plan, or null. */
  stoppedBy: SendcloudError | 'time' | 'signal' | null;
}

function toMiss(
  trackingNumber: string,
  answer: Exclude<TimelineAnswer, { kind: 'timeline' }>,
  polledAt: bigint,
): Miss {
  switch (answer.kind) {
    case 'not_found':
      return { trackingNumber, polledAt, kind: 'not_found', reason: 'not_found' };
    case 'refused':
      return { trackingNumber, polledAt, kind: 'refused', reason: `refused ${answer.refusal.path}` };
    case 'rejected': {
      const reasons = answer.reasons.map(({ loc, type }) => `${loc} ${type}`).join('; ');
      return {
        trackingNumber,
        polledAt,
        kind: 'rejected',
        reason: `http_${answer.status} ${reasons}`.trim(),
      };
    }
    case 'failed':
      return { trackingNumber, polledAt, kind: 'failed', reason: answer.reason };
  }
}

/** Hands out the plan page by page, so that no registry is ever held whole. */
function createQueue(
  readPage: (from: number, count: number) => Promise<string[]>,
  count: number,
  pageSize: number,
) {
  let page: string[] = [];
  let read = 0;
  let reading: Promise<void> | null = null;
  const refill = async () => {
    page = await readPage(read, Math.min(pageSize, count - read));
    read += page.length;
    page.reverse();
  };
  return {
    async take(): Promise<string | null> {
      while (page.length === 0) {
        if (read >= count) return null;
        reading ??= refill().finally(() => {
          reading = null;
        });
        await reading;
      }
      return page.pop() ?? null;
    },
  };
}

/** Does one thing after the other, in the order in which they are asked for. */
function takeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    // Whoever asked for it gets its error.
    last = turn.catch(() => {});
    return turn;
  };
}

/** A batch of 2,000 is merged sooner by one thread than by several, which would also take turns with the requests. */
async function withOneThread<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  const reader = await connection.runAndReadAll(`select current_setting('threads')`);
  const threads = Number(reader.getRows()[0]?.[0]);
  await connection.run('set threads = 1');
  const restore = () => connection.run(`set threads = ${threads}`);
  try {
    const result = await work();
    await restore();
    return result;
  } catch (error) {
    // What went wrong first is what counts: a database that a full disk has invalidated does nothing more.
    await restore().catch(() => {});
    throw error;
  }
}

/**
 * Polls the plan's first `count` parcels and lands the answers batch by batch, each in one transaction: a kill loses at most the
 * batch in flight. It ends early, with what was answered landed, when the signal aborts, when its time or its requests are used
 * up, or when the API says stop (see `stoppedBy`).
 */
export function extract(connection: DuckDBConnection, options: ExtractOptions): Promise<Extracted> {
  return withOneThread(connection, () => pollAndLand(connection, options));
}

async function pollAndLand(connection: DuckDBConnection, options: ExtractOptions): Promise<Extracted> {
  const { runId, client, clock, count, concurrency, signal, batchSize = 2000, batchMs = 15_000 } = options;
  const now = options.now ?? Date.now;
  const maxRequests = options.maxRequests ?? Number.POSITIVE_INFINITY;
  const key = await readDigestKey(connection);
  const forgotten = await readForgotten(connection);
  const answers = watchAnswers(await readRefusedBefore(connection));
  await startRefusals(connection);
  const result: Extracted = {
    polled: 0,
    timelines: 0,
    changed: 0,
    notFound: 0,
    refused: 0,
    failed: 0,
    deadLetters: 0,
    stoppedBy: null,
  };
  // Rows are appended in steps of their own, which a query on the same connection would end.
  const inTurn = takeTurns();
  const readPage = (from: number, most: number) => inTurn(() => readPlanPage(connection, from, most));
  const queue = createQueue(readPage, count, batchSize);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const isStopped = () => either.aborted || result.stoppedBy !== null;
  // Parcels that got no answer are asked once more at the end: most outages are shorter than a night.
  const unanswered: string[] = [];
  let isSecondPass = false;
  let batch = startBatch();
  let batchSinceMs = now();
  let counted = { requests: 0, retries: 0 };
  let committing: Promise<void> = Promise.resolve();
  let isCommitQueued = false;

  const commit = async () => {
    const full = batch;
    batch = startBatch();
    batchSinceMs = now();
    isCommitQueued = false;
    const { requests, retries } = client.counters;
    const spent = { requests: requests - counted.requests, retries: retries - counted.retries };
    counted = { requests, retries };
    const clockAt = BigInt(clock().getTime()) * 1000n;
    const context = { runId, clockAt, registersUnknown: false, ...spent };
    const landed = await inTurn(() => landBatch(connection, full, context));
    result.changed += landed.responses;
    result.deadLetters += landed.deadLetters;
    options.onBatch?.(result);
  };
  const commitIfFull = async () => {
    const held = batch.observations.length + batch.misses.length;
    const isFull = held >= batchSize;
    if (!isCommitQueued && (isFull || (held > 0 && now() - batchSinceMs >= batchMs))) {
      isCommitQueued = true;
      committing = committing.then(commit);
      // Whoever waits for the batch gets the error too; nobody may be waiting yet.
      committing.catch((error) => stop.abort(error));
    }
    // One batch may fill while another is written; a third waits.
    if (isFull) await committing;
  };

  const keep = (trackingNumber: string, answer: TimelineAnswer) => {
    result.polled += 1;
    const observedAt =
      BigInt(options.observe(answer.kind === 'timeline' ? answer.receivedAtMs : now())) * 1000n;
    if (answer.kind === 'timeline') {
      const listed = answer.timeline.trackingNumbers;
      if (listed.some((entry) => isForgotten(forgotten, key, entry.trackingNumber))) {
        batch.misses.push({ trackingNumber, polledAt: observedAt, kind: 'forgotten', reason: 'forgotten' });
        return;
      }
      result.timelines += 1;
      batch.observations.push({ trackingNumber, observedAt, timeline: answer.timeline });
      return;
    }
    const miss = toMiss(trackingNumber, answer, observedAt);
    if (miss.kind === 'not_found') result.notFound += 1;
    if (miss.kind === 'failed') result.failed += 1;
    if (miss.kind === 'refused' || miss.kind === 'rejected') result.refused += 1;
    if (answer.kind === 'refused') {
      const { refusal } = answer;
      batch.refusals.push({ source: 'api', place: trackingNumber, digest: answer.digest(key), ...refusal });
    }
    batch.misses.push(miss);
  };

  let taken = 0;
  const work = async () => {
    while (!isStopped()) {
      if (options.endAtMs !== undefined && now() >= options.endAtMs) {
        result.stoppedBy ??= 'time';
        return;
      }
      if (taken + client.counters.retries >= maxRequests) return;
      taken += 1;
      try {
        const trackingNumber = isSecondPass ? (unanswered.pop() ?? null) : await queue.take();
        if (trackingNumber === null) return;
        const answer = await client.getTimeline(trackingNumber, either);
        if (answer.kind === 'failed' && !isSecondPass && unanswered.length < mostUnanswered) {
          unanswered.push(trackingNumber);
          continue;
        }
        keep(trackingNumber, answer);
        options.onPoll?.();
        result.stoppedBy ??= answers.judge(trackingNumber, answer);
        await commitIfFull();
      } catch (error) {
        if (isStopped()) return;
        if (!(error instanceof SendcloudError)) {
          stop.abort(error);
          throw error;
        }
        // What is under way may still be answered: the client lets nothing else leave.
        result.stoppedBy = error;
      }
    }
  };

  const workAll = () => Promise.allSettled(Array.from({ length: concurrency }, work));
  const endings = await workAll();
  isSecondPass = result.timelines + result.notFound > 0 && !isStopped();
  if (isSecondPass) endings.push(...(await workAll()));
  for (const trackingNumber of unanswered) keep(trackingNumber, { kind: 'failed', reason: 'unanswered' });
  await committing;
  await commit();
  // Where most answers were refused, it is no parcel's fault.
  const isChanged = result.stoppedBy instanceof SendcloudError && result.stoppedBy.code === 'answers_changed';
  if (!isChanged) result.deadLetters += await settleRefusals(connection, runId);
  for (const ending of endings) if (ending.status === 'rejected') throw ending.reason;
  if (signal.aborted) result.stoppedBy = 'signal';
  return result;
}
