import { utc } from '@date-fns/utc';
import { addDays } from 'date-fns/addDays';
import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays';
import { subDays } from 'date-fns/subDays';
import type { Window } from '../../queries/build.js';
import { readRows } from '../../queries/db.js';
import { writeComments } from '../../queries/dictionary.js';
import { publicTables } from '../../queries/models.js';
import { readKeys, readSoundness } from '../../queries/state.js';
import { type Context, plural, say } from '../context.js';
import { usageError } from '../errors.js';
import { interruptWhen, tryWithMore, useMartsDraft } from '../store/marts.js';
import { type Named, placeNamed } from '../store/named.js';
import { publish } from '../store/publish.js';
import { currentVersion } from '../store/versions.js';
import { accountsStep } from './accounts.js';
import { buildMarts, describeBuilt } from './build-step.js';
import { withRun } from './run.js';

const longestDays = 3660;
/** The longest that a rate waits for an outcome. */
const longestHorizonDays = 30;

const toIsoDate = (date: Date) => date.toISOString().slice(0, 10);

const nothing = 'Nothing was changed.';

/**
 * The window and the name of `build --quarter 2026Q3 --name q3` (or --from and --to); null where neither is asked for.
 * @throws ParcelmetricsError (exit code 2) that names the option.
 */
export function readNamedWindow(context: Context): { name: string; window: Window } | null {
  const { config, options, clock } = context;
  const { quarter, fromDate, toDate, name } = options;
  if (quarter === null && fromDate === null && toDate === null && name === null && !options.overwrite)
    return null;
  if (quarter !== null && (fromDate !== null || toDate !== null)) {
    throw usageError(`--quarter and --${fromDate === null ? 'to' : 'from'} exclude each other`, {
      hint: nothing,
    });
  }
  if (quarter === null && fromDate === null && toDate === null) {
    throw usageError(`--${name === null ? 'overwrite' : 'name'} needs a window`, {
      hint: `${nothing} Add --quarter 2026Q3, or --from DATE and --to DATE.`,
    });
  }
  const window = quarter ?? { from: fromDate ?? '', to: toDate ?? '' };
  if (window.from === '' || window.to === '') {
    const [given, missing] = window.from === '' ? ['to', 'from'] : ['from', 'to'];
    throw usageError(`--${given} needs --${missing}`, { hint: nothing });
  }
  const option = quarter === null ? '--to' : '--quarter';
  if (name === null) {
    throw usageError(`${quarter === null ? '--from and --to' : '--quarter'} needs --name`, {
      hint: `${nothing} The snapshot stands beside the published one, under the name that you give it, such as --name q3.`,
    });
  }
  if (config.sources.days === 'flag')
    throw usageError(`--days and ${option} exclude each other`, { hint: nothing });
  if (window.from > window.to) {
    throw usageError(`--from ${window.from} is later than --to ${window.to}`, { hint: nothing });
  }
  const days = countDays(window);
  if (days > longestDays) {
    throw usageError(`--from and --to: ${days} days are more than ${longestDays}`, { hint: nothing });
  }
  const today = toIsoDate(clock());
  if (window.to >= today) {
    throw usageError(`${option}: ${window.to} is not over on the run's clock (${today} UTC)`, {
      hint: `${nothing} The window is whole from ${toIsoDate(addDays(window.to, 1, { in: utc }))} on; for what there is so far end it with --to ${toIsoDate(subDays(today, 1, { in: utc }))}.`,
    });
  }
  return { name, window };
}

const countDays = ({ from, to }: Window) => differenceInCalendarDays(to, from, { in: utc }) + 1;

/** What whoever shows the figures has to know of them; most often nothing. */
function listReservations({ config, clock }: Context, window: Window): string[] {
  const texts: string[] = [];
  const { keepLandedDays } = config;
  const oldest = keepLandedDays === null ? null : toIsoDate(subDays(clock(), keepLandedDays, { in: utc }));
  if (oldest !== null && window.from < oldest) {
    texts.push(
      `keep-landed-days is ${keepLandedDays}: parcels that ended before ${oldest} are gone, and this window begins ${window.from}`,
    );
  }
  return texts;
}

/** Until when the window's youngest parcels wait for the slowest outcome; null: no longer. */
function findRipeDate({ clock }: Context, { to }: Window): string | null {
  const ripe = toIsoDate(addDays(to, longestHorizonDays + 1, { in: utc }));
  return ripe > toIsoDate(clock()) ? ripe : null;
}

/** The window's snapshot under its name, made from a copy of the marts that goes again: neither the night's marts nor what is published are touched. */
export async function runNamedBuild(
  context: Context,
  { name, window }: { name: string; window: Window },
): Promise<number> {
  const { config, options, signal, log } = context;
  const place = placeNamed(config.published, name);
  if (currentVersion(place.versions) !== null && !options.overwrite) {
    throw usageError(`--name ${name}: there is such a snapshot already`, {
      hint: `${nothing} Give another name, or make it again with --overwrite.`,
    });
  }
  return withRun(context, 'build', async (run) => {
    const warn = (message: string) => log.warn(message);
    const lake = await accountsStep(context, run);
    const work = async () => {
      const built = await buildMarts(context, run, window, lake);
      if (!(await readSoundness(run.connection))) return { ...built, labelled: 0, manifest: null };
      run.note('publish', 0, null);
      const [counted] = await readRows<{ labelled: number }>(
        run.connection,
        `select labelled from carrier_performance where period = 'current' and carrier_code = '*'`,
      );
      const manifest = await publish(run.connection, {
        published: place.published,
        runId: run.runId,
        tables: publicTables,
        keys: await readKeys(run.connection),
        writeComments,
        signal,
        // The earlier one of this name goes with the new one's coming.
        keep: { count: 1 },
      });
      return { ...built, labelled: counted?.labelled ?? 0, manifest };
    };
    const made = await interruptWhen(signal, run.connection, () =>
      tryWithMore(run.connection, config, warn, () =>
        useMartsDraft(run.connection, config.marts, work, warn),
      ),
    );
    log.info(describeBuilt(made));
    const { failures, labelled, manifest } = made;
    if (manifest === null) {
      say(context, `${name} was not made: its checks failed`, { name, window, failures });
      return { exitCode: 5, summary: { build: { name, window, failures } } };
    }
    const reservations = listReservations(context, window);
    if (labelled === 0) reservations.push('no parcel was labelled in this window');
    for (const text of reservations) log.warn(text);
    sayMade(context, place, window, { labelled, asOf: manifest.as_of, reservations });
    return { exitCode: reservations.length > 0 ? 3 : 0, summary: { build: { name, window, labelled } } };
  });
}

function sayMade(
  context: Context,
  { name, folder, published }: Named,
  window: Window,
  { labelled, asOf, reservations }: { labelled: number; asOf: string; reservations: readonly string[] },
): void {
  const ripe = findRipeDate(context, window);
  const lines = [
    `${name}: ${window.from} to ${window.to} (${plural(countDays(window), 'day')}, by label date), as seen on ${asOf.slice(0, 10)}: ${plural(labelled, 'parcel')} labelled`,
    `${published}/shipping.duckdb`,
    ...(ripe === null
      ? []
      : [
          `its youngest parcels still wait for an outcome: from ${ripe} on, with --overwrite, every rate has all of them`,
        ]),
    `Next: parcelmetrics report --snapshot ${name}. It is kept until you remove ${folder}.`,
  ];
  const days = countDays(window);
  say(context, lines.join('\n'), { name, window, days, labelled, asOf, published, ripe, reservations });
}
