import type { DuckDBConnection } from '@duckdb/node-api';
import type { Client, TimelineAnswer } from '../sendcloud/client.js';
import { SendcloudError } from '../sendcloud/errors.js';
import { landBatch, type Miss, readDigestKey, startBatch } from './landing.js';
import { readPlanPage } from './plan.js';

export interface ExtractOptions {
  runId: string;
  client: Client;
  /** When an answer that came at this instant (epoch ms) was observed; constant under a frozen clock. */
  observe: (receivedAtMs: number) => number;
  clock: () => Date;
  /** Parcels to poll: the budget, or all that are due. */
  count: number;
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
  onBatch?: (done: number) => void;
}

/** Parcels asked once more at the end of a run; more than that is an outage. */
const mostUnanswered = 1000;

export interface Extracted {
  polled: number;
  timelines: number;
  /** Responses that had not been seen before. */
  changed: number;
  notFound: number;
  /** Parcels that got no answer in this run and stay due. */
  failed: number;
  /** Parcels that became dead letters. */
  deadLetters: number;
  /** What ended the run before its plan, or null. */
  stoppedBy: SendcloudError | 'time' | null;
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
function createQueue(connection: DuckDBConnection, count: number, pageSize: number) {
  let page: string[] = [];
  let read = 0;
  let reading: Promise<void> | null = null;
  const refill = async () => {
    page = await readPlanPage(connection, read, Math.min(pageSize, count - read));
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

/**
 * Polls the plan's first `count` parcels and lands the answers batch by batch, each in one transaction: a kill loses at most the
 * batch in flight. It ends early when the signal aborts (what was answered is landed, then the signal's reason is thrown), when
 * its time is over, or when the API says stop (see `stoppedBy`).
 */
export async function extract(connection: DuckDBConnection, options: ExtractOptions): Promise<Extracted> {
  const { runId, client, clock, count, concurrency, signal, batchSize = 500, batchMs = 15_000 } = options;
  const now = options.now ?? Date.now;
  const key = await readDigestKey(connection);
  const result: Extracted = {
    polled: 0,
    timelines: 0,
    changed: 0,
    notFound: 0,
    failed: 0,
    deadLetters: 0,
    stoppedBy: null,
  };
  const queue = createQueue(connection, count, Math.max(2000, batchSize));
  const stop = new AbortController();
  const isStopped = () => signal.aborted || stop.signal.aborted;
  const either = AbortSignal.any([signal, stop.signal]);
  // Parcels that got no answer are asked once more at the end: most outages are shorter than a night.
  const unanswered: string[] = [];
  let isSecondPass = false;
  let batch = startBatch();
  let batchSinceMs = now();
  let counted = { requests: 0, retries: 0 };
  let committing: Promise<void> = Promise.resolve();

  const commit = async () => {
    const full = batch;
    batch = startBatch();
    batchSinceMs = now();
    const { requests, retries } = client.counters;
    const spent = { requests: requests - counted.requests, retries: retries - counted.retries };
    counted = { requests, retries };
    const clockAt = BigInt(clock().getTime()) * 1000n;
    const landed = await landBatch(connection, full, { runId, clockAt, registersUnknown: false, ...spent });
    result.changed += landed.responses;
    result.deadLetters += landed.deadLetters;
    options.onBatch?.(result.polled);
  };
  const commitIfFull = async () => {
    const held = batch.observations.length + batch.misses.length;
    if (held >= batchSize || (held > 0 && now() - batchSinceMs >= batchMs))
      committing = committing.then(commit);
    // One batch may fill while another is written; a third waits.
    if (held >= batchSize) await committing;
  };

  const keep = (trackingNumber: string, answer: TimelineAnswer) => {
    result.polled += 1;
    const observedAt =
      BigInt(options.observe(answer.kind === 'timeline' ? answer.receivedAtMs : now())) * 1000n;
    if (answer.kind === 'timeline') {
      result.timelines += 1;
      batch.observations.push({ trackingNumber, observedAt, timeline: answer.timeline });
      return;
    }
    const miss = toMiss(trackingNumber, answer, observedAt);
    if (miss.kind === 'not_found') result.notFound += 1;
    if (miss.kind === 'failed') result.failed += 1;
    if (answer.kind === 'refused') {
      const { refusal } = answer;
      batch.refusals.push({ source: 'api', place: trackingNumber, digest: answer.digest(key), ...refusal });
    }
    batch.misses.push(miss);
  };

  const work = async () => {
    while (!isStopped()) {
      if (options.endAtMs !== undefined && now() >= options.endAtMs) {
        result.stoppedBy ??= 'time';
        return;
      }
      const trackingNumber = isSecondPass ? (unanswered.pop() ?? null) : await queue.take();
      if (trackingNumber === null) return;
      try {
        const answer = await client.getTimeline(trackingNumber, either);
        if (answer.kind === 'failed' && !isSecondPass && unanswered.length < mostUnanswered) {
          unanswered.push(trackingNumber);
          continue;
        }
        keep(trackingNumber, answer);
      } catch (error) {
        if (isStopped()) return;
        if (error instanceof SendcloudError) result.stoppedBy = error;
        stop.abort(error);
        if (error instanceof SendcloudError) return;
        throw error;
      }
      options.onPoll?.();
      await commitIfFull();
    }
  };

  try {
    await Promise.all(Array.from({ length: concurrency }, work));
    const isAnyAnswered = result.timelines + result.notFound > 0;
    isSecondPass = isAnyAnswered && !isStopped() && result.stoppedBy === null;
    if (isSecondPass) await Promise.all(Array.from({ length: concurrency }, work));
    for (const trackingNumber of unanswered) keep(trackingNumber, { kind: 'failed', reason: 'unanswered' });
  } finally {
    await committing;
    await commit();
  }
  signal.throwIfAborted();
  return result;
}
