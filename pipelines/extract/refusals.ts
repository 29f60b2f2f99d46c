import type { DuckDBConnection } from '@duckdb/node-api';
import type { TimelineAnswer } from '../sendcloud/client.js';
import { SendcloudError } from '../sendcloud/errors.js';

/** Nights in a row that a parcel's answer may be refused before it becomes a dead letter. */
const mostNights = 5;

/** Of so many answers it can be told whether the API answers otherwise than it did. */
const fewestAnswers = 20;

/** The parcels whose answers were refused in the nights before: what they get tonight says nothing new of the API. */
export async function readRefusedBefore(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const reader = await connection.runAndReadAll(
    `select tracking_number from registry where state = 'active' and refused_nights > 0`,
  );
  return new Set(reader.getRows().map(([number]) => String(number)));
}

function describeRefusal(answer: TimelineAnswer): string | null {
  if (answer.kind === 'rejected') return `HTTP ${answer.status}`;
  if (answer.kind !== 'refused') return null;
  const { path, expected, found } = answer.refusal;
  return `${path}: expected ${expected}, found ${found}`;
}

/** Counts a run's answers, and says when they have changed: the greater part refused, of at least 20. */
export function watchAnswers(refusedBefore: ReadonlySet<string>): {
  judge: (trackingNumber: string, answer: TimelineAnswer) => SendcloudError | null;
} {
  let answered = 0;
  let refused = 0;
  const reasons = new Map<string, number>();
  return {
    judge: (trackingNumber, answer) => {
      if (answer.kind === 'failed' || refusedBefore.has(trackingNumber)) return null;
      answered += 1;
      const reason = describeRefusal(answer);
      if (reason !== null) {
        refused += 1;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      if (answered < fewestAnswers || refused * 2 <= answered) return null;
      const [most = ''] = [...reasons].sort(([, a], [, b]) => b - a).map(([text]) => text);
      return new SendcloudError(
        'answers_changed',
        `${refused} of ${answered} answers are no timelines (most often ${most}): the API answers otherwise than it did, or something ` +
          'else answers in its place. No parcel is given up for it: they are asked for again in the next run',
      );
    },
  };
}

/** Forgets which answers earlier runs refused. */
export async function startRefusals(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    'create or replace temp table refused_tonight (tracking_number varchar, polled_at timestamp, reason varchar)',
  );
}

/** Takes note of the batch's refused answers, for the end of the run. */
export async function noteRefused(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    create temp table if not exists refused_tonight (tracking_number varchar, polled_at timestamp, reason varchar);
    insert into refused_tonight
    select tracking_number, polled_at, reason from staged_misses where kind in ('rejected', 'refused')`);
}

// Two runs of one night count as one.
const countNights = `
  update registry set
    refused_nights = registry.refused_nights + 1,
    refused_at = refused.polled_at,
    state_reason = refused.reason,
    state = case when registry.refused_nights + 1 >= ${mostNights} then 'dead' else registry.state end,
    dead_since = case when registry.refused_nights + 1 >= ${mostNights} then refused.polled_at else registry.dead_since end
  from (
    select tracking_number, max(polled_at) as polled_at, max_by(reason, polled_at) as reason
    from temp.refused_tonight
    group by tracking_number
  ) as refused
  where registry.tracking_number = refused.tracking_number
    and registry.state = 'active'
    and (registry.refused_at is null or refused.polled_at >= registry.refused_at + interval 12 hours)`;

/**
 * Counts the night against the parcels whose answers were refused in this run, and makes dead letters of those that were refused in
 * five in a row. Not called where most answers were refused: then it is the API that changed, and no parcel's fault.
 * @returns how many became dead letters.
 */
export async function settleRefusals(connection: DuckDBConnection, runId: string): Promise<number> {
  const dead = async () => {
    const reader = await connection.runAndReadAll(
      `select count(*) from registry where state = 'dead' and refused_nights >= ${mostNights}`,
    );
    return Number(reader.getRows()[0]?.[0] ?? 0);
  };
  const before = await dead();
  await connection.run(countNights);
  const added = (await dead()) - before;
  await connection.run(
    'update runs set dead_letters = coalesce(dead_letters, 0) + $1::bigint where run_id = $2',
    [added, runId],
  );
  return added;
}
