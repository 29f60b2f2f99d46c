import { parseISO } from 'date-fns/parseISO';
import { requireApi } from '../config/config.js';
import { type Context, plural, say } from '../context.js';
import { type Synced, syncShipments } from '../extract/list-of-shipments.js';
import { writeNotBefore } from '../extract/not-before.js';
import { PAGE_SIZE } from '../sendcloud/shipments.js';
import { inTransaction } from '../store/warehouse.js';
import { findPause, openClient } from './api.js';
import { type Ending, type NightRun, withRun } from './run.js';

function describeSynced({ pages, listed, added, unnumbered, forgotten, tooOld }: Synced): string {
  return [
    `${plural(listed, 'parcel')} listed on ${plural(pages, 'page')}: ${added} new`,
    unnumbered > 0 ? `${unnumbered} without a number yet, looked for again` : '',
    forgotten > 0 ? `${forgotten} left out, because they were forgotten` : '',
    tooOld > 0 ? `${tooOld} left out, because they are older than what is kept` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

const exampleParcels = 500_000;

/** What a first sync costs. How many parcels there are, the API does not say. */
function describeCost(after: Date, ratePerMinute: number): string {
  const pages = exampleParcels / PAGE_SIZE;
  return (
    `first sync: all shipments announced since ${after.toISOString().slice(0, 10)}, ${PAGE_SIZE} a request (${exampleParcels} would be ` +
    `${pages} requests, about ${plural(Math.ceil(pages / ratePerMinute), 'minute')} at ${ratePerMinute} a minute); then each new parcel is ` +
    'polled once, within the budget of the nights'
  );
}

/** Whether it was said already that these keys may not list; takes note that it is said now. */
async function wasSaid(run: NightRun): Promise<boolean> {
  const reader = await run.connection.runAndReadAll(
    `select exists (select 1 from meta where key = 'list_refused')`,
  );
  if (reader.getRows()[0]?.[0] === true) return true;
  await run.connection.run(`insert into meta values ('list_refused', $1)`, [new Date().toISOString()]);
  return false;
}

const noRight =
  "these keys may not list the account's shipments: parcels come from `register`, the inbox and `import` alone, and are polled by the " +
  'clock; to have them found, allow the keys to read shipments, or set "sync": false to ask no more';

/** Reads the list of shipments within a run. What it could not read it reads the next time: nothing else waits for it. */
export async function syncStep(
  context: Context,
  run: NightRun,
  tell: (text: string) => void,
): Promise<Ending & { hasRight: boolean }> {
  const { config, options, clock, log, progress, signal } = context;
  const pause = await findPause(run);
  if (pause !== null) {
    tell(pause.text);
    return { ...pause.ending, hasRight: true };
  }
  const client = openClient(context);
  try {
    progress.start('listing, pages', null);
    const synced = await syncShipments(run.connection, {
      runId: run.runId,
      client,
      clock,
      signal,
      since: options.since === null ? null : parseISO(`${options.since}T00:00:00Z`),
      integrationId: config.integrationId,
      brandId: config.brandId,
      keepDays: config.keepLandedDays,
      onFirst: (after) => log.info(describeCost(after, config.ratePerMinute)),
      onPage: ({ pages }) => {
        progress.advance();
        run.note('sync', pages, null, { ...client.counters });
      },
    });
    progress.stop();
    const { stoppedBy, unreadableFields } = synced;
    const isError = typeof stoppedBy === 'object' && stoppedBy !== null;
    const summary = { sync: { ...synced, stoppedBy: isError ? stoppedBy.code : stoppedBy } };
    if (stoppedBy === 'signal') throw signal.reason;
    if (stoppedBy === 'no_right') {
      tell("no right to list the account's shipments (403)");
      if (!(await wasSaid(run))) log.warn(noRight);
      return { exitCode: 4, summary, hasRight: false };
    }
    if (isError) {
      tell(`${describeSynced(synced)}; stopped: ${stoppedBy.message}`);
      log.error(
        `the sync stopped: ${stoppedBy.message}; what was listed is kept, the next one goes on from there`,
      );
      if (stoppedBy.retryAtMs !== undefined)
        await writeNotBefore(run.connection, new Date(stoppedBy.retryAtMs));
      return { exitCode: stoppedBy.exitCode, summary, hasRight: true };
    }
    await inTransaction(run.connection, async () => {
      await run.connection.run(`delete from meta where key = 'list_refused'`);
    });
    tell(describeSynced(synced));
    if (unreadableFields.length > 0)
      log.warn(
        `fields of the list that could not be read, and count as missing: ${unreadableFields.join(', ')}`,
      );
    return { exitCode: 0, summary, hasRight: true };
  } finally {
    progress.stop();
    await client.close();
  }
}

/** `sync` */
export async function runSync(context: Context): Promise<number> {
  requireApi(context.config);
  return withRun(context, 'sync', async (run) => {
    let text = '';
    const ending = await syncStep(context, run, (line) => {
      text = line;
    });
    say(context, text, ending.summary);
    return ending;
  });
}
