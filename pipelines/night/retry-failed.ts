import { type Context, plural, say } from '../context.js';
import { withRun } from './run.js';

/** `retry-failed` */
export async function runRetryFailed(context: Context): Promise<number> {
  return withRun(context, 'retry-failed', async (run) => {
    const reader = await run.connection.runAndReadAll(
      `update registry set state = 'active', state_reason = null, phase = 'new', last_polled_at = null, not_found_count = 0, failure_count = 0,
         refused_nights = 0, refused_at = null, dead_since = null
       where state = 'dead'`,
    );
    const revived = Number(reader.getRows()[0]?.[0] ?? 0);
    say(context, `${plural(revived, 'dead letter')} back in the queue`, { revived });
    return { exitCode: 0, summary: { revived } };
  });
}
